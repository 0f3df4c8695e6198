// Options that several commands share: which project, and as whom.

internal import ArgumentParser
internal import Base
internal import Gateway
internal import Metadata

struct ProjectOptions: ParsableArguments {
    @Option(name: [.customShort("c"), .customLong("config")], help: "The project file.")
    var file = "perigee.yaml"

    func configuration() throws -> ProjectConfiguration {
        do {
            return try ProjectConfiguration.load(file)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Loads the project without serving it: the catalog, the rules and the connections.
    /// - Parameter discardsWrites: whether mutations are undone when they are done.
    func project(discardsWrites: Bool = false) async throws -> Project {
        do {
            return try await Project.load(configuration(), discardsWrites: discardsWrites)
        } catch let failure as ProjectFailure {
            throw CommandFailure(failure)
        }
    }
}

/// `anonymous`, `admin`, or the claims of a token as a JSON object.
enum CallerArgument: Sendable, Hashable, ExpressibleByArgument {
    case anonymous
    case admin
    case user(JSONObject)

    init?(argument: String) {
        switch argument {
        case "anonymous": self = .anonymous
        case "admin": self = .admin
        default:
            guard let claims = JSONObjectArgument(argument: argument) else { return nil }
            self = .user(claims.object)
        }
    }

    static var allValueStrings: [String] { ["anonymous", "admin"] }

    var defaultValueDescription: String {
        switch self {
        case .anonymous: "anonymous"
        case .admin: "admin"
        case .user(let claims): JSONValue.object(claims).text
        }
    }

    var caller: Caller {
        switch self {
        case .anonymous: Caller(kind: .anonymous)
        case .admin: Caller(kind: .admin)
        case .user(let claims): Caller(kind: .user, claims: claims)
        }
    }
}

/// A JSON object, such as claims or variables.
struct JSONObjectArgument: Sendable, Hashable, ExpressibleByArgument {
    let object: JSONObject

    init?(argument: String) {
        guard let object = (try? JSONScanner.parse(Array(argument.utf8)))?.object else { return nil }
        self.object = object
    }
}

/// A span of time with its unit, such as `30m`, `1h`, `7d`.
struct DurationArgument: Sendable, Hashable, ExpressibleByArgument {
    let duration: Duration
    private let text: String

    static let hour = DurationArgument(duration: .seconds(3600), text: "1h")

    private init(duration: Duration, text: String) {
        self.duration = duration
        self.text = text
    }

    init?(argument: String) {
        guard let duration = parseDuration(argument) else { return nil }
        self.duration = duration
        text = argument
    }

    var defaultValueDescription: String { text }
}
