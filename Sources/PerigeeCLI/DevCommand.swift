// `perigee dev`: the sample project, served with fresh keys, and everything printed that a first request needs.

internal import ArgumentParser
internal import Base
internal import Foundation

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Serve the sample project.",
        discussion: """
            Makes a fresh database and fresh keys each time it starts; both are gone when it ends. Introspection is on \
            for everyone. The sample's rules and configuration are read anew when their files change, and on SIGHUP. Prints three identities with tokens that are accepted for 12 hours.
            """)

    @Option(
        help: "The folder with the sample's files. (default: fixtures, here or beside the program)",
        completion: .directory)
    var fixtures: String?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let sample = try await SampleProject.make(
            fixtures: fixtures ?? SampleProject.findFixtures(), server: server, now: SystemClock.now())
        defer { sample.remove() }
        let process = try GatewayProcess(sample.reading, server)
        try await process.run { address in
            StandardStreams.write("listening on \(address)\n\n" + Greeting(sample: sample, address: address).text)
        }
    }
}

/// What `perigee dev` prints below the address. The `export` lines are those the README's examples use.
struct Greeting {
    let sample: SampleProject
    let address: String

    private var endpoint: String { "\(address)/v1/graphql" }

    /// The same question for everyone; the rules make three answers of it.
    static let query = "{ missions_by_pk(id: 23) { name notes(order_by: {id: asc}) { title published } } }"

    var text: String {
        """
        The sample: crewed spaceflight, read by three callers.

          console    \(address)/
          GraphQL    \(endpoint)
          database   \(sample.database)

        The same question asked by each of them; paste a line into another terminal:

        \(sample.identities.map(example).joined(separator: "\n\n"))

        For the README's tour (new tokens at every start, accepted for 12 hours):

        \(exports.map { "  \($0)" }.joined(separator: "\n"))

        Ctrl-C ends it.
        """
    }

    private func example(_ identity: SampleProject.Identity) -> String {
        let title =
            identity.claims.map { "\(identity.name), with the claims \($0)" } ?? "\(identity.name), without a token"
        let body = #"{"query":"\#(Self.query)"}"#
        let authorization = identity.token.map { "-H 'Authorization: Bearer \($0)' " } ?? ""
        return """
            # \(title)
            curl -s \(endpoint) -H 'Content-Type: application/json' \(authorization)-d '\(body)'
            """
    }

    private var exports: [String] {
        ["export PERIGEE=\(endpoint)"]
            + sample.identities.compactMap { identity in
                identity.token.map { "export \(identity.name.uppercased())_TOKEN=\($0)" }
            } + ["export ADMIN_SECRET=\(sample.adminSecret)"]
    }
}
