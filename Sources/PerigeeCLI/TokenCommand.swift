// `perigee token`: a token that the project accepts, for trying things out. Signed with the project's own shared key.

internal import ArgumentParser
internal import Auth
internal import Base
internal import Metadata

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make a token with given claims.",
        discussion: """
            Signed with the first shared key of "auth.jwt"; issuer, audience and the place of the claims are those the \
            configuration asks for.

              curl -H "Authorization: Bearer $(perigee token --claims '{"role":"user","id":7}')" …
            """)

    @OptionGroup var options: ProjectOptions

    @Option(help: "The claims, as a JSON object.")
    var claims: JSONObjectArgument

    @Option(help: "How long the token is accepted: 30m, 1h, 7d.")
    var expires = DurationArgument.hour

    func run() async throws {
        let configuration = try options.configuration()
        let shared = configuration.auth.tokens.first { $0.sharedKey != nil }
        guard let shared else {
            let error = ConfigurationError(
                file: configuration.file, pointer: configuration.auth.pointer + "/jwt",
                message: "there is no shared key to sign with",
                suggestion: "add { algorithm: HS256, key: env:NAME }, or ask the issuer for a token")
            throw CommandFailure(ConfigurationFailure(error))
        }
        let now = SystemClock.now().microseconds / 1_000_000
        do {
            StandardStreams.write(
                try await TokenSigner.sign(claims: claims.object, for: shared, expiresIn: expires.duration, now: now))
        } catch {
            throw CommandFailure.project("\(configuration.file): \(shared.pointer): \(error)")
        }
    }
}
