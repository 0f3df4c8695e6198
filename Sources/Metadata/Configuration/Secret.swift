// Keys and passwords: never written in the configuration itself, only named there as `env:NAME` or `file:PATH`, and never
// printed by anything that prints the configuration.

internal import Glibc

package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child]) }

    /// As many random bytes, from the system's generator.
    package static func random(count: Int) -> Secret {
        var generator = SystemRandomNumberGenerator()
        return Secret((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}

extension Secret: Equatable {
    /// Takes as long for secrets that differ early as for those that differ late.
    package static func == (left: Secret, right: Secret) -> Bool {
        guard left.bytes.count == right.bytes.count else { return false }
        return zip(left.bytes, right.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Looks secrets up in the environment and in files.
package struct SecretResolver: Sendable {
    /// The value of an environment variable; injected so that tests need not change the process.
    package let environment: @Sendable (String) -> String?
    /// What relative `file:` paths start from: the folder of the configuration file.
    package let directory: String

    package init(environment: @escaping @Sendable (String) -> String?, directory: String) {
        self.environment = environment
        self.directory = directory
    }

    package struct Failure: Error, Sendable, Hashable {
        package let message: String
    }

    /// Whether the text names a secret rather than being a value itself.
    package static func isReference(_ text: String) -> Bool {
        text.hasPrefix("env:") || text.hasPrefix("file:")
    }

    /// The file that a reference names, if it names one.
    func file(of reference: String) -> String? {
        guard reference.hasPrefix("file:"), reference.utf8.count > 5 else { return nil }
        return resolvePath(String(reference.dropFirst(5)), relativeTo: directory)
    }

    /// The secret that `reference` names. One line break at the end of a file is not part of it.
    package func resolve(_ reference: String) throws(Failure) -> Secret {
        let bytes: [UInt8]
        if reference.hasPrefix("env:") {
            let name = String(reference.dropFirst(4))
            guard !name.isEmpty else { throw Failure(message: "\"env:\" must be followed by the name of a variable") }
            guard let value = environment(name) else {
                throw Failure(message: "the environment variable \"\(name)\" is not set")
            }
            bytes = Array(value.utf8)
            if bytes.isEmpty { throw Failure(message: "the environment variable \"\(name)\" is empty") }
        } else if reference.hasPrefix("file:") {
            let path = String(reference.dropFirst(5))
            guard !path.isEmpty else { throw Failure(message: "\"file:\" must be followed by a path") }
            bytes = try read(path)
            if bytes.isEmpty { throw Failure(message: "the file \"\(path)\" is empty") }
        } else {
            // The text itself is not repeated: it may be the secret.
            throw Failure(
                message: "a secret must be \"env:NAME\" or \"file:PATH\"; it does not stand in the configuration itself"
            )
        }
        return Secret(bytes)
    }

    private func read(_ path: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8]
        do {
            bytes = try FileReader(limit: 1 << 20).read(resolvePath(path, relativeTo: directory))
        } catch {
            throw Failure(message: "the file \"\(path)\": \(error.message)")
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        return bytes
    }
}

/// The process environment, as the resolver takes it.
@Sendable
package func environmentVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
}
