// Where the connector meets the SQL lowering: secured reads in, one statement out; secured writes in, the program of one
// transaction out.

internal import CSQLite
package import Connectors
package import Metadata
package import Rules
internal import SQL

extension SQLiteConnector {
    package func lower(_ reads: [SecuredRead], catalog: Catalog) -> any LoweredStatement {
        SQLStatement(reads, catalog: catalog, dialect: SQLiteDialect.self)
    }

    package func lower(_ writes: [SecuredWrite], catalog: Catalog) -> any LoweredMutation {
        SQLMutation(writes, catalog: catalog, dialect: SQLiteDialect.self)
    }

    package func check(_ statement: any LoweredStatement) throws(ConnectorError) {
        let handle = try SQLiteHandle(path: path, access: .read)
        try SQLiteSetup.apply(to: handle, limits: limits, watch: nil)
        // A misspelt column is an error, never a text.
        unsafe perigee_sqlite_config_dqs(handle.connection, 0)
        _ = try handle.prepare(statement.text)
    }
}
