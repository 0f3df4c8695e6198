// The audit log: lines that requests leave, and which claim they name.
package import Base
package import Metadata

package final class AuditLog: Sendable {
    let identity: [String]?
    private let lines: LineLog

    /// - Throws: when the file cannot be opened: who asks for an audit log does not want to serve without.
    package init(
        _ configuration: AuditConfiguration, report: @escaping FactReporter
    ) throws(LineLog.CannotOpen) {
        identity = configuration.identity
        lines = try LineLog(
            "audit log", file: configuration.file, queueBytes: configuration.queueBytes, report: report)
    }

    /// Takes a line, or counts it if too much waits already. From any thread; does not wait.
    func write(_ line: [UInt8]) {
        lines.write(line)
    }

    /// Opens the file by its name again, for whoever has renamed it.
    package func reopen() {
        lines.reopen()
    }

    /// Writes what waits and ends. Nothing may be written afterwards.
    package func close() {
        lines.close()
    }
}
