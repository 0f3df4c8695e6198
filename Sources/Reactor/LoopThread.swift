// A joinable POSIX thread with a stack of our choosing, for the loops.

internal import CLinux
internal import Glibc
internal import Synchronization

final class LoopThread: Sendable {
    private let handle: pthread_t
    private let isJoined = Atomic(false)

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    init(stackBytes: Int, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackBytes)
        // Unmanaged: the retain made here is taken over, and released, by the new thread.
        let box = unsafe Unmanaged.passRetained(Body(body))
        var handle = pthread_t()
        let number = unsafe pthread_create(
            &handle, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard number == 0 else {
            unsafe box.release()
            throw SystemError(call: "pthread_create", number: number)
        }
        self.handle = handle
    }

    /// Waits for the thread's end; a second call returns at once.
    func join() {
        guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        pthread_join(handle, nil)
    }

    /// Nobody waits for its end; the system frees what it held.
    func detach() {
        guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        pthread_detach(handle)
    }
}
