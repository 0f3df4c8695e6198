// Functions of a database: what a connector finds of those that the configuration names, and what the catalog makes of
// them: fields of the query and the mutation root, and computed fields (dialect of the API, sections 2 and 11).

/// A function as the database describes it. Two of one name are two descriptions.
package struct FunctionDescription: Sendable, Hashable {
    /// What the database knows about its effects. Only a volatile one may change data.
    package enum Volatility: Sendable, Hashable {
        case immutable
        case stable
        case volatile
    }

    package struct Argument: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case value(ScalarKind)
            /// A row of the table of this name.
            case row(of: String)
        }

        /// `nil` where it has none.
        package var name: String?
        package var kind: Kind
        /// The type it is declared with.
        package var type: TypeLocation
        /// What the database calls that type.
        package var words: String
        package var hasDefault: Bool

        /// - Parameter words: the type's own name unless said.
        package init(
            name: String?, kind: Kind, type: TypeLocation, words: String? = nil, hasDefault: Bool = false
        ) {
            self.name = name
            self.kind = kind
            self.type = type
            self.words = words ?? type.name
            self.hasDefault = hasDefault
        }
    }

    package enum Result: Sendable, Hashable {
        /// Any number of rows of the table of this name.
        case rows(of: String)
        case value(ScalarKind)
        /// Anything else, in the database's words.
        case other(String)
    }

    /// As the configuration names it: those outside the default schema are `schema.function`.
    package var name: String
    /// Its schema and its own name.
    package var location: TableLocation
    package var arguments: [Argument]
    package var result: Result
    package var volatility: Volatility
    /// It runs with its owner's rights and finds names by the path of whoever calls it.
    package var borrowsRights = false
    package var comment: String?

    package init(
        name: String, location: TableLocation, arguments: [Argument], result: Result, volatility: Volatility,
        comment: String? = nil
    ) {
        self.name = name
        self.location = location
        self.arguments = arguments
        self.result = result
        self.volatility = volatility
        self.comment = comment
    }
}

/// A type by its schema and its own name.
package struct TypeLocation: Sendable, Hashable {
    package let schema: String
    package let name: String

    package init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }
}

/// A function as the catalog has it, with what each of its arguments is given.
package struct DatabaseFunction: Sendable, Hashable {
    package struct Argument: Sendable, Hashable {
        package enum Role: Sendable, Hashable {
            /// The caller's value. `name` is its member of `args`.
            case input(name: String, ScalarKind)
            /// The claims of the caller, as one JSON document.
            case session
            /// The row that the field belongs to.
            case row
        }

        package let role: Role
        package let type: TypeLocation
        package let hasDefault: Bool
    }

    package let location: TableLocation
    package let arguments: [Argument]

    /// What callers may give it.
    package var inputs: [(name: String, kind: ScalarKind, hasDefault: Bool)] {
        arguments.compactMap { argument in
            guard case .input(let name, let kind) = argument.role else { return nil }
            return (name, kind, argument.hasDefault)
        }
    }
}

package struct FunctionID: Sendable, Hashable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
}

/// A function that is a root field: of queries, or of mutations where the database says that it may change data.
package struct TrackedFunction: Sendable {
    package let id: FunctionID
    package let source: SourceID
    /// As rules name it: `source.function`, the function as the configuration names it.
    package let name: CollectionName
    package let apiName: String
    package let function: DatabaseFunction
    /// Whose rows it returns.
    package let collection: CollectionID
    package let isVolatile: Bool
    package let borrowsRights: Bool
    package let description: String?
}

/// A function that makes a field of each row: rows of a collection that belong to it.
package struct RowFunction: Sendable {
    /// The field's name, in the API and in rules.
    package let name: String
    package let function: DatabaseFunction
    /// Whose rows it returns.
    package let target: CollectionID
    package let description: String?
}

package struct RowFunctionReference: Sendable, Hashable {
    package let collection: CollectionID
    package let index: Int

    package init(collection: CollectionID, index: Int) {
        self.collection = collection
        self.index = index
    }
}
