// An answer that comes by a call on the loop: a request whose source calls back needs no task, which would be switched to
// twice. Belongs to the handler that promises it and to the connection that waits for it.
package import Reactor

// Unchecked: touched by the loop's thread only.
package final class PromisedAnswer: @unchecked Sendable {
    private let loop: EventLoop
    /// Once it is there.
    private(set) var kept: HTTPAnswer?
    private var waiting: (any LoopWork)?
    /// What makes it.
    private var work: (any CancellableWork)?

    package init(on loop: EventLoop) {
        self.loop = loop
    }

    /// What makes the answer, unless that has come already.
    package func begun(_ work: any CancellableWork) {
        if kept == nil { self.work = work }
    }

    /// To be called once. Whoever waits goes on among the loop's jobs.
    package func fulfil(_ answer: HTTPAnswer) {
        loop.preconditionOnLoop()
        precondition(kept == nil, "a promise is kept once")
        kept = answer
        work = nil
        if let waiting { loop.enqueue(waiting) }
        waiting = nil
    }

    /// The answer where it is there already; otherwise `waiting` is enqueued when it comes.
    func take(orEnqueue waiting: any LoopWork) -> HTTPAnswer? {
        if kept == nil { self.waiting = waiting }
        return kept
    }

    /// Nobody waits for it any more. It is kept all the same, soon.
    func cancel() {
        let work = work
        self.work = nil
        work?.cancel()
    }

    /// For tasks of the loop.
    var answer: HTTPAnswer {
        get async {
            await withTaskCancellationHandler {
                await loop.wait { continuation in
                    let waiter = Waiter(self, continuation)
                    if let kept = take(orEnqueue: waiter) { continuation.resume(returning: kept) }
                }
            } onCancel: {
                loop.execute { self.cancel() }
            }
        }
    }

    /// A task that waits.
    private final class Waiter: LoopWork {
        private let promise: PromisedAnswer
        private let continuation: LoopContinuation<HTTPAnswer>

        init(_ promise: PromisedAnswer, _ continuation: LoopContinuation<HTTPAnswer>) {
            self.promise = promise
            self.continuation = continuation
        }

        func run() {
            if let kept = promise.kept { continuation.resume(returning: kept) }
        }
    }
}
