// How long a caller stays who they are on a connection that outlives its request. Their credentials are looked at again when
// their time is over (the token's, or that which `auth.webhook` gave), and when the configuration has got other keys or secrets
// meanwhile: they go on as long as the same credentials make them the same caller.
internal import Auth
internal import Base
internal import Metadata
internal import Reactor

// Unchecked: confined to the loop's thread.
final class CallerWatch: @unchecked Sendable {
    private let served: ServedProject
    private let credentials: Credentials
    private let loop: EventLoop
    /// As they were last found to be.
    private(set) var caller: Caller
    /// What has verified them.
    private var authenticator: Authenticator
    /// Seconds since 1970; `nil` while nothing but other keys could change them.
    private var end: Int64?
    /// Called once, with why the caller is no longer who they were.
    private var ended: ((GatewayError) -> Void)?
    private var timer: TimerID?
    private var task: Task<Void, Never>?

    static let expired = GatewayError(.invalidJWT, "Could not verify JWT: JWTExpired")
    /// Between two looks at the keys, and between two questions about a caller whose identity may not be kept (seconds).
    private static let period: Int64 = 60

    /// On the loop. `ended` is called once on the loop, unless `cancel` comes first.
    /// - Returns: `nil` for an anonymous caller, who has nothing to lose.
    static func start(
        _ served: ServedProject, _ caller: Caller, _ credentials: Credentials, on loop: EventLoop,
        ended: @escaping (GatewayError) -> Void
    ) -> CallerWatch? {
        if caller.kind == .anonymous { return nil }
        let watch = CallerWatch(served, caller, credentials, loop, ended)
        watch.sleep()
        return watch
    }

    private init(
        _ served: ServedProject, _ caller: Caller, _ credentials: Credentials, _ loop: EventLoop,
        _ ended: @escaping (GatewayError) -> Void
    ) {
        self.served = served
        self.caller = caller
        self.credentials = credentials
        self.loop = loop
        self.ended = ended
        authenticator = served.edition.project.authenticator
        end = Self.end(caller, served)
    }

    func cancel() {
        ended = nil
        if let timer { loop.cancel(timer) }
        timer = nil
        task?.cancel()
        task = nil
    }

    /// An operation begins: where keys have changed, that is not left for later.
    func note() {
        guard let timer, served.edition.project.authenticator !== authenticator else { return }
        loop.cancel(timer)
        look()
    }

    private static func end(_ caller: Caller, _ served: ServedProject) -> Int64? {
        if let expiresAt = caller.expiresAt { return expiresAt }
        let isVouchedFor = caller.kind == .user && served.edition.project.configuration.auth.webhook != nil
        return isVouchedFor ? RequestClock().seconds + period : nil
    }

    private func sleep() {
        let now = RequestClock()
        let seconds = min(max((end ?? .max) - now.seconds, 0), Self.period)
        // To the beginning of that second.
        let microseconds = seconds * 1_000_000 - now.instant.microseconds % 1_000_000
        timer = loop.schedule(after: .microseconds(max(microseconds, 0))) { self.look() }
    }

    private func look() {
        timer = nil
        let now = RequestClock()
        let edition = served.edition
        if edition.project.authenticator === authenticator, end.map({ now.seconds < $0 }) ?? true { return sleep() }
        task = loop.task {
            do throws(GatewayError) {
                let caller = try await edition.caller(self.credentials, now, on: self.loop)
                guard caller.kind == self.caller.kind, caller.claims == self.caller.claims else {
                    throw GatewayError(.accessDenied, "Who the caller is has changed.")
                }
                guard self.ended != nil else { return }
                self.caller = caller
                self.authenticator = edition.project.authenticator
                self.end = Self.end(caller, self.served)
                self.sleep()
            } catch {
                let ended = self.ended
                self.ended = nil
                ended?(error)
            }
        }
    }
}
