// Errors of the stages as the gateway's own, in one place: which code callers see, and that what depends on stored data
// reaches them as one fixed text.
package import Base
package import Connectors
package import GraphQL
internal import Metadata
internal import Planning

extension GatewayError {
    package init(_ error: GraphQLError) {
        let code: ErrorCode =
            switch error.kind {
            case .syntax, .validation, .coercion: error.limit == nil ? .validationFailed : .limitExceeded
            case .limit: .limitExceeded
            }
        self.init(
            code, error.message, locations: error.locations, path: error.path, extensionPath: error.extensionPath ?? "$"
        )
        limit = error.limit
    }

    package init(_ error: ConnectorError) {
        switch error.kind {
        case .limitExceeded(let path):
            // A list is named by its path; what has none is the whole.
            self.init(
                exceeded: path == "$" ? .responseBytes : .rows,
                "The list or the response is larger than this server allows; use \"limit\".",
                extensionPath: path, underlying: error.detail)
        case .timeout: self.init(.timeout, "The request took too long.", underlying: error.detail)
        case .cancelled: self.init(.unavailable, "The request was cancelled.", underlying: error.detail)
        case .unavailable: self.init(.unavailable, "The database cannot be reached.", underlying: error.detail)
        case .busy, .collision: self.init(.unavailable, "The database is busy; try again.", underlying: error.detail)
        case .readOnly: self.init(.unavailable, "The database cannot be written.", underlying: error.detail)
        case .full: self.init(.unavailable, "The database has no room left.", underlying: error.detail)
        case .damaged: self.init(.unavailable, "The database is damaged.", underlying: error.detail)
        case .constraint:
            self.init(.constraintViolation, "a database constraint failed", underlying: error.detail)
        case .costlyPattern:
            self.init(
                .badRequest, "The pattern takes too many steps on a stored value; make it simpler.",
                underlying: error.detail)
        case .invalidInput(let parameter) where parameter.isGivenByRequest:
            let kind = parameter.target.kind
            self.init(
                kind?.isReadByDialect ?? false ? .parseFailed : .dataException,
                "invalid input for \(kind?.graphQLName ?? "a value"): expected it as the database writes it",
                extensionPath: parameter.errorPath, underlying: error.detail)
        case .dataException, .refusedValue, .invalidInput:
            self.init(.dataException, "The database could not compute the result.", underlying: error.detail)
        case .invalidStatement: self.init(.unexpected, "internal error", underlying: error.detail)
        }
    }
}

extension Parameter {
    /// Whether whoever sent the request wrote the value into it.
    fileprivate var isGivenByRequest: Bool {
        switch origin {
        case .variable, .composed: true
        case .sealed(let inner, _, _): inner.isGivenByRequest
        // Of a rule's literals no path tells.
        case .constant: errorPath != "$"
        case .cursor, .claim, .claims, .now, .maskKey, .integer, .written, .keys: false
        }
    }
}

extension Parameter.Target {
    fileprivate var kind: ScalarKind? {
        switch self {
        case .value(let kind), .list(let kind): kind
        case .count, .pattern, .jsonPath, .bytes: nil
        }
    }
}
