// Catalogs without a database, for tests of the stages between configuration and statement.
package import Metadata

package enum TestCatalog {
    package static let capabilities = SourceCapabilities(
        textOperators: [.like, .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike],
        totalOperators: Set(ComparisonOperator.comparisons))

    /// The catalog of one source `main`. `source` holds further members of its configuration, as JSON.
    package static func build(
        _ tables: [TableDescription], functions: [FunctionDescription] = [], source: String = #""track": "all""#
    ) throws(ConfigurationFailure) -> Catalog {
        // Of the databases only PostgreSQL has functions that a project may name.
        let location =
            functions.isEmpty
            ? #""kind": "sqlite", "url": "sqlite:app.db""# : #""kind": "postgres", "url": "postgres://localhost/app""#
        let text = #"{ "sources": { "main": { \#(location), \#(source) } } }"#
        let configuration = try ProjectConfiguration.decode(
            Array(text.utf8), file: "perigee.json", directory: "", environment: { _ in nil })
        let inputs = configuration.sources.map {
            CatalogBuilder.Input(
                configuration: $0, schema: DatabaseSchema(tables: tables, functions: functions),
                capabilities: capabilities)
        }
        return try CatalogBuilder.build(inputs, file: "perigee.json")
    }

    /// A table whose columns are written as `name type`, with `?` after a type that may be null.
    package static func table(
        _ name: String, _ columns: String, key: [String] = ["id"], kind: TableDescription.Kind = .table,
        unique: [[String]] = [], references: [ForeignKeyDescription] = []
    ) -> TableDescription {
        let described = columns.split(separator: ",").map { column -> ColumnDescription in
            let words = column.split(separator: " ").map { String($0) }
            let isNullable = words[1].hasSuffix("?")
            let type = isNullable ? String(words[1].dropLast()) : words[1]
            guard let kind = ScalarKind(graphQLName: type) else { preconditionFailure("no type \(type)") }
            return ColumnDescription(name: words[0], type: kind, isNullable: isNullable)
        }
        return TableDescription(
            kind: kind, name: name, columns: described, primaryKey: key,
            uniqueConstraints: unique.map { UniqueConstraintDescription(name: $0.joined(), columns: $0) },
            foreignKeys: references)
    }

    package static func reference(_ column: String, _ table: String, _ target: String = "id") -> ForeignKeyDescription {
        ForeignKeyDescription(columns: [column], targetTable: table, targetColumns: [target])
    }

    /// Organisations, their users, articles of users and comments on them.
    package static let blog: Catalog = {
        do {
            return try build(blogTables, source: blogSource)
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    package static let blogTables = [
        table("orgs", "id Int, name String"),
        table(
            "users",
            "id Int, name String, email String?, org_id Int?, age smallint?, active Boolean, joined timestamptz?, born date?, settings json?",
            references: [reference("org_id", "orgs")]),
        table(
            "articles",
            "id Int, author_id Int, editor_id Int?, title String, body String?, published Boolean, views bigint, score Float?, price numeric?, created timestamptz",
            references: [reference("author_id", "users"), reference("editor_id", "users")]),
        table(
            "comments", "id Int, article_id Int, author_id Int?, text String, spam Boolean",
            references: [reference("article_id", "articles"), reference("author_id", "users")]),
    ]

    package static let blogSource = #"""
        "track": "all", "collections": {
          "articles": { "computedFields": { "ratio": { "expression": "views / score", "type": "Float" } } },
          "users": { "relationships": {
            "written": { "array": "articles", "on": { "id": "author_id" } },
            "edited": { "array": "articles", "on": { "id": "editor_id" } } } } }
        """#
}
