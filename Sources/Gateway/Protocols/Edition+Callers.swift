// Who sends a request, as every transport asks.
internal import Auth
internal import Base
internal import Metadata
internal import Reactor

extension Edition {
    /// Verifies credentials. What is not their sender's doing is reported, and a refusal is recorded.
    func caller(
        _ credentials: Credentials, _ clock: RequestClock, on loop: EventLoop
    ) async throws(GatewayError) -> Caller {
        do throws(GatewayError) {
            return try await project.authenticator.authenticate(credentials, now: clock.seconds, on: loop)
        } catch {
            if error.code.party != .caller {
                project.report(
                    .requestFailed(code: error.code, operationName: nil, detail: error.underlying ?? error.message))
            }
            if let audit = project.audit {
                var line = AuditLine(at: clock.instant)
                line.unverified()
                audit.write(line.outcome(error.code))
            }
            throw error
        }
    }
}
