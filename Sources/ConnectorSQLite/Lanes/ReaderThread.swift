// A joinable thread, and the semaphore that wakes it: what the reader pool is made of.

internal import Glibc
internal import Synchronization

package final class ReaderThread: Sendable {
    private let handle = Mutex<pthread_t?>(nil)

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    package init() {}

    /// False when the system has no thread left.
    package func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        // Unmanaged: the retain made here is taken over, and released, by the new thread.
        let box = unsafe Unmanaged.passRetained(Body(body))
        var created = pthread_t()
        let number = unsafe pthread_create(
            &created, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard number == 0 else {
            unsafe box.release()
            return false
        }
        handle.withLock { $0 = created }
        return true
    }

    /// Waits for the thread's end; returns at once when it never started or was joined before.
    package func join() {
        let thread = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        if let thread { pthread_join(thread, nil) }
    }
}

/// A counting semaphore: signalling costs no system call while nobody waits.
@safe final class Semaphore: @unchecked Sendable {
    // Unchecked: `sem_t` is made to be used by several threads; the pointer never changes.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func signal() {
        unsafe sem_post(semaphore)
    }

    func wait() {
        while unsafe sem_wait(semaphore) != 0 {
            precondition(errno == EINTR, "the semaphore is not one")
        }
    }
}
