// The published keys of one issuer: fetched when the first token asks for them, again when their time is up, and once when
// a token names a key that is not among them. Whatever tokens name, the issuer is asked at a bounded rate.

internal import Base
internal import Metadata
internal import Outbound
internal import Reactor
internal import Synchronization

final class KeySet: Sendable {
    private let configuration: KeySetConfiguration
    private let client: OutboundClient
    private let bounds: Bounds
    /// Told when keys that were there are no more.
    private let withdrawn: @Sendable () -> Void

    /// In nanoseconds.
    struct Bounds: Sendable {
        /// Between two fetches that tokens cause.
        var pause: Int64 = 10_000_000_000
        /// How long keys whose time is up are taken while their issuer cannot be reached.
        var grace: Int64 = 3_600_000_000_000
    }

    struct Unavailable: Error, Sendable {
        /// For the operator.
        let reason: String
    }

    private struct State {
        /// `nil` before the first answer.
        var keys: [PublishedKey]?
        /// In nanoseconds of the monotonic clock.
        var expiresAt: Int64 = .min
        var lastAttempt: Int64?
        var isLoading = false
        var waiting: [LoopContinuation<Void>] = []
        var failure = ""
    }
    private let state = Mutex(State())

    init(
        _ configuration: KeySetConfiguration, client: OutboundClient, bounds: Bounds = Bounds(),
        withdrawn: @escaping @Sendable () -> Void
    ) {
        self.configuration = configuration
        self.client = client
        self.bounds = bounds
        self.withdrawn = withdrawn
    }

    private enum Answer {
        case keys([SignatureKey])
        case unavailable(String)
        case load
    }

    /// The keys a token may be signed with, by the name it gives; all of them for one that gives none.
    func keys(named keyID: String?, on loop: EventLoop) async throws(Unavailable) -> [SignatureKey] {
        // What was not there after a fetch is not there.
        for mayLoad in [true, false] {
            switch answer(keyID, mayLoad: mayLoad) {
            case .keys(let keys): return keys
            case .unavailable(let reason): throw Unavailable(reason: reason)
            case .load: await load(on: loop)
            }
        }
        return []
    }

    private func answer(_ keyID: String?, mayLoad: Bool) -> Answer {
        let now = MonotonicInstant.now.nanoseconds
        return state.withLock { state in
            let found = state.keys?.filter { keyID == nil || $0.keyID == keyID }.map(\.key) ?? []
            let isFresh = state.keys != nil && now < state.expiresAt
            if isFresh, !found.isEmpty { return .keys(found) }
            let isTooSoon = state.lastAttempt.map { now - $0 < bounds.pause } ?? false
            if mayLoad, state.isLoading || !isTooSoon { return .load }
            if isFresh { return .keys([]) }
            if state.keys != nil, now - state.expiresAt < bounds.grace { return .keys(found) }
            return .unavailable("\(configuration.url): \(state.failure)")
        }
    }

    /// Waits for a fetch, one for all that ask meanwhile.
    private func load(on loop: EventLoop) async {
        await loop.wait { (continuation: LoopContinuation<Void>) in
            let begins = state.withLock { state in
                state.waiting.append(continuation)
                defer { state.isLoading = true }
                return !state.isLoading
            }
            // Its own task: whoever asked first may leave.
            if begins { _ = loop.task { await self.fetch(on: loop) } }
        }
    }

    private func fetch(on loop: EventLoop) async {
        let result = await answer(of: configuration.url, on: loop)
        let now = MonotonicInstant.now.nanoseconds
        let (waiting, hasWithdrawn) = state.withLock { state in
            state.isLoading = false
            state.lastAttempt = now
            var hasWithdrawn = false
            switch result {
            case .success(let (keys, lifetime)):
                let names = Set(keys.map(\.keyID))
                hasWithdrawn = state.keys?.contains { !names.contains($0.keyID) } ?? false
                state.keys = keys
                state.expiresAt = now + lifetime.seconds * 1_000_000_000
            case .failure(let failure): state.failure = failure.reason
            }
            defer { state.waiting = [] }
            return (state.waiting, hasWithdrawn)
        }
        if hasWithdrawn { withdrawn() }
        for continuation in waiting { continuation.resume(returning: ()) }
    }

    private func answer(
        of url: String, on loop: EventLoop
    ) async -> Result<(keys: [PublishedKey], lifetime: KeySetLifetime), Unavailable> {
        let response: OutboundResponse
        do throws(OutboundFailure) {
            response = try await client.send(
                OutboundRequest(
                    .get, url, headers: [.init("Accept", "application/jwk-set+json, application/json")],
                    timeout: .seconds(5), responseLimit: 256 << 10),
                on: loop)
        } catch {
            return .failure(Unavailable(reason: error.description))
        }
        guard response.status == 200 else { return .failure(Unavailable(reason: "status \(response.status)")) }
        guard let keys = await PublishedKey.read(response.body, algorithms: configuration.algorithms) else {
            return .failure(Unavailable(reason: "the answer is no key set"))
        }
        // A set without keys would lock everybody out: it is more likely a mistake.
        guard !keys.isEmpty else { return .failure(Unavailable(reason: "no key of the set can be used")) }
        let now = SystemClock.now().microseconds / 1_000_000
        return .success((keys, KeySetLifetime(response, now: now)))
    }
}
