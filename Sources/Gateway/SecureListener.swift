// TLS of a server whose certificates may change while it serves: what is configured becomes a context, and the context is
// handed to the server. A pair of files that does not fit changes nothing.
package import Base
package import Metadata
package import Reactor
internal import Synchronization
package import Transport

package final class SecureListener: Sendable {
    private let state: Mutex<State>

    private struct State {
        var configuration: TLSConfiguration?
        var context: TLSContext?
        var server: HTTPServer?
    }

    /// - Throws: what is wrong with certificates and keys, with the place in the configuration.
    package init(_ configuration: ProjectConfiguration, now: Instant) throws(ConfigurationFailure) {
        let tls = configuration.server.tls
        let context = try tls.map { (tls) throws(ConfigurationFailure) in
            try Self.make(tls, TLSTicketKeys(), file: configuration.file, now: now)
        }
        state = Mutex(State(configuration: tls, context: context))
    }

    /// What the server is to be started with; `nil` for plain HTTP.
    package var context: TLSContext? { state.withLock { $0.context } }

    /// What is odd about the certificates, a sentence each.
    package var warnings: [String] {
        let (tls, context) = state.withLock { ($0.configuration, $0.context) }
        return Self.warnings(tls, context)
    }

    /// The server is told of every context from now on.
    package func attach(_ server: HTTPServer) {
        let context = state.withLock { state in
            state.server = server
            return state.context
        }
        if let context { server.secure(with: context) }
    }

    /// What a new configuration comes to, not in use yet.
    struct Change: Sendable {
        fileprivate let configuration: TLSConfiguration
        fileprivate let context: TLSContext
        var warnings: [String] { SecureListener.warnings(configuration, context) }
    }

    /// - Returns: `nil` where nothing changes.
    func change(to configuration: ProjectConfiguration, now: Instant) throws(ConfigurationFailure) -> Change? {
        let (current, tickets) = state.withLock { ($0.configuration, $0.context?.ticketKeys) }
        guard let tls = configuration.server.tls, let tickets, tls != current else { return nil }
        return Change(
            configuration: tls, context: try Self.make(tls, tickets, file: configuration.file, now: now))
    }

    /// Connections accepted from now on are secured so; others stay as they are.
    func use(_ change: Change) {
        let server = state.withLock { state in
            state.configuration = change.configuration
            state.context = change.context
            return state.server
        }
        server?.secure(with: change.context)
    }

    // MARK: Making

    private static func make(
        _ tls: TLSConfiguration, _ tickets: TLSTicketKeys, file: String, now: Instant
    ) throws(ConfigurationFailure) -> TLSContext {
        do {
            return try TLSContext(TLSSettings(tls), tickets: tickets, now: now.microseconds / 1_000_000)
        } catch {
            throw ConfigurationFailure(
                ConfigurationError(file: file, pointer: pointer(of: error.place, in: tls), message: error.message))
        }
    }

    private static func pointer(of place: TLSFailure.Place, in tls: TLSConfiguration) -> String {
        switch place {
        case .certificate(let index): tls.certificates[index].certificate.pointer
        case .key(let index): tls.certificates[index].key.pointer
        case .clientAuthority: tls.clientCertificates?.authority.pointer ?? "/server/tls"
        case .library: "/server/tls"
        }
    }

    private static func warnings(_ tls: TLSConfiguration?, _ context: TLSContext?) -> [String] {
        guard let tls, let context else { return [] }
        return context.warnings.map { "\(tls.certificates[$0.certificate].certificate.pointer): \($0.message)" }
    }
}

extension TLSSettings {
    init(_ tls: TLSConfiguration) {
        self.init(
            certificates: tls.certificates.map {
                Certificate(names: $0.names, chain: $0.certificate.content.bytes, key: $0.key.content.bytes)
            },
            clientCertificates: tls.clientCertificates.map {
                ClientCertificates(authority: $0.authority.content.bytes, isRequired: $0.isRequired)
            },
            minimum: tls.minimum == .tls13 ? .tls13 : .tls12)
    }
}
