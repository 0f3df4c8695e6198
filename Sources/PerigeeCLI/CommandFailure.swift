// Why a command ends without doing what it was asked: the text its user reads and the exit code a script sees.

internal import Base
internal import Gateway
internal import Metadata
internal import Reactor

struct CommandFailure: Error {
    /// One problem a line; empty where standard output has said it all.
    let message: String
    let status: Int32

    /// Something outside the project's files: a port, a database, a file that cannot be written.
    static func surroundings(_ message: String) -> CommandFailure {
        CommandFailure(message: "perigee: " + message, status: 1)
    }

    /// What stands in the configuration, the rules or a request is wrong.
    static func project(_ message: String) -> CommandFailure {
        CommandFailure(message: message, status: 2)
    }
}

extension CommandFailure {
    init(_ failure: ConfigurationFailure) {
        self = .project(failure.description)
    }

    init(_ failure: ProjectFailure) {
        switch failure {
        case .configuration(let failure): self.init(failure)
        case .source: self = .surroundings(failure.description)
        }
    }

    init(_ error: AddressError) {
        switch error {
        case .inUse(let host, let port):
            self = .surroundings(
                "\(host):\(port) is in use by another process; choose another port with --port, or stop that process")
        case .invalidPort, .unknownHost, .notPermitted, .notLocal, .system: self = .surroundings(error.description)
        }
    }

    init(_ failure: RequestFailure) {
        let lines = failure.errors.map { error in
            let place = error.locations.first.map { "\($0.line):\($0.column): " } ?? ""
            return "\(place)\(error.message) [\(error.code.rawValue)]"
        }
        self = .project(lines.joined(separator: "\n"))
    }
}
