// The closed list of error codes callers may see in `extensions.code` (dialect of the API, section 5). `schema/errors.json`
// is the published table; a test compares the two. A code is never reused or renamed.

package enum ErrorCode: String, Sendable, CaseIterable {
    case accessDenied = "access-denied"
    case alreadyExists = "already-exists"
    case badRequest = "bad-request"
    case coercionError = "coercion-error"
    case conflict = "conflict"
    case constraintError = "constraint-error"
    case constraintViolation = "constraint-violation"
    case dataException = "data-exception"
    case invalidConfiguration = "invalid-configuration"
    case invalidHeaders = "invalid-headers"
    case invalidJSON = "invalid-json"
    case invalidJWT = "invalid-jwt"
    case jwtInvalidClaims = "jwt-invalid-claims"
    case methodNotAllowed = "method-not-allowed"
    case notExists = "not-exists"
    case notFound = "not-found"
    case notSupported = "not-supported"
    case parseFailed = "parse-failed"
    case permissionDenied = "permission-denied"
    case permissionError = "permission-error"
    case postgresError = "postgres-error"
    case postgresMaximumConnections = "postgres-max-connections-error"
    case unexpected = "unexpected"
    case unexpectedPayload = "unexpected-payload"
    case validationFailed = "validation-failed"
    case limitExceeded = "limit-exceeded"
    case timeout = "timeout"
    case unavailable = "unavailable"

    /// Who is at fault: decides whether the caller sees details.
    package enum Party: String, Sendable {
        case caller
        case surroundings
        case gateway
    }

    package var party: Party {
        switch self {
        case .unexpected: .gateway
        case .timeout, .unavailable, .postgresError, .postgresMaximumConnections, .invalidConfiguration: .surroundings
        case .accessDenied, .alreadyExists, .badRequest, .coercionError, .conflict, .constraintError,
            .constraintViolation, .dataException, .invalidHeaders, .invalidJSON, .invalidJWT, .jwtInvalidClaims,
            .methodNotAllowed, .notExists, .notFound, .notSupported, .parseFailed, .permissionDenied,
            .permissionError, .unexpectedPayload, .validationFailed, .limitExceeded:
            .caller
        }
    }

    /// The HTTP status of a request that fails with this code before execution, under
    /// `application/graphql-response+json`; under `application/json` well-formed requests answer 200.
    package var status: Int {
        switch self {
        case .unexpected: 500
        case .unavailable, .postgresMaximumConnections: 503
        case .timeout: 504
        case .methodNotAllowed: 405
        case .invalidJWT, .jwtInvalidClaims: 401
        case .accessDenied, .permissionDenied: 403
        case .limitExceeded, .alreadyExists, .badRequest, .coercionError, .conflict,
            .constraintError, .constraintViolation, .dataException, .invalidConfiguration, .invalidHeaders,
            .invalidJSON, .notExists, .notFound, .notSupported, .parseFailed, .permissionError, .postgresError,
            .unexpectedPayload, .validationFailed:
            400
        }
    }
}
