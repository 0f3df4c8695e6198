// A mutation lowered for PostgreSQL: the program of its transaction, and its statements as each connection prepares them.
package import Connectors
package import Metadata
package import Planning
package import Rules
internal import SQL

package final class PostgresMutation: LoweredMutation, Sendable {
    let program: WriteProgram
    let statements: [PostgresStatement]
    package let places: [WritePlace]

    init(program: WriteProgram, places: [WritePlace]) {
        self.program = program
        self.places = places
        statements = program.statements.map {
            PostgresStatement(text: $0.text, parameters: [], cellCount: $0.columnCount)
        }
    }

    package var parameters: [Parameter] { program.parameters }
    package var cellCount: Int { program.answers.count }
    package var earlyChecks: [EarlyCheck] { program.earlyChecks }
    package var texts: [String] { program.statements.map(\.text) }
}

extension PostgresConnector {
    package func lower(_ writes: [SecuredWrite], catalog: Catalog) -> any LoweredMutation {
        let lowered = WriteLowering.lower(writes, catalog: catalog, dialect: PostgresDialect.self)
        return PostgresMutation(program: lowered.program, places: lowered.places)
    }
}
