// A lowered mutation: the program of its transaction, and its statements as each connection prepares them.

package import Connectors
package import Metadata
package import Planning
package import Rules

package final class SQLMutation: LoweredMutation, Sendable {
    package let program: WriteProgram
    package let statements: [SQLStatement]
    package let places: [WritePlace]
    package let tag: StatementTag?

    package convenience init<Dialect: SQLDialect>(
        _ writes: [SecuredWrite], catalog: Catalog, dialect: Dialect.Type, tag: StatementTag? = nil
    ) {
        let lowered = WriteLowering.lower(writes, catalog: catalog, dialect: dialect)
        self.init(program: lowered.program, places: lowered.places, tag: tag)
    }

    package init(program: WriteProgram, places: [WritePlace], tag: StatementTag? = nil) {
        self.program = program
        self.places = places
        self.tag = tag
        statements = program.statements.map {
            SQLStatement(tag: tag, text: $0.text, parameters: [], cellCount: $0.columnCount)
        }
    }

    /// The same where its tag does not speak of traces.
    package func tracedRun(by trace: TraceParent) -> SQLMutation {
        guard let traced = tag?.traced(by: trace) else { return self }
        return SQLMutation(program: program, places: places, tag: traced)
    }

    package var parameters: [Parameter] { program.parameters }
    package var cellCount: Int { program.answers.count }
    package var earlyChecks: [EarlyCheck] { program.earlyChecks }
    package var texts: [String] { program.statements.map(\.text) }
}
