// Specification, section 3.9 "Enums": values are unique, extensions included.

struct UniqueEnumValueNames: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        var known: [String: [String: Int]] = [:]
        for definition in context.document.definitions {
            guard let type = definition.as(TypeDefinitionNode.self),
                type.kind == .enumTypeDefinition || type.kind == .enumTypeExtension
            else { continue }
            let typeName = type.name
            for value in type.values {
                let name = value.name
                let offset = value.nameByteRange.lowerBound
                if case .enumeration(let existing)? = context.schema.provider.type(named: typeName),
                    existing.values[name] != nil
                {
                    context.report(
                        "Enum value \"\(typeName).\(name)\" already exists in the schema. It cannot also be defined in this type extension.",
                        offsets: [offset], path: nil)
                } else if let first = known[typeName]?[name] {
                    context.report(
                        "Enum value \"\(typeName).\(name)\" can only be defined once.", offsets: [first, offset],
                        path: nil)
                } else {
                    known[typeName, default: [:]][name] = offset
                }
            }
        }
    }
}
