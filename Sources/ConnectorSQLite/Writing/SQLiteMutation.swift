// A mutation lowered for SQLite: the program of its transaction, and its statements as each connection prepares them.
package import Connectors
package import Metadata
package import Planning
package import Rules
internal import SQL

package final class SQLiteMutation: LoweredMutation, Sendable {
    let program: WriteProgram
    let statements: [SQLiteStatement]
    package let places: [WritePlace]

    init(program: WriteProgram, places: [WritePlace]) {
        self.program = program
        self.places = places
        statements = program.statements.map {
            SQLiteStatement(text: $0.text, parameters: [], cellCount: $0.columnCount)
        }
    }

    package var parameters: [Parameter] { program.parameters }
    package var cellCount: Int { program.answers.count }
    package var earlyChecks: [EarlyCheck] { program.earlyChecks }
    package var texts: [String] { program.statements.map(\.text) }
}

extension SQLiteConnector {
    package func lower(_ writes: [SecuredWrite], catalog: Catalog) -> any LoweredMutation {
        let lowered = WriteLowering.lower(writes, catalog: catalog, dialect: SQLiteDialect.self)
        return SQLiteMutation(program: lowered.program, places: lowered.places)
    }
}
