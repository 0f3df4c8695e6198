// A mutation lowered for PostgreSQL. Its last read may be sent together with the commit: then the read itself must see to the
// size of its answer, for an answer that is too large must not be an error about something that was done.

package import Connectors
package import Metadata
package import Planning
package import Rules
internal import SQL

package final class PostgresMutation: LoweredMutation, Sendable {
    let lowered: SQLMutation
    /// Whether nothing is left to be looked at between the last statement and the commit.
    let endsWithLast: Bool
    /// The last statement where it is the one read, failing where its text is larger than one answer may be.
    let lastRead: SQLStatement?

    private let responseBytes: Int

    convenience init(_ writes: [SecuredWrite], catalog: Catalog, responseBytes: Int, tag: StatementTag? = nil) {
        self.init(
            SQLMutation(writes, catalog: catalog, dialect: PostgresDialect.self, tag: tag), responseBytes: responseBytes
        )
    }

    private init(_ lowered: SQLMutation, responseBytes: Int) {
        self.lowered = lowered
        self.responseBytes = responseBytes
        let reads = lowered.program.steps.count { if case .read = $0 { true } else { false } }
        guard case .read(let call, _, _)? = lowered.program.steps.last, reads == 1 else {
            endsWithLast = reads == 0
            lastRead = nil
            return
        }
        endsWithLast = true
        let mark = PostgresDialect.quotedText(PostgresDialect.limitMark + "$" + PostgresDialect.limitMarkEnd)
        lastRead = SQLStatement(
            tag: lowered.tag,
            text: """
                SELECT CASE WHEN (octet_length("a"."t") > \(responseBytes)) \
                THEN CAST(CAST(concat(\(mark), octet_length("a"."t")) AS "uuid") AS "text") ELSE "a"."t" END \
                FROM (SELECT CAST("r"."t" AS "text") FROM (\(lowered.program.statements[call.statement].text)) AS "r" ("t") \
                OFFSET 0) AS "a" ("t")
                """, parameters: [], cellCount: 1)
    }

    package func traced(by trace: TraceParent) -> any LoweredMutation {
        let traced = lowered.tracedRun(by: trace)
        return traced === lowered ? self : PostgresMutation(traced, responseBytes: responseBytes)
    }

    package var parameters: [Parameter] { lowered.parameters }
    package var cellCount: Int { lowered.cellCount }
    package var earlyChecks: [EarlyCheck] { lowered.earlyChecks }
    package var places: [WritePlace] { lowered.places }
    package var texts: [String] { lowered.texts }
}

extension PostgresConnector {
    package func lower(_ writes: [SecuredWrite], catalog: Catalog) -> any LoweredMutation {
        PostgresMutation(writes, catalog: catalog, responseBytes: limits.responseBytes)
    }

    package func lower(_ writes: [SecuredWrite], catalog: Catalog, tag: StatementTag) -> any LoweredMutation {
        PostgresMutation(writes, catalog: catalog, responseBytes: limits.responseBytes, tag: tag)
    }
}
