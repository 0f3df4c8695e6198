// The way of an async function to wait for something that is not async: a worker thread, a driver's socket, a timer.
// The one place outside the connection that uses unsafe continuations (the checked ones cost an allocation each).

/// Resumes the waiting task on its loop's thread. Resume exactly once, from any thread.
@safe package struct LoopContinuation<Value: Sendable>: Sendable {
    private let loop: EventLoop
    private let continuation: UnsafeContinuation<Value, Never>

    fileprivate init(loop: EventLoop, continuation: UnsafeContinuation<Value, Never>) {
        self.loop = loop
        unsafe self.continuation = continuation
    }

    /// From a foreign thread this posts one closure to the loop, so that the task's job is enqueued by the loop itself;
    /// several results of one worker batch are better resumed in one `EventLoop.execute`.
    package func resume(returning value: Value) {
        if loop.isOnLoop {
            unsafe continuation.resume(returning: value)
        } else {
            let continuation = unsafe continuation
            loop.execute { unsafe continuation.resume(returning: value) }
        }
    }
}

extension EventLoop {
    /// Suspends the caller (a task of this loop) until `start`, or whoever it hands the continuation to, resumes it.
    package func wait<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ start: (LoopContinuation<Value>) -> Void
    ) async -> Value {
        unsafe await withUnsafeContinuation { continuation in
            unsafe start(LoopContinuation(loop: self, continuation: continuation))
        }
    }

    /// Suspends a task of this loop for `delay` without touching another thread; returns early, and says so, when the
    /// task is cancelled.
    package func sleep(for delay: Duration) async throws(CancellationError) {
        let sleeper = Sleeper(loop: self)
        let completed = await withTaskCancellationHandler {
            await wait { sleeper.begin(delay, $0) }
        } onCancel: {
            self.execute { sleeper.finish(false) }
        }
        if !completed { throw CancellationError() }
    }
}

/// One sleep. Unchecked: touched by its loop's thread only.
private final class Sleeper: @unchecked Sendable {
    private let loop: EventLoop
    private var continuation: LoopContinuation<Bool>?
    private var timer: TimerID?
    private var isFinished = false

    init(loop: EventLoop) {
        self.loop = loop
    }

    func begin(_ delay: Duration, _ continuation: LoopContinuation<Bool>) {
        // A task that was cancelled before it slept: the handler's closure may have run already.
        if isFinished || Task.isCancelled {
            isFinished = true
            continuation.resume(returning: false)
            return
        }
        self.continuation = continuation
        timer = loop.schedule(after: delay) { self.finish(true) }
    }

    func finish(_ completed: Bool) {
        guard !isFinished else { return }
        isFinished = true
        if let timer { loop.cancel(timer) }
        continuation?.resume(returning: completed)
        continuation = nil
    }
}
