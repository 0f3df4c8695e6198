// An extension extends a type of its own kind. Specification, section 3.4.3 "Type Extensions".

struct PossibleTypeExtensions: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        var defined: [String: TypeDefinitionNode] = [:]
        var names: [String] = []
        for definition in context.document.definitions where definition.kind.isTypeDefinition {
            guard let type = definition.as(TypeDefinitionNode.self) else { continue }
            defined[type.name] = type
            names.append(type.name)
        }
        for definition in context.document.definitions where definition.kind.isTypeExtension {
            guard let node = definition.as(TypeDefinitionNode.self) else { continue }
            let name = node.name
            if let type = defined[name] {
                if word(type.kind) != word(node.kind) {
                    context.report("Cannot extend non-\(word(node.kind)) type \"\(name)\".", at: type, node)
                }
            } else if let type = context.schema.type(named: name) {
                if word(type) != word(node.kind) {
                    context.report("Cannot extend non-\(word(node.kind)) type \"\(name)\".", at: node)
                }
            } else {
                let near = context.suggestions(name, names + context.schema.allTypeNames)
                context.report(
                    "Cannot extend type \"\(name)\" because it is not defined." + Suggestions.didYouMean(near),
                    offsets: [node.nameByteRange.lowerBound], path: nil)
            }
        }
    }

    private func word(_ kind: NodeKind) -> String {
        switch kind {
        case .objectTypeDefinition, .objectTypeExtension: "object"
        case .interfaceTypeDefinition, .interfaceTypeExtension: "interface"
        case .unionTypeDefinition, .unionTypeExtension: "union"
        case .enumTypeDefinition, .enumTypeExtension: "enum"
        case .inputObjectTypeDefinition, .inputObjectTypeExtension: "input object"
        default: "scalar"
        }
    }

    private func word(_ type: NamedType) -> String {
        switch type {
        case .scalar: "scalar"
        case .object: "object"
        case .interface: "interface"
        case .union: "union"
        case .enumeration: "enum"
        case .inputObject: "input object"
        }
    }
}
