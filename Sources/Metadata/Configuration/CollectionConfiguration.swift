// One entry of `sources.<name>.collections`: how a table appears in the API (names of fields, relationships that foreign
// keys do not tell, computed fields).

internal import Base

package struct CollectionConfiguration: Sendable, Hashable {
    /// The table's name in the database.
    package var table: String
    /// The API name; `nil` keeps the table's.
    package var name: String?
    /// Of a view: the columns that tell its rows apart.
    package var key: [String] = []
    package var rootFields = RootFieldNames()
    /// Custom API names by column, in the order written.
    package var fields: [FieldConfiguration] = []
    package var relationships: [RelationshipConfiguration] = []
    package var computedFields: [ComputedFieldConfiguration] = []
    /// Whether the table's rows are the values of an enum type.
    package var isEnum = false
    package var pointer: String

    package init(table: String, pointer: String = "") {
        self.table = table
        self.pointer = pointer
    }

    static let keys = ["name", "key", "rootFields", "fields", "relationships", "computedFields", "enum"]

    init?(table: String, _ node: ConfigurationNode) {
        guard !table.isEmpty else {
            node.report("the name of a table must not be empty")
            return nil
        }
        guard let section = node.section(Self.keys) else { return nil }
        self.table = table
        pointer = node.pointer
        name = section["name"]?.graphQLName()
        key = section["key"]?.texts() ?? []
        if let node = section["rootFields"] { rootFields.decode(node) }
        for (column, node) in section["fields"]?.entries() ?? [] {
            if let field = FieldConfiguration(column: column, node) { fields.append(field) }
        }
        for (name, node) in section["relationships"]?.entries() ?? [] {
            if let relationship = RelationshipConfiguration(name: name, node) { relationships.append(relationship) }
        }
        for (name, node) in section["computedFields"]?.entries() ?? [] {
            if let field = ComputedFieldConfiguration(name: name, node) { computedFields.append(field) }
        }
        if let value = section["enum"]?.flag() { isEnum = value }
    }

    /// Names of the collection's fields on the query and the mutation root; `nil` keeps the generated one.
    package struct RootFieldNames: Sendable, Hashable {
        package var select: String?
        package var selectByPk: String?
        package var selectAggregate: String?
        package var selectGroup: String?
        package var selectConnection: String?
        package var insert: String?
        package var insertOne: String?
        package var update: String?
        package var updateByPk: String?
        package var updateMany: String?
        package var delete: String?
        package var deleteByPk: String?

        package init() {}

        static let keys = [
            "select", "selectByPk", "selectAggregate", "selectGroup", "selectConnection", "insert", "insertOne",
            "update",
            "updateByPk", "updateMany", "delete", "deleteByPk",
        ]
        static let laterKeys = ["selectStream"]

        mutating func decode(_ node: ConfigurationNode) {
            guard let section = node.section(Self.keys, later: Self.laterKeys) else { return }
            select = section["select"]?.graphQLName()
            selectByPk = section["selectByPk"]?.graphQLName()
            selectAggregate = section["selectAggregate"]?.graphQLName()
            selectGroup = section["selectGroup"]?.graphQLName()
            selectConnection = section["selectConnection"]?.graphQLName()
            insert = section["insert"]?.graphQLName()
            insertOne = section["insertOne"]?.graphQLName()
            update = section["update"]?.graphQLName()
            updateByPk = section["updateByPk"]?.graphQLName()
            updateMany = section["updateMany"]?.graphQLName()
            delete = section["delete"]?.graphQLName()
            deleteByPk = section["deleteByPk"]?.graphQLName()
        }
    }
}

package struct FieldConfiguration: Sendable, Hashable {
    package var column: String
    /// The API name; `nil` keeps the column's.
    package var name: String?
    /// The API's scalar, by name; `nil` goes by the column's declared type.
    package var type: String?
    package var pointer: String

    package init(column: String, name: String?, type: String? = nil, pointer: String = "") {
        self.column = column
        self.name = name
        self.type = type
        self.pointer = pointer
    }

    static let keys = ["name", "type"]

    init?(column: String, _ node: ConfigurationNode) {
        guard let section = node.section(Self.keys) else { return nil }
        self.init(
            column: column, name: section["name"]?.graphQLName(), type: section["type"]?.graphQLName(),
            pointer: node.pointer)
    }
}

