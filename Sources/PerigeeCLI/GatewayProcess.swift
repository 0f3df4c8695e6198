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
    private let reading: ConfigurationReload.Start
    private let log: Logger
    private let group: EventLoopGroup

    private var configuration: ProjectConfiguration { reading.configuration }

    /// - Parameter reading: the project, whose files are followed while it serves.
    init(_ reading: ConfigurationReload.Start, _ options: ServerOptions) throws {
        self.reading = reading
        log = options.makeLog()
        let count = options.loops ?? reading.configuration.server.loops ?? EventLoopGroup.defaultCount
        do {
            group = try EventLoopGroup(count: count, firstCPU: options.pinnedCPU)
        } catch {
            throw CommandFailure.surroundings("cannot start \(count) event loops: \(error)")
        }
    }

    /// Serves until SIGTERM or SIGINT. `ready` is called once, with the address callers use.
    func run(ready: (String) async throws -> Void) async throws {
        defer { group.stop() }
        let signals = Signals()
        try signals.watch(on: group.loops[0])
        let listener = try makeListener()
        let audit = try openAudit()
        defer { audit?.close() }
        let accessLog = try openAccessLog()
        defer { accessLog?.close() }
        let project: Project
        do {
            let log = log
            project = try await Project.load(configuration, loops: group.loops, audit: audit) { log.report($0) }
        } catch {
            throw CommandFailure(error)
        }
        logProject(project)
        let served = ServedProject(project)
        defer {
            served.stopSubscriptions()
            served.project.close()
        }
        let watching: CatalogWatch.Watching?
        do {
            watching = try CatalogWatch(served).start()
        } catch {
            throw CommandFailure.surroundings("cannot start the thread that watches schemas: \(error)")
        }

        let reloading: ConfigurationReload.Watching
        do {
            reloading = try ConfigurationReload(served, reading, listener: listener).start()
        } catch {
            await watching?.stop()
            throw CommandFailure.surroundings("cannot watch the project's files: \(error)")
        }
        signals.hangup.withLock { hangup in
            hangup = {
                audit?.reopen()
                accessLog?.reopen()
                reloading.demand()
            }
        }
        let stopWatching = {
            await reloading.stop()
            await watching?.stop()
        }

        let server: HTTPServer
        do {
            server = try await HTTPServer.start(
                HTTPServerConfiguration(
                    configuration.server, tls: listener.context,
                    finish: ResponseFinish(served, accessLog: accessLog)), group: group,
                handler: GatewayHandler(served))
            listener.attach(server)
        } catch {
            await stopWatching()
            throw CommandFailure(error)
        }
        log.info("serving", metadata: ["address": "\(server.address)", "loops": "\(group.loops.count)"])
        let scheme = configuration.server.tls == nil ? "http" : "https"
        do {
            try await ready("\(scheme)://\(authority(port: server.port))")
        } catch {
            await server.shutdown(deadline: .zero)
            await stopWatching()
            throw error
        }

        let signal = await signals.ends.first { _ in true }
        log.info(
            "stopping: requests under way may finish",
            metadata: ["signal": "\(signal ?? 0)", "connections": "\(server.connectionCount)"])
        let cut = await server.shutdown(
            deadline: served.project.configuration.server.limits.shutdownTimeout)
        await stopWatching()
        if cut > 0 {
            log.warning("connections were cut at the end of the shutdown time", metadata: ["count": "\(cut)"])
        }
        log.info("stopped")
    }

    private func makeListener() throws -> SecureListener {
        do {
            let listener = try SecureListener(configuration, now: SystemClock.now())
            for warning in listener.warnings { log.warning("\(warning)") }
            return listener
        } catch {
            throw CommandFailure(error)
        }
    }

    private func openAccessLog() throws -> LineLog? {
        let log = log
        do {
            return try configuration.server.accessLog.map {
                try LineLog("access log", file: $0.file, queueBytes: $0.queueBytes) { log.report($0) }
            }
        } catch {
            throw CommandFailure.surroundings("\(error)")
        }
    }

    private func openAudit() throws -> AuditLog? {
        let log = log
        do {
            return try configuration.audit.map { try AuditLog($0) { log.report($0) } }
        } catch {
            throw CommandFailure.surroundings("\(error)")
        }
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
    init(_ server: ServerConfiguration, tls: TLSContext?, finish: any ResponseFinisher) {
        let limits = server.limits
        self.init(
            host: server.host, port: server.port, tls: tls,
            limits: HTTPLimits(
                requestLineBytes: min(HTTPLimits().requestLineBytes, limits.headerBytes),
                headerBytes: limits.headerBytes, bodyBytes: limits.bodyBytes),
            deadlines: HTTPDeadlines(
                handshake: limits.handshakeTimeout, head: limits.headerTimeout, body: limits.bodyTimeout,
                idle: limits.idleTimeout,
                write: limits.writeTimeout),
            maximumConnections: limits.connections, finisher: finish)
    }
}

