// Addresses of a source's hosts. A look-up waits for as long as name servers let it, and connections are opened by the dozen:
// what came of one, an error too, holds for the others that were waiting behind it.

internal import Connectors
internal import Reactor
internal import Synchronization

final class AddressBook: Sendable {
    typealias LookUp = @Sendable (String) -> Result<String, ConnectorError>

    private struct Entry {
        let answer: Result<String, ConnectorError>
        let asked: MonotonicInstant
    }

    /// How long an answer holds: as long as the longest pause between attempts to connect, so that each attempt of a source
    /// in trouble asks again.
    private static let freshness = Duration.seconds(1)

    private let lookUp: LookUp
    private let entries = Mutex<[String: Entry]>([:])

    init(lookUp: @escaping LookUp = AddressBook.resolve) {
        self.lookUp = lookUp
    }

    /// Blocks.
    func address(of host: String) throws(ConnectorError) -> String {
        let known = entries.withLock { $0[host] }
        if let known, known.asked.duration(to: .now) < Self.freshness { return try known.answer.get() }
        let answer = lookUp(host)
        // Answered now: those that came meanwhile have waited for this one.
        entries.withLock { $0[host] = Entry(answer: answer, asked: .now) }
        return try answer.get()
    }

    private static func resolve(_ host: String) -> Result<String, ConnectorError> {
        do throws(AddressError) {
            return .success(try SocketAddress.resolve(host: host, port: 5432).first?.host ?? "")
        } catch {
            return .failure(ConnectorError(.unavailable, "\(error)"))
        }
    }
}
