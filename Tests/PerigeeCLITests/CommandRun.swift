// The built program as a child process: arguments in, exit code and both streams out. Every wait has a deadline.

import Foundation
import Synchronization

struct CommandRun: Sendable {
    let status: Int32
    let output: String
    let errors: String

    struct TookTooLong: Error {}

    /// The program stands beside the test bundle, wherever the package is built.
    static var program: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("perigee")
    }

    static let deadline = Duration.seconds(60)

    /// Runs to the end.
    static func perigee(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:]
    ) async throws -> CommandRun {
        let child = try RunningCommand(arguments, in: folder, environment: environment)
        return try await child.end()
    }
}

/// A child that is still running, for commands that serve.
final class RunningCommand: Sendable {
    private struct State {
        var output = Data()
        var errors = Data()
        var openStreams = 2
    }

    private let process: Process
    private let state: StateBox

    /// Shared with the callbacks of the pipes, which may outlive the command.
    private final class StateBox: Sendable {
        let state = Mutex(State())
    }

    init(_ arguments: [String], in folder: URL, environment: [String: String] = [:]) throws {
        process = Process()
        state = StateBox()
        process.executableURL = CommandRun.program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // Nothing of the environment that the tests run in but what the program needs to start.
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        read(output) { $0.output += $1 }
        read(errors) { $0.errors += $1 }
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    private func read(_ pipe: Pipe, _ take: @escaping @Sendable (inout State, Data) -> Void) {
        let state = state
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            state.state.withLock { state in
                if data.isEmpty { state.openStreams -= 1 } else { take(&state, data) }
            }
        }
    }

    var output: String { state.state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    var errors: String { state.state.withLock { String(decoding: $0.errors, as: UTF8.self) } }

    func terminate() { process.terminate() }

    /// Waits until what the program has printed holds `text`.
    func waitFor(_ text: String) async throws {
        try await wait { self.output.contains(text) }
    }

    func end() async throws -> CommandRun {
        try await wait { !self.process.isRunning && self.state.state.withLock { $0.openStreams == 0 } }
        return CommandRun(status: process.terminationStatus, output: output, errors: errors)
    }

    private func wait(_ condition: () -> Bool) async throws {
        let clock = ContinuousClock()
        let end = clock.now + CommandRun.deadline
        while !condition() {
            guard clock.now < end else { throw CommandRun.TookTooLong() }
            try await clock.sleep(for: .milliseconds(10))
        }
    }
}
