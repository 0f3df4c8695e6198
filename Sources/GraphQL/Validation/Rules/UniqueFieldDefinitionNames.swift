// Specification, sections 3.6 "Objects", 3.7 "Interfaces" and 3.10 "Input Objects": fields are unique, extensions
// included.

struct UniqueFieldDefinitionNames: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        var known: [String: [String: Int]] = [:]
        for definition in context.document.definitions {
            guard let type = definition.as(TypeDefinitionNode.self) else { continue }
            let typeName = type.name
            let fields =
                type.fields.map { ($0.name, $0.nameByteRange.lowerBound) }
                + type.inputFields.map { ($0.name, $0.nameByteRange.lowerBound) }
            for (name, offset) in fields {
                if hasField(context.schema.provider.type(named: typeName), name) {
                    context.report(
                        "Field \"\(typeName).\(name)\" already exists in the schema. It cannot also be defined in this type extension.",
                        offsets: [offset], path: nil)
                } else if let first = known[typeName]?[name] {
                    context.report(
                        "Field \"\(typeName).\(name)\" can only be defined once.", offsets: [first, offset], path: nil)
                } else {
                    known[typeName, default: [:]][name] = offset
                }
            }
        }
    }

    private func hasField(_ type: NamedType?, _ name: String) -> Bool {
        if case .inputObject(let input)? = type { return input.fields[name] != nil }
        return type?.fields?[name] != nil
    }
}
