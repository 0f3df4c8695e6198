// A row while it is lowered: the alias its columns are read by. A list has two places, the inner select that picks the
// rows and the outer one that writes them; what the outer one needs is carried through the inner one's columns.
internal import Metadata
internal import Planning

struct RowScope {
    let tableAlias: String
    /// Alias of the inner select, where there is one.
    private let outerAlias: String?
    let collection: CollectionID
    /// What stands in the place of the collection's table; `nil` where that is read.
    private let source: SQLTable?
    /// Whether the rows by that alias are of the table's own type, with nothing beside its columns.
    private let isWhole: Bool
    private(set) var projection: [SQLColumn] = []
    private var positions: [SQLExpression: Int] = [:]

    init(
        table: String, collection: CollectionID, outer: String? = nil, source: SQLTable? = nil, isWhole: Bool = true
    ) {
        tableAlias = table
        self.source = source
        self.isWhole = isWhole
        self.collection = collection
        outerAlias = outer
    }

    /// What the inner select carries; a select needs a column even where only rows are counted.
    var projectionOrOne: [SQLColumn] { projection.isEmpty ? [SQLColumn(.integer(1))] : projection }

    /// The alias by which the outer select knows the row.
    var rowAlias: String { outerAlias ?? tableAlias }

    func from(_ catalog: Catalog) -> SQLTable {
        source ?? .named(SQLTableName(catalog[collection]), alias: tableAlias)
    }

    /// A stored column, or a computed field's expression, where the table itself is in scope.
    func column(_ index: Int, _ catalog: Catalog) -> SQLExpression {
        let field = catalog[collection].fields[index]
        switch field.storage {
        case .column: return .column(alias: tableAlias, name: field.name)
        case .computed(let expression): return .owner(expression, field.type)
        case .function(let function):
            // What has a default is left out; only the last arguments can be.
            let given = function.arguments.prefix { argument in
                if case .input = argument.role { false } else { true }
            }
            let arguments = given.map { argument in
                argument.role == .row
                    ? row(catalog) : SQLExpression.cast(.parameter(.claims), SQLType(argument.type))
            }
            return .call(SQLTableName(function), arguments)
        }
    }

    /// The whole row as a value of its table's type.
    func row(_ catalog: Catalog) -> SQLExpression {
        let collection = catalog[collection]
        let type = SQLType(collection.table, schema: collection.schema)
        if isWhole { return .cast(.wholeRow(alias: tableAlias), type) }
        let columns = collection.fields.indices.filter { collection.fields[$0].storage == .column }
        return .cast(.function("ROW", columns.map { column($0, catalog) }), type)
    }

    /// Makes the row known to the outer select, for a function that is given it.
    mutating func carryRow(_ catalog: Catalog) { _ = carry(row(catalog)) }

    /// The row, as a child read names it.
    func carriedRow(_ catalog: Catalog) -> SQLExpression {
        let expression = row(catalog)
        guard let outerAlias, let position = positions[expression] else { return expression }
        return .column(alias: outerAlias, name: "c\(position)")
    }

    /// An expression over the table, as the outer select names it.
    mutating func carry(_ expression: SQLExpression) -> SQLExpression {
        guard let outerAlias else { return expression }
        let position: Int
        if let known = positions[expression] {
            position = known
        } else {
            position = projection.count
            positions[expression] = position
            projection.append(SQLColumn(expression, as: "c\(position)"))
        }
        return .column(alias: outerAlias, name: "c\(position)")
    }

    /// Makes the columns a relationship starts from known to the outer select.
    mutating func carryLink(_ link: RelationshipReference, _ catalog: Catalog) {
        for pair in catalog.relationship(link).pairs { _ = carry(column(pair.local, catalog)) }
    }

    /// A column a relationship starts from, as a child read names it.
    func linkColumn(_ index: Int, _ catalog: Catalog) -> SQLExpression {
        let expression = column(index, catalog)
        guard let outerAlias, let position = positions[expression] else { return expression }
        return .column(alias: outerAlias, name: "c\(position)")
    }
}