/// What signals become.
private final class Signals: Sendable {
    /// The first signal that ends the process; a second one ends it at once.
    let ends: AsyncStream<Int32>
    private let continuation: AsyncStream<Int32>.Continuation
    private let count = Atomic(0)
    /// What SIGHUP sets off; it ends nothing, whatever there is to set off.
    let hangup = Mutex<(@Sendable () -> Void)?>(nil)

    init() {
        (ends, continuation) = AsyncStream.makeStream(of: Int32.self)
    }

    func watch(on loop: EventLoop) throws {
        let watched = [SignalWatcher.terminate, SignalWatcher.interrupt, SignalWatcher.hangup]
        do {
            try SignalWatcher.watch(watched, on: loop) { self.receive($0) }
        } catch {
            throw CommandFailure.surroundings("cannot watch for signals: \(error)")
        }
    }

    private func receive(_ signal: Int32) {
        if signal == SignalWatcher.hangup {
            hangup.withLock { $0 }?()
        } else if count.add(1, ordering: .relaxed).newValue == 1 {
            continuation.yield(signal)
        } else {
            StandardStreams.writeError("perigee: stopped at once by a second signal")
            // What a shell reports for a process that the signal itself has ended.
            Foundation.exit(128 + signal)
        }
    }
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
        case .projectReloaded(let files, let collections, let warnings):
            self.log(
                level: .info, "the project was read anew",
                metadata: ["collections": "\(collections)", "rules": "\(files) files"])
            for warning in warnings { self.log(level: .warning, "\(warning)") }
        case .reloadRefused(let detail):
            for problem in detail.split(separator: "\n") {
                self.log(
                    level: .error, "the project's files were not taken: what was loaded before stays in use",
                    metadata: ["problem": "\(problem)"])
            }
        case .restartNeeded(let keys):
            self.log(
                level: .warning, "changes that need a restart were left out",
                metadata: ["keys": "\(keys.joined(separator: ", "))"])
        case .liveQueriesFail(let code, let detail):
            self.log(
                level: .warning, "live queries cannot be read; they are tried again",
                metadata: ["code": "\(code.rawValue)", "detail": "\(detail)"])
        case .liveQueriesRecovered: self.log(level: .info, "live queries are read again")
        case .ciphertextUnreadable(let collection, let column):
            self.log(
                level: .warning, "ciphertext that cannot be opened is shown as null",
                metadata: ["collection": "\(collection)", "column": "\(column)"])
        case .logLost(let name, let lines, let detail):
            self.log(
                level: .error, "the \(name) is not complete",
                metadata: ["lines": "\(lines)", "detail": "\(detail)"])
        case .requestFailed(let code, let operationName, let detail):
            let level: Level = code.party == .gateway ? .error : .warning
            self.log(
                level: level, "request failed",
                metadata: ["code": "\(code.rawValue)", "operation": "\(operationName ?? "")", "detail": "\(detail)"])
        }
    }
}
