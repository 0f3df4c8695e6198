// Makes a database file from a script of SQL: how `perigee dev` gets its sample data without any tool beside the gateway.

package import Connectors
internal import Glibc

package enum SQLiteScript {
    /// Runs `sql` into a new file that only its owner may read; refuses a path that is taken. Blocks.
    package static func run(_ sql: String, intoNewFile path: String) throws(ConnectorError) {
        let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw ConnectorError(.unavailable, "cannot make the database \"\(path)\": \(reason)")
        }
        close(descriptor)
        let handle = try SQLiteHandle(path: path, access: .write)
        // The file can be made again at any time, so nothing waits for the disk.
        try handle.execute("pragma synchronous = off")
        try handle.execute(sql)
    }
}
