// The PostgreSQL server of a test run: one for all suites of the process, started by the first that asks and removed when
// the process ends in whatever way (scripts/postgres-cluster.sh). Each test has a database of its own.
internal import Foundation
internal import Synchronization

package final class PostgresCluster: Sendable {
    /// Where its socket is.
    package let folder: String
    /// Holds the server's life: closed when the process ends.
    private let life: FileHandle
    private let databases = Atomic(0)
    private let templates = Mutex<Set<String>>([])

    /// Whether there is a server to start; for `.enabled(if:)`.
    package static var isInstalled: Bool {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return !versions.isEmpty || ProcessInfo.processInfo.environment["POSTGRES_BIN"] != nil
    }

    package static let missing: String = "there is no PostgreSQL server here; `make packages-test` installs it"

    private static let started: Result<PostgresCluster, any Error> = Result { try PostgresCluster() }

    package static func shared() throws -> PostgresCluster { try started.get() }

    /// One of the caller's own, for what would harm others: it ends with the object.
    package init() throws {
        let (input, output) = (Pipe(), Pipe())
        let process = Process()
        process.executableURL = Repository.root.appendingPathComponent("scripts/postgres-cluster.sh")
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), let value = byte.first, value != 10 {
            line.append(value)
        }
        guard !line.isEmpty else { throw PostgresClusterError(text: "the server did not start") }
        folder = String(decoding: line, as: UTF8.self)
        life = input.fileHandleForWriting
    }

    /// A new database that the script has been run in.
    /// - Returns: its URL.
    package func database(_ script: String = "") throws -> String {
        let name = "test_\(databases.add(1, ordering: .relaxed).newValue)"
        try run("create database \(name) template template0", in: "postgres")
        if !script.isEmpty { try run(script, in: name) }
        return "postgres://perigee@/\(name)?host=\(folder)"
    }

    /// The same, filled once and copied for everyone who asks for it by this name.
    package func database(filledBy script: String, named name: String) throws -> String {
        try templates.withLock { templates in
            if templates.contains(name) { return }
            try run("create database \(name) template template0", in: "postgres")
            try run(script, in: name)
            templates.insert(name)
        }
        let copy = "\(name)_\(databases.add(1, ordering: .relaxed).newValue)"
        // One copy at a time: a template has no other connections.
        _ = try templates.withLock { _ in try run("create database \(copy) template \(name)", in: "postgres") }
        return "postgres://perigee@/\(copy)?host=\(folder)"
    }

    /// Runs a script with psql, which stops at the first error.
    /// - Returns: what it prints, rows unaligned.
    @discardableResult
    package func run(_ script: String, in database: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/psql")
        process.arguments = [
            "-h", folder, "-U", "perigee", "-d", database, "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-f", "-",
        ]
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
        try input.fileHandleForWriting.close()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaints = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw PostgresClusterError(text: String(decoding: complaints, as: UTF8.self))
        }
        return String(decoding: printed, as: UTF8.self)
    }
}

package struct PostgresClusterError: Error, CustomStringConvertible {
    package let text: String
    package var description: String { text }
}
