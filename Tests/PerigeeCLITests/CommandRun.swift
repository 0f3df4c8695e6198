// The built program as a child process: arguments in, exit code and both streams out. Every wait has a deadline.

import Foundation
import Glibc

struct CommandRun: Sendable {
    let status: Int32
    let output: String
    let errors: String

    struct TookTooLong: Error {}

    /// The program ended before it printed what was waited for.
    struct EndedEarly: Error {
        let errors: String
    }

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

/// A child that is still running, for commands that serve. Its streams go to files: the ends of a pipe would be held open
/// by other tests' children that start at the same moment.
final class RunningCommand: Sendable {
    private let process: Process
    private let folder: URL

    init(_ arguments: [String], in directory: URL, environment: [String: String] = [:]) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("perigee-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process = Process()
        process.executableURL = CommandRun.program
        process.arguments = arguments
        process.currentDirectoryURL = directory
        // Nothing of the environment that the tests run in but what the program needs to start.
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(folder, "output")
        process.standardError = try Self.file(folder, "errors")
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
        try? FileManager.default.removeItem(at: folder)
    }

    private static func file(_ folder: URL, _ name: String) throws -> FileHandle {
        let file = folder.appendingPathComponent(name)
        try Data().write(to: file)
        return try FileHandle(forWritingTo: file)
    }

    private func text(_ name: String) -> String {
        let data = try? Data(contentsOf: folder.appendingPathComponent(name))
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    var output: String { text("output") }
    var errors: String { text("errors") }

    func terminate() { process.terminate() }

    /// As a crash would: it does nothing more.
    func kill() { _ = Glibc.kill(process.processIdentifier, SIGKILL) }

    /// Waits until what the program has printed holds `text`.
    func waitFor(_ text: String) async throws {
        try await wait { self.output.contains(text) || !self.process.isRunning }
        guard output.contains(text) else { throw CommandRun.EndedEarly(errors: errors) }
    }

    func end() async throws -> CommandRun {
        try await wait { !self.process.isRunning }
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
