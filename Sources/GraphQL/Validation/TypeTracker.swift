// Which types the schema gives to the place the walk has reached: parent and field while going through selections,
// expected input type while going through values. Kept in step with the walk by `enter` and `leave`.

struct TypeTracker {
    private let schema: Schema
    /// Types asked for before: a document names the same few again and again.
    private var cache: [String: Named] = [:]

    /// A type by reference: to keep it on a stack costs one count instead of one for each of its parts.
    final class Named {
        let type: NamedType

        init(_ type: NamedType) {
            self.type = type
        }
    }

    /// What a selection set selects from; `nil` where the schema knows none.
    private var parentTypes: [Named?] = []
    private var outputTypes: [TypeReference?] = []
    private var fields: [FieldDefinition?] = []
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

    init(schema: Schema) {
        self.schema = schema
    }

    var parentType: NamedType? { (parentTypes.last ?? nil)?.type }
    /// The output type of the innermost field, fragment or operation.
    var type: TypeReference? { outputTypes.last ?? nil }
    var field: FieldDefinition? { fields.last ?? nil }
    var input: InputPlace? { inputs.last }
    /// One level further out: the list an item is in, the object a field is in.
    var parentInput: InputPlace? { inputs.dropLast().last }

    mutating func enter(_ node: AnyNode) {
        switch node.kind {
        case .selectionSet:
            let named = type.flatMap { self.named($0.name) }
            parentTypes.append(named.flatMap { $0.type.isComposite ? $0 : nil })
        case .field:
            let definition = (parentTypes.last ?? nil).flatMap { schema.field(named: node.nameText, on: $0.type) }
            fields.append(definition)
            outputTypes.append(definition.flatMap { known($0.type, output: true) })
        case .operationDefinition:
            let kind = OperationDefinition(document: node.document, index: node.index).operationKind
            outputTypes.append(schema.rootType(kind).flatMap { known(.named($0), output: true) })
        case .fragmentDefinition:
            let fragment = FragmentDefinition(document: node.document, index: node.index)
            outputTypes.append(known(.named(fragment.typeCondition.name), output: true))
        case .inlineFragment:
            let fragment = InlineFragment(document: node.document, index: node.index)
            let name = fragment.typeCondition?.name ?? type?.name
            outputTypes.append(name.flatMap { known(.named($0), output: true) })
        case .directive: directive = schema.directive(named: node.nameText)
        case .variableDefinition:
            let definition = VariableDefinition(document: node.document, index: node.index)
            inputs.append(InputPlace(type: known(definition.type.reference, output: false)))
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
            outputTypes.removeLast()
        case .operationDefinition, .fragmentDefinition, .inlineFragment: outputTypes.removeLast()
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

    private mutating func place(of definition: InputValueDefinition?) -> InputPlace {
        InputPlace(
            type: definition.flatMap { known($0.type, output: false) }, hasDefault: definition?.defaultValue != nil)
    }

    /// The type, if the schema has it and it may stand there.
    private mutating func known(_ type: TypeReference, output: Bool) -> TypeReference? {
        guard let named = named(type.name)?.type, output ? named.isOutput : named.isInput else { return nil }
        return type
    }
}
