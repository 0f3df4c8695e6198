// The one task of a connection. It is suspended until it is given an answer that has to be waited for, waits for it, and is
// suspended again; it ends with the connection. What needs no waiting never comes here.

internal import HTTP

/// An answer that has to be waited for, and the request it is for.
struct PendingAnswer: Sendable {
    let request: HTTPRequest
    let response: @Sendable () async -> HTTPResponse
}

@safe struct AnswerTask {
    @safe private enum Phase {
        /// Not suspended yet, or at an answer. → idle, given, ended
        case busy
        /// Waits for an answer to wait for. → busy, ended
        case idle(UnsafeContinuation<PendingAnswer?, Never>)
        /// An answer waits for the task. → busy, ended
        case given(PendingAnswer)
        case ended
    }

    private var phase = Phase.busy
    private var task: Task<Void, Never>?

    mutating func begin(_ task: Task<Void, Never>) {
        self.task = task
    }

    /// The task has nothing to wait for any more; resumed with `nil` it is to end.
    mutating func suspend(_ continuation: UnsafeContinuation<PendingAnswer?, Never>) {
        switch phase {
        case .given(let answer):
            phase = .busy
            unsafe continuation.resume(returning: answer)
        case .ended: unsafe continuation.resume(returning: nil)
        case .busy, .idle: unsafe phase = .idle(continuation)
        }
    }

    /// Gives it an answer to wait for. It has none: requests are answered in order.
    mutating func handOver(_ answer: PendingAnswer) {
        guard case .idle(let continuation) = phase else {
            phase = .given(answer)
            return
        }
        phase = .busy
        unsafe continuation.resume(returning: answer)
    }

    mutating func end() {
        defer { phase = .ended }
        if case .idle(let continuation) = phase { unsafe continuation.resume(returning: nil) }
    }

    /// Nobody waits for what it waits for.
    func cancel() {
        task?.cancel()
    }

    /// The connection is closed, and cancels nothing any more.
    mutating func release() {
        task = nil
    }
}
