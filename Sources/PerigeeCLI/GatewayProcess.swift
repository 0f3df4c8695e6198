// A gateway from its first thread to its last: loops, project, server, signals, graceful end. `serve` and `dev` differ
// only in where the configuration comes from and what they print when it is ready.

internal import Base
internal import Foundation
internal import Gateway
internal import HTTP
internal import Logging
internal import Metadata
internal import Reactor
internal import Rules
internal import Synchronization
internal import Transport

struct GatewayProcess {
    private let configuration: ProjectConfiguration
    private let log: Logger
    private let group: EventLoopGroup

    /// - Parameter firstCPU: pins loop *n* to this CPU and those after it; for measuring.
    init(_ configuration: ProjectConfiguration, loops: Int?, firstCPU: Int?, log: Logger) throws {
        self.configuration = configuration
        self.log = log
        let count = loops ?? configuration.server.loops ?? EventLoopGroup.defaultCount
        do {
            group = try EventLoopGroup(count: count, firstCPU: firstCPU)
        } catch {
            throw CommandFailure.surroundings("cannot start \(count) event loops: \(error)")
        }
    }

    /// Serves until SIGTERM or SIGINT. `ready` is called once, with the address callers use.
    func run(ready: (String) async throws -> Void) async throws {
        defer { group.stop() }
        let signals = try watchSignals()
        let project: Project
        do {
            let log = log
            project = try await Project.load(configuration, loops: group.loops) { log.report($0) }
        } catch {
            throw CommandFailure(error)
        }
        defer { project.close() }
        logProject(project)
        let served = ServedProject(project)
        let watching: CatalogWatch.Watching?
        do {
            watching = try CatalogWatch(served).start()
        } catch {
            throw CommandFailure.surroundings("cannot start the thread that watches schemas: \(error)")
        }

        let server: HTTPServer
        do {
            server = try await HTTPServer.start(
                HTTPServerConfiguration(configuration.server), group: group, handler: GatewayHandler(served))
        } catch {
            await watching?.stop()
            throw CommandFailure(error)
        }
        log.info("serving", metadata: ["address": "\(server.address)", "loops": "\(group.loops.count)"])
        do {
            try await ready("http://\(authority(port: server.port))")
        } catch {
            await server.shutdown(deadline: .zero)
            await watching?.stop()
            throw error
        }

        let signal = await signals.first { _ in true }
        log.info(
            "stopping: requests under way may finish",
            metadata: ["signal": "\(signal ?? 0)", "connections": "\(server.connectionCount)"])
        let cut = await server.shutdown(deadline: configuration.server.limits.shutdownTimeout)
        await watching?.stop()
        if cut > 0 {
            log.warning("connections were cut at the end of the shutdown time", metadata: ["count": "\(cut)"])
        }
        log.info("stopped")
    }

    private func logProject(_ project: Project) {
        log.info(
            "project loaded",
            metadata: [
                "file": "\(configuration.file)", "sources": "\(configuration.sources.count)",
                "collections": "\(project.catalog.collections.count)",
                "rules": "\(configuration.ruleFiles.count) files",
            ])
        for warning in project.rules.warnings { log.warning("\(warning)") }
        // Without rules the gateway is up and answers nobody: not a mistake, but rarely what was meant.
        if configuration.ruleFiles.isEmpty {
            log.warning("there are no rules: only the admin secret opens anything")
        }
    }

    /// The first signal is an element of the stream; a second one ends the process at once.
    private func watchSignals() throws -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let received = SignalCount()
        do {
            try SignalWatcher.watch([SignalWatcher.terminate, SignalWatcher.interrupt], on: group.loops[0]) { signal in
                if received.next() == 1 {
                    continuation.yield(signal)
                } else {
                    StandardStreams.writeError("perigee: stopped at once by a second signal")
                    // What a shell reports for a process that the signal itself has ended.
                    Foundation.exit(128 + signal)
                }
            }
        } catch {
            throw CommandFailure.surroundings("cannot watch for signals: \(error)")
        }
        return stream
    }

    /// Host and port as they stand in a URL. A server for all interfaces is reached by the local one.
    private func authority(port: Int) -> String {
        let host =
            switch configuration.server.host {
            case "*", "0.0.0.0", "::": "127.0.0.1"
            case let host: host
            }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension HTTPServerConfiguration {
    /// The bounds of the configuration, each in the place that keeps it.
    init(_ server: ServerConfiguration) {
        let limits = server.limits
        self.init(
            host: server.host, port: server.port,
            limits: HTTPLimits(
                requestLineBytes: min(HTTPLimits().requestLineBytes, limits.headerBytes),
                headerBytes: limits.headerBytes, bodyBytes: limits.bodyBytes),
            deadlines: HTTPDeadlines(
                head: limits.headerTimeout, body: limits.bodyTimeout, idle: limits.idleTimeout,
                write: limits.writeTimeout),
            maximumConnections: limits.connections)
    }
}

private final class SignalCount: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

extension Logger {
    /// The log's reading of a fact: what the gateway is to blame for is an error, what its surroundings are a warning.
    fileprivate func report(_ fact: ReportedFact) {
        switch fact {
        case .catalogChanged(let collections):
            self.log(
                level: .info, "a schema has changed: the catalog was read anew",
                metadata: ["collections": "\(collections)"])
        case .catalogRefused(let detail):
            self.log(
                level: .error, "a schema has changed and does not fit the project: the catalog before it stays in use",
                metadata: ["detail": "\(detail)"])
        case .requestFailed(let code, let operationName, let detail):
            let level: Level = code.party == .gateway ? .error : .warning
            self.log(
                level: level, "request failed",
                metadata: ["code": "\(code.rawValue)", "operation": "\(operationName ?? "")", "detail": "\(detail)"])
        }
    }
}
