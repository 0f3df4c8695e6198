// What is noted of a request on its way, for who looks over its answer: an access log, the times of its stages. A request
// carries one only where somebody reads it. Never a variable, a claim or a token.

// Unchecked: touched by the thread of the request's loop only.
package final class RequestNote: @unchecked Sendable {
    /// When it was there whole; nanoseconds of the monotonic clock.
    package let begun: Int64
    /// What kind of caller: `anonymous`, `user`, `admin`, `unverified`.
    package var caller: String?
    /// The operation's name in its document.
    package var operation: String?
    /// SHA-256 of the document, in hexadecimal.
    package var document: String?
    /// Requests in a batch.
    package var batch: Int?
    /// The stages that have ended: what each is called, and when it ended.
    package private(set) var stages: [(name: StaticString, end: Int64)] = []

    package init(begun: Int64) {
        self.begun = begun
    }

    /// - Parameter now: nanoseconds of the monotonic clock.
    package func end(_ stage: StaticString, at now: Int64) {
        stages.append((stage, now))
    }
}
