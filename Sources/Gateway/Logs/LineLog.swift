// A file that lines are appended to by a thread of its own, so that no request waits for a disk. What waits is bounded; what
// does not fit is counted, and the log says how many lines it lacks. The audit log and the access log are such files.
package import Base
internal import Glibc
internal import Reactor
internal import Synchronization

package final class LineLog: Sendable {
    /// What it is, in messages: "audit log".
    private let name: String
    private let file: String
    private let queueBytes: Int
    private let report: FactReporter
    private let loop: EventLoop
    private let state = Mutex(State())

    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        var isWriting = false
        /// Owned by the writing thread, kept here to be closed.
        var descriptor: Int32 = -1
    }

    package struct CannotOpen: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - name: what it is, in messages: "audit log".
    ///   - queueBytes: that may wait to be written.
    /// - Throws: when the file cannot be opened: who asks for such a log does not want to serve without.
    package init(
        _ name: String, file: String, queueBytes: Int, report: @escaping FactReporter
    ) throws(CannotOpen) {
        self.name = name
        self.file = file
        self.queueBytes = queueBytes
        self.report = report
        let descriptor = Self.open(file)
        guard descriptor >= 0 else {
            throw CannotOpen(description: "the \(name) \"\(file)\" cannot be opened: \(Self.reason(errno))")
        }
        do {
            loop = try EventLoop(name: String(name.prefix { $0 != " " }))
        } catch {
            _ = Glibc.close(descriptor)
            throw CannotOpen(description: "the \(name) has no thread: \(error)")
        }
        state.withLock { $0.descriptor = descriptor }
    }

    private static func open(_ file: String) -> Int32 {
        unsafe Glibc.open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    }

    private static func reason(_ number: Int32) -> String {
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }

    /// Takes a line, or counts it if too much waits already. From any thread; does not wait.
    package func write(_ line: [UInt8]) {
        let begins = state.withLock { state in
            guard state.waiting.count + line.count <= queueBytes else {
                state.dropped += 1
                return false
            }
            state.waiting += line
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { loop.execute { self.drain() } }
    }

    private func drain() {
        while true {
            let (bytes, dropped, descriptor) = state.withLock { state -> ([UInt8], Int, Int32) in
                defer {
                    state.waiting = []
                    state.dropped = 0
                }
                return (state.waiting, state.dropped, state.descriptor)
            }
            if bytes.isEmpty, dropped == 0 {
                let isDone = state.withLock { state in
                    guard state.waiting.isEmpty, state.dropped == 0 else { return false }
                    state.isWriting = false
                    return true
                }
                if isDone { return }
                continue
            }
            var lines = bytes
            if dropped > 0 {
                lines += Array(#"{"time":"\#(SystemClock.now().description)","dropped":\#(dropped)}"#.utf8) + [0x0A]
                report(.logLost(name: name, lines: dropped, detail: "more than \(queueBytes) bytes waited"))
            }
            append(lines, to: descriptor)
        }
    }

    private func append(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                let lines = rest.count { $0 == 0x0A }
                return report(.logLost(name: name, lines: lines, detail: Self.reason(errno)))
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Opens the file by its name again, after what waits was written to the one that was open: for whoever has renamed it.
    package func reopen() {
        loop.execute {
            self.drain()
            let next = Self.open(self.file)
            guard next >= 0 else {
                return self.report(.logLost(name: self.name, lines: 0, detail: "\(self.file): \(Self.reason(errno))"))
            }
            let last = self.state.withLock { state in
                defer { state.descriptor = next }
                return state.descriptor
            }
            _ = Glibc.close(last)
        }
    }

    /// Writes what waits and ends. Nothing may be written afterwards.
    package func close() {
        loop.execute { self.drain() }
        loop.stop()
        let last = state.withLock { state in
            defer { state.descriptor = -1 }
            return state.descriptor
        }
        if last >= 0 { _ = Glibc.close(last) }
    }
}
