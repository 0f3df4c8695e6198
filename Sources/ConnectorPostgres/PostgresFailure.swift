// Classifies what PostgreSQL reports into the connector's errors: by SQLSTATE, never by the text; the one text looked at
// is the gateway's own, which a list that is too long makes, and where the server says that a bound value was at fault. https://www.postgresql.org/docs/15/errcodes-appendix.html

internal import Connectors
internal import Planning

struct PostgresFailure: Sendable, Hashable {
    let state: String
    let message: String
    var table: String?
    var column: String?
    var constraint: String?
    /// Where in the server it arose.
    var context: String?

    /// By a cancel message, or by `statement_timeout`.
    static let cancelled = "57014"

    var error: ConnectorError { ConnectorError(kind, "\(message) (SQLSTATE \(state))") }

    private var kind: ConnectorError.Kind {
        if let path = exceededList { return .limitExceeded(path) }
        if let refusedParameter { return .refusedValue(refusedParameter) }
        if state.hasPrefix("23") { return .constraint(violation) }
        switch state {
        case Self.cancelled: return .timeout
        // A standby or a read-only session; or what the gateway's user may not do: what it may not read is not introspected.
        case "25006", "42501": return .readOnly
        case "53100": return .full
        case "55P03": return .busy
        case "40001", "40P01": return .collision
        case "54000", "54023": return .limitExceeded("$")
        case "XX001", "XX002": return .damaged
        default: break
        }
        return switch state.prefix(2) {
        // Data, a function's own objection, triggers, and what depends on stored values in other ways.
        case "22", "38", "39", "P0", "21", "44", "27", "09": .dataException
        case "08", "28", "3D", "53", "57", "58", "XX", "25", "40", "55": .unavailable
        default: .invalidStatement
        }
    }

    /// The path that `PostgresDialect.limited` put into the text that is no UUID.
    private var exceededList: String? {
        guard state == "22P02", let start = message.firstRange(of: PostgresDialect.limitMark)?.upperBound,
            let end = message[start...].firstRange(of: PostgresDialect.limitMarkEnd)?.lowerBound
        else { return nil }
        return String(message[start..<end])
    }

    /// The number, from 0, of the bound value that is none of its parameter's type: the server says which before it runs
    /// anything. In other languages than English it is not told, and the error is one of data.
    private var refusedParameter: Int? {
        let words = "unnamed portal parameter $"
        guard let context, context.hasPrefix(words),
            let number = Int(context.dropFirst(words.count).prefix { $0.isASCII && $0.isNumber })
        else { return nil }
        return number - 1
    }

    private var violation: ConstraintViolation {
        let kind: ConstraintViolation.Kind =
            switch state {
            case "23505": .unique
            case "23502": .notNull
            case "23503": .foreignKey
            case "23514": .check
            default: .other
            }
        return ConstraintViolation(kind, table: table, columns: column.map { [$0] } ?? [], name: constraint)
    }
}

extension ConnectorError {
    /// With the parameter in place of its number in the statement.
    func naming(_ parameters: [Parameter]) -> ConnectorError {
        guard case .refusedValue(let index) = kind, parameters.indices.contains(index) else { return self }
        return ConnectorError(.invalidInput(parameters[index]), detail)
    }

    static let skipped = ConnectorError(.unavailable, "an error before it kept the statement from running")
    static let connectionLost = ConnectorError(.unavailable, "the connection to PostgreSQL was lost")
}
