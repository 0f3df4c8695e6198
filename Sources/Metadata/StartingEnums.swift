// Tables that look like the values of an enum: `perigee init` names them, for their owner to decide.

package enum StartingEnums {
    /// Tables of one text key, at most a description beside it, that others refer to. Their rows decide the rest.
    package static func candidates(in schema: DatabaseSchema) -> Set<String> {
        let referenced = Set(
            schema.tables.flatMap { table in
                table.foreignKeys.filter { $0.targetTable != table.name }.map(\.targetTable)
            })
        return Set(
            schema.tables.filter { table in
                referenced.contains(table.name) && table.kind == .table && table.primaryKey.count == 1
                    && table.columns.allSatisfy { column in
                        table.primaryKey.contains(column.name)
                            ? column.type == .string : column.name == Enumeration.descriptionColumn
                    }
            }.map(\.name))
    }

    /// Those whose rows are values of an enum, in the order of the schema, which holds their rows.
    package static func propose(for schema: DatabaseSchema) -> [String] {
        schema.tables.filter { $0.enumRows != nil && (try? Enumeration($0, name: "")) != nil }.map(\.name)
    }
}
