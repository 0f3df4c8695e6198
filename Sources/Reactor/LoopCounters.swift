// What a loop counted since it started. Tests hold the promise "no request leaves its loop" against these numbers, and
// metrics read them.

package struct LoopCounters: Sendable, Hashable {
    /// Turns, that is, epoll waits.
    package var turns = 0
    /// Events handed to handlers.
    package var events = 0
    /// Swift concurrency jobs enqueued by the loop's own thread.
    package var localJobs = 0
    /// Swift concurrency jobs that another thread enqueued: each is a continuation that went elsewhere and came back.
    package var foreignJobs = 0
    /// Closures posted with `execute` by other threads: the deliberate way back from a worker.
    package var foreignClosures = 0
    /// Times another thread had to end the loop's sleep.
    package var wakeups = 0
    /// Timers fired.
    package var timers = 0
}
