// A read whose rows a function of the database yields, with what the function is given. (SQL: `FROM function(…)`.)
package import Metadata

package struct FunctionCall: Sendable, Hashable {
    package enum Origin: Sendable, Hashable {
        case root(FunctionID)
        /// A computed field: the function is given the row above.
        case field(RowFunctionReference)
    }

    package enum Argument: Sendable, Hashable {
        /// `nil` is null.
        case value(Parameter?)
        case row
    }

    package let origin: Origin
    /// One for each of the function's arguments, in its order; those left out at the end take their defaults.
    package let arguments: [Argument]

    package init(origin: Origin, arguments: [Argument]) {
        self.origin = origin
        self.arguments = arguments
    }

    package func function(in catalog: Catalog) -> DatabaseFunction {
        switch origin {
        case .root(let id): catalog[id].function
        case .field(let reference): catalog.rowFunction(reference).function
        }
    }
}

extension Parameter {
    /// The caller's claims as one JSON document: `{}` for a caller without any.
    package static let claims = Parameter(origin: .claims, target: .value(.json))
}
