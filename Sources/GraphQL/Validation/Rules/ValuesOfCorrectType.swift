// Literals fit the type that is expected where they stand. Specification, section 5.6.1 "Values of Correct Type".

struct ValuesOfCorrectType: ValidationRule {
    static let hooks: ValidationHooks = [.operation, .fragment, .objectField, .value]

    /// Arena index up to which values are not looked at: what surrounds them was wrong already.
    private var skippedUntil = 0
    /// Variables of the operation being walked that may be null.
    private var nullableVariables: Set<String> = []

    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext) {
        nullableVariables = Set(
            node.variableDefinitions.filter { $0.type.kind != .nonNullType }.map(\.name))
    }

    mutating func enterFragment(_ node: FragmentDefinition, _ context: ValidationContext) {
        nullableVariables = []
    }

    mutating func enterValue(_ node: ValueNode, _ context: ValidationContext) {
        guard node.index >= skippedUntil else { return }
        switch node.kind {
        case .variable: break
        case .listValue:
            // The tracker has entered the list already: what the list's own place expects is one level out.
            if context.types.parentInput?.type?.isList != true {
                skippedUntil = Int(node.document[node.index].next)
                checkLeaf(node, context)
            }
        case .objectValue: checkObject(node, context)
        case .nullValue:
            if let type = context.types.input?.type, type.isNonNull { mismatch(node, type, context) }
        default: checkLeaf(node, context)
        }
    }

    mutating func enterObjectField(_ node: ObjectFieldNode, _ context: ValidationContext) {
        guard node.index >= skippedUntil, let place = context.types.input, let object = place.object,
            place.field == nil
        else { return }
        let near = context.suggestions(node.name, object.fields.names)
        context.report(
            "Field \"\(node.name)\" is not defined by type \"\(object.name)\"." + Suggestions.didYouMean(near), at: node
        )
    }

    private mutating func checkObject(_ node: ValueNode, _ context: ValidationContext) {
        guard let type = context.types.input?.type,
            case .inputObject(let object)? = context.schema.type(named: type.name)
        else {
            skippedUntil = Int(node.document[node.index].next)
            return checkLeaf(node, context)
        }
        guard case .object(let fields) = node.content else { return }
        let given = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        for field in object.fields where field.isRequired && given[field.name] == nil {
            context.report(
                "Field \"\(object.name).\(field.name)\" of required type \"\(field.type)\" was not provided.", at: node)
        }
        if object.isOneOf { checkOneOf(node, object, given, context) }
    }

    /// Section 5.6.5 "OneOf Input Object Fields".
    private func checkOneOf(
        _ node: ValueNode, _ type: InputObjectType, _ given: [String: ValueNode], _ context: ValidationContext
    ) {
        guard given.count == 1, let field = given.first else {
            context.report("OneOf Input Object \"\(type.name)\" must specify exactly one key.", at: node)
            return
        }
        if field.value.isNull {
            context.report("Field \"\(type.name).\(field.key)\" must be non-null.", at: node)
        }
        if let variable = field.value.variableName, nullableVariables.contains(variable) {
            context.report(
                "Variable \"\(variable)\" must be non-nullable to be used for OneOf Input Object \"\(type.name)\".",
                at: node)
        }
    }

    /// Scalars and enums; anything else does not take the value.
    private func checkLeaf(_ node: ValueNode, _ context: ValidationContext) {
        guard let type = context.types.input?.type, let named = context.schema.type(named: type.name) else { return }
        switch named {
        case .scalar(let scalar):
            if context.types.argument?.acceptsNumberInText == true, case .string(let text) = node.content,
                Int32(text) != nil
            {
                return
            }
            if case .failure(let mismatch) = ScalarCoercion.coerce(node, to: scalar.name) {
                context.report(mismatch.message, at: node)
            }
        case .enumeration(let enumeration): checkEnumeration(node, enumeration, context)
        case .object, .interface, .union, .inputObject: mismatch(node, type, context)
        }
    }

    private func checkEnumeration(_ node: ValueNode, _ type: EnumType, _ context: ValidationContext) {
        let text = Printer.print(node)
        let near = { Suggestions.didYouMean(context.suggestions(text, type.values.names), kind: "the enum value") }
        guard case .enumeration(let name) = node.content else {
            context.report("Enum \"\(type.name)\" cannot represent non-enum value: \(text)." + near(), at: node)
            return
        }
        if type.values[name] == nil {
            context.report("Value \"\(text)\" does not exist in \"\(type.name)\" enum." + near(), at: node)
        }
    }

    private func mismatch(_ node: ValueNode, _ type: TypeReference, _ context: ValidationContext) {
        context.report("Expected value of type \"\(type)\", found \(Printer.print(node)).", at: node)
    }
}
