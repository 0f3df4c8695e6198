// Which types the schema gives to the place the walk has reached: parent and field while going through selections,
// expected input type while going through values. Kept in step with the walk by `enter` and `leave`.

struct TypeTracker {
    private let schema: Schema
    private let document: Document
    /// Types asked for before: a document names the same few again and again.
    private var cache: [String: Named] = [:]
    /// Numbers of the names of fields, by which types find their fields without making strings.
    private var fieldNames: NameNumbers

    /// A type by reference: to keep it on a stack costs one count instead of one for each of its parts.
    final class Named {
        let type: NamedType
        let isComposite: Bool
        let isLeaf: Bool
        /// Fields asked for before, by the number of their name.
        fileprivate var fields: [Field?] = []

        fileprivate init(_ type: NamedType) {
            self.type = type
            isComposite = type.isComposite
            isLeaf = type.isLeaf
        }
    }

    /// A field by reference, with what is asked of it again and again.
    final class Field {
        /// `nil` when the type has no field of that name.
        let definition: FieldDefinition?
        /// Its type, where the schema has it and it may stand there.
        let output: TypeReference?
        let named: Named?
        let hasRequiredArguments: Bool
        /// Whether it is one of the specification's own (`__typename` and the like).
        let isMeta: Bool
        /// The number of its type for `MergedSelections`; -1 before it has one.
        var typeNumber = -1

        fileprivate init(_ definition: FieldDefinition?, output: TypeReference?, named: Named?) {
            self.definition = definition
            self.output = output
            self.named = named
            hasRequiredArguments = definition?.arguments.contains(where: \.isRequired) ?? false
            isMeta = definition?.name.utf8.starts(with: "__".utf8) ?? false
        }
    }

    private struct Output {
        var type: TypeReference?
        var named: Named?
    }

    /// What a selection set selects from; `nil` where the schema knows none.
    private var parentTypes: [Named?] = []
    private var outputs: [Output] = []
    private var fields: [Field?] = []
    private var inputs: [InputPlace] = []
    private(set) var directive: DirectiveDefinition?
    private(set) var argument: InputValueDefinition?

    /// Where a value goes.
    struct InputPlace {
        var type: TypeReference?
        var hasDefault = false
        /// The input object whose field this is.
        var object: InputObjectType?
        var field: InputValueDefinition?
    }

    init(schema: Schema, document: Document) {
        self.schema = schema
        self.document = document
        fieldNames = NameNumbers(document)
    }

    var parentType: NamedType? { (parentTypes.last ?? nil)?.type }
    /// The output type of the innermost field, fragment or operation.
    var type: TypeReference? { outputs.last?.type }
    /// The named type of `type`.
    var namedType: Named? { outputs.last?.named }
    var field: FieldDefinition? { fields.last??.definition }
    /// The innermost field, even if the schema has no such field; `nil` where the parent type is unknown.
    var fieldEntry: Field? { fields.last ?? nil }
    var input: InputPlace? { inputs.last }
    /// One level further out: the list an item is in, the object a field is in.
    var parentInput: InputPlace? { inputs.dropLast().last }

    mutating func enter(_ node: AnyNode) {
        switch node.kind {
        case .selectionSet:
            let named = outputs.last?.named
            parentTypes.append(named?.isComposite ?? false ? named : nil)
        case .field:
            let field = (parentTypes.last ?? nil).map { self.field(node.nameByteRange, on: $0) }
            fields.append(field)
            outputs.append(Output(type: field?.output, named: field?.named))
        case .operationDefinition:
            let kind = OperationDefinition(document: node.document, index: node.index).operationKind
            outputs.append(output(schema.rootType(kind)))
        case .fragmentDefinition:
            let fragment = FragmentDefinition(document: node.document, index: node.index)
            outputs.append(output(fragment.typeCondition.name))
        case .inlineFragment:
            let fragment = InlineFragment(document: node.document, index: node.index)
            let name = fragment.typeCondition?.name ?? type?.name
            outputs.append(output(name))
        case .directive: directive = schema.directive(named: node.nameText)
        case .variableDefinition:
            let definition = VariableDefinition(document: node.document, index: node.index)
            inputs.append(InputPlace(type: known(definition.type.reference)))
        case .argument:
            let name = node.nameText
            argument = directive.map { $0.argument(named: name) } ?? field?.argument(named: name)
            inputs.append(place(of: argument))
        case .listValue:
            // A value that is no list stands for a list of one, so what is inside has the same type.
            let list = input?.type?.nullable
            inputs.append(InputPlace(type: list.map { $0.item ?? $0 }))
        case .objectField:
            guard let name = input?.type?.name, case .inputObject(let object)? = named(name)?.type else {
                inputs.append(InputPlace())
                return
            }
            let definition = object.fields[node.nameText]
            var place = place(of: definition)
            place.object = object
            place.field = definition
            inputs.append(place)
        default: break
        }
    }

    mutating func leave(_ kind: NodeKind) {
        switch kind {
        case .selectionSet: parentTypes.removeLast()
        case .field:
            fields.removeLast()
            outputs.removeLast()
        case .operationDefinition, .fragmentDefinition, .inlineFragment: outputs.removeLast()
        case .directive: directive = nil
        case .variableDefinition, .listValue, .objectField: inputs.removeLast()
        case .argument:
            argument = nil
            inputs.removeLast()
        default: break
        }
    }

    /// A type by name, remembered.
    mutating func named(_ name: String) -> Named? {
        if let known = cache[name] { return known }
        guard let type = schema.type(named: name) else { return nil }
        let named = Named(type)
        cache[name] = named
        return named
    }

    /// The field of a type with the name at those bytes, remembered.
    mutating func field(_ name: Range<Int>, on parent: Named) -> Field {
        let number = fieldNames.number(name)
        if number < parent.fields.count {
            if let known = parent.fields[number] { return known }
        } else {
            parent.fields += Array(repeating: nil, count: number + 1 - parent.fields.count)
        }
        let definition = schema.field(named: document.text(name), on: parent.type)
        let output = definition.map { self.output($0.type.name, $0.type) }
        let field = Field(definition, output: output?.type, named: output?.named)
        parent.fields[number] = field
        return field
    }

    /// A type by name where values come out, if the schema has it and it may stand there.
    private mutating func output(_ name: String?, _ type: TypeReference? = nil) -> Output {
        guard let name, let named = named(name), named.type.isOutput else { return Output() }
        return Output(type: type ?? .named(name), named: named)
    }

    private mutating func place(of definition: InputValueDefinition?) -> InputPlace {
        InputPlace(
            type: definition.flatMap { known($0.type) }, hasDefault: definition?.defaultValue != nil)
    }

    /// The type, if the schema has it and values of it may go in.
    private mutating func known(_ type: TypeReference) -> TypeReference? {
        guard let named = named(type.name)?.type, named.isInput else { return nil }
        return type
    }
}
