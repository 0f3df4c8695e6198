// The one owner of an open descriptor: it cannot be copied, and the descriptor is closed when the owner goes.

package struct FileDescriptor: ~Copyable, Sendable {
    /// The number for system calls; valid as long as the owner lives and `close` was not called.
    package private(set) var raw: Int32

    package init(owning raw: Int32) {
        precondition(raw >= 0, "a descriptor is never negative")
        self.raw = raw
    }

    package var isOpen: Bool { raw >= 0 }

    /// Closes now; a second call does nothing.
    package mutating func close() {
        guard raw >= 0 else { return }
        System.close(raw)
        raw = -1
    }

    /// Gives the number to the caller, who closes it from now on.
    package mutating func release() -> Int32 {
        defer { raw = -1 }
        return raw
    }

    deinit {
        if raw >= 0 { System.close(raw) }
    }
}
