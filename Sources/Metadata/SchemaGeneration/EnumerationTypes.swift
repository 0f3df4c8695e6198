// Enum types of tables: `<table>_enum` (dialect of the API, sections 3, 8 and 11). Their values are schema: whoever sees a
// column of the type sees them, the table's own rule aside.
internal import GraphQL

extension SchemaGenerator {
    func enumeration(_ name: String) -> NamedType? {
        guard let enumeration = catalog.enumeration(named: name), isSeen(enumeration.kind) else { return nil }
        return .enumeration(
            EnumType(
                name: name,
                values: DefinitionList(
                    enumeration.values.map { EnumValueDefinition(name: $0.name, description: $0.description) }),
                holdsData: true))
    }

    /// Whether some column of the type is one the caller reads or writes.
    private func isSeen(_ kind: ScalarKind) -> Bool {
        catalog.collections.contains { collection in
            let fields = collection.fields.indices.filter { collection.fields[$0].type == kind }
            guard !fields.isEmpty else { return false }
            let visibility = see(collection.id)
            return fields.contains { field in
                visibility.isReadable && visibility.fields[field] != .hidden
                    || visibility.writing.isInsertable && visibility.writing.insertFields.contains(field)
                    || visibility.writing.isUpdatable && visibility.writing.updateFields.contains(field)
            }
        }
    }
}