package struct RelationshipConfiguration: Sendable, Hashable {
    package enum Cardinality: Sendable, Hashable {
        /// At most one related row.
        case object
        /// Any number of related rows.
        case array
    }

    package struct ColumnPair: Sendable, Hashable {
        package let local: String
        package let remote: String

        package init(local: String, remote: String) {
            self.local = local
            self.remote = remote
        }
    }

    /// Which of the two rows of an object relationship a nested insert writes first: the one that the other refers to.
    package enum InsertionOrder: String, Sendable, Hashable, CaseIterable {
        case beforeParent = "before_parent"
        case afterParent = "after_parent"
    }

    /// The field's name in the API and in rules.
    package var name: String
    package var cardinality: Cardinality
    /// The table at the other end, in the same source.
    package var target: String
    /// Columns that must be equal; never empty.
    package var columns: [ColumnPair]
    /// `nil`: as the foreign keys say.
    package var insertionOrder: InsertionOrder?
    package var pointer: String

    package init(
        name: String, cardinality: Cardinality, target: String, columns: [ColumnPair],
        insertionOrder: InsertionOrder? = nil, pointer: String = ""
    ) {
        self.name = name
        self.cardinality = cardinality
        self.target = target
        self.columns = columns
        self.insertionOrder = insertionOrder
        self.pointer = pointer
    }

    static let keys = ["object", "array", "on", "insertionOrder"]

    init?(name: String, _ node: ConfigurationNode) {
        guard isGraphQLName(name) else {
            node.report("\"\(name)\" is not a GraphQL name", "letters, digits and _ only, no digit first, not __ first")
            return nil
        }
        guard let section = node.section(Self.keys) else { return nil }
        let target: String?
        let cardinality: Cardinality
        switch (section["object"], section["array"]) {
        case (let object?, nil): (cardinality, target) = (.object, object.text())
        case (nil, let array?): (cardinality, target) = (.array, array.text())
        case (nil, nil):
            node.report("a relationship needs \"object\" or \"array\" with the table at its other end")
            (cardinality, target) = (.object, nil)
        case (_?, _?):
            node.report("a relationship has either \"object\" or \"array\", not both")
            (cardinality, target) = (.object, nil)
        }
        let on = section.required("on")
        guard let pairs = on?.entries() else { return nil }
        if pairs.isEmpty { on?.report("at least one pair of columns is needed") }
        let columns = pairs.compactMap { local, remote in
            remote.text().map { ColumnPair(local: local, remote: $0) }
        }
        let order = section["insertionOrder"]?.choice(InsertionOrder.self)
        if cardinality == .array, order == .beforeParent {
            section["insertionOrder"]?.report(
                "rows of an array relationship refer to their parent and are inserted after it", "leave it out")
        }
        guard let target, !columns.isEmpty, columns.count == pairs.count else { return nil }
        self.init(
            name: name, cardinality: cardinality, target: target, columns: columns, insertionOrder: order,
            pointer: node.pointer)
    }
}

package struct ComputedFieldConfiguration: Sendable, Hashable {
    /// The field's name in the API and in rules.
    package var name: String
    package var definition: Definition
    package var pointer: String

    package enum Definition: Sendable, Hashable {
        /// An expression of the database over the table's columns, written by the owner of the project, and the GraphQL
        /// scalar it yields.
        case expression(String, type: String)
        /// A function of the database that is given the row, and which of its arguments are given the row and the caller's
        /// claims. It says itself what it yields.
        case function(String, tableArgument: String?, sessionArgument: String?)
    }

    package init(name: String, definition: Definition, pointer: String = "") {
        self.name = name
        self.definition = definition
        self.pointer = pointer
    }

    static let keys = ["expression", "type", "function", "tableArgument", "sessionArgument"]

    init?(name: String, _ node: ConfigurationNode) {
        guard isGraphQLName(name) else {
            node.report("\"\(name)\" is not a GraphQL name", "letters, digits and _ only, no digit first, not __ first")
            return nil
        }
        guard let section = node.section(Self.keys) else { return nil }
        if let function = section["function"] {
            for key in ["expression", "type"] {
                section[key]?.report("a computed field has an expression or a function, not both", "leave it out")
            }
            guard let name = function.text() else { return nil }
            definition = .function(
                name, tableArgument: section["tableArgument"]?.text(),
                sessionArgument: section["sessionArgument"]?.text())
        } else {
            for key in ["tableArgument", "sessionArgument"] {
                section[key]?.report("an expression has no arguments", "leave it out, or name a \"function\"")
            }
            let expression = section.required("expression")?.text()
            let type = section.required("type")?.graphQLName()
            guard let expression, let type else { return nil }
            definition = .expression(expression, type: type)
        }
        self.name = name
        pointer = node.pointer
    }
}
