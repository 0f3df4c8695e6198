// `perigee serve`: a project of the user's own, until a signal ends it.

internal import ArgumentParser
internal import Gateway
internal import Logging
internal import Metadata

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a project.",
        discussion: """
            Prints "listening on http://HOST:PORT" to standard output when it is ready, and its log to standard error. \
            Rules and configuration are read anew when one of their files changes, and on SIGHUP; what is wrong with them \
            is logged and changes nothing. \
            SIGTERM or SIGINT lets requests under way finish, for at most "server.limits.shutdownTimeout"; a second one \
            ends it at once.
            """)

    @OptionGroup var options: ProjectOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let process = try GatewayProcess(try reading(), server)
        try await process.run { address in
            StandardStreams.write("listening on \(address)")
        }
    }

    private func reading() throws -> ConfigurationReload.Start {
        let (file, server) = (options.file, server)
        do {
            return try ConfigurationReload.Start { (references) throws(ConfigurationFailure) in
                var configuration = try ProjectConfiguration.load(file, noting: references)
                server.apply(to: &configuration)
                return configuration
            }
        } catch {
            throw CommandFailure(error)
        }
    }
}

/// What a command line may say in place of the configuration's `server` section.
struct ServerOptions: ParsableArguments {
    @Option(help: "Name or address to listen on; * for all interfaces. (default: the configuration's, 127.0.0.1)")
    var host: String?

    @Option(help: "Port to listen on; 0 for any free one. (default: the configuration's, 8080)")
    var port: Int?

    @Option(help: "Event loops. (default: one per core, at most eight)")
    var loops: Int?

    @Option(name: .customLong("pin-cpu"), help: .hidden)
    var pinnedCPU: Int?

    @Option(name: .customLong("log-level"), help: "Least important messages to log.")
    var logLevel = LogLevel.info

    func validate() throws {
        if let port, !(0...65535).contains(port) {
            throw ValidationError("port \(port) does not exist; use 0 to 65535 (0: any free port)")
        }
        if let loops, !(1...256).contains(loops) { throw ValidationError("--loops takes 1 to 256") }
        if let pinnedCPU, pinnedCPU < 0 { throw ValidationError("--pin-cpu takes the number of a CPU") }
    }

    func apply(to configuration: inout ProjectConfiguration) {
        if let host { configuration.server.host = host }
        if let port { configuration.server.port = port }
    }

    func makeLog() -> Logger {
        var log = Logger(label: "perigee", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = logLevel.level
        return log
    }
}

/// The levels the gateway uses.
enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case debug
    case info
    case warning
    case error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
