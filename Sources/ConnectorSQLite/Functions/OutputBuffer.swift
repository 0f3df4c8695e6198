// Text under construction in SQLite's own memory, so that a finished result is handed over without a copy. Trivial in
// Swift's sense (no references): it also lives inside the memory SQLite keeps for an aggregate.

internal import CSQLite

@safe struct OutputBuffer: BitwiseCopyable {
    enum Failure: UInt8, BitwiseCopyable {
        case none
        case tooBig
        case noMemory
    }

    // All zero is the empty buffer.
    private var start: UnsafeMutablePointer<UInt8>?
    private(set) var count: Int
    private var capacity: Int
    /// 0 means not known yet.
    private var limit: Int
    private(set) var failure: Failure

    /// `limit`: bytes the connection allows a value to have.
    init(limit: Int, capacity: Int = 0) {
        unsafe start = nil
        count = 0
        self.capacity = 0
        self.limit = limit
        failure = .none
        if capacity > 0 { reserve(capacity) }
    }

    /// After a failure everything appended is dropped, and the failure is reported with the result.
    @inline(__always)
    mutating func reserve(_ additional: Int) {
        if count + additional > capacity { grow(additional) }
    }

    @inline(never)
    private mutating func grow(_ additional: Int) {
        guard failure == .none else { return }
        guard count + additional <= limit else {
            failure = .tooBig
            return
        }
        let wanted = min(limit, max(256, (count + additional) * 2))
        guard let grown = unsafe sqlite3_realloc64(start, sqlite3_uint64(wanted)) else {
            failure = .noMemory
            return
        }
        unsafe start = grown.assumingMemoryBound(to: UInt8.self)
        capacity = wanted
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        guard failure == .none else { return }
        unsafe start?[count] = byte
        count += 1
    }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        let added = bytes.count
        reserve(added)
        guard failure == .none else { return }
        unsafe start?.advanced(by: count).update(from: source, count: added)
        count += added
    }

    /// Lets `body` write `added` bytes in place.
    @inline(__always)
    mutating func write(_ added: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        reserve(added)
        guard failure == .none, let start = unsafe start else { return }
        unsafe body(start + count)
        count += added
    }

    mutating func append(_ text: StaticString) {
        unsafe append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append($0) }
    }

    mutating func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
    }

    /// Forgets what was written after `length`.
    mutating func truncate(to length: Int) {
        count = min(count, length)
    }

    /// Gives the memory away; `nil` when nothing was written.
    mutating func release() -> (start: UnsafeMutablePointer<UInt8>, count: Int)? {
        guard let memory = unsafe start, count > 0 else {
            discard()
            return nil
        }
        let result = unsafe (start: memory, count: count)
        unsafe start = nil
        (count, capacity) = (0, 0)
        return unsafe result
    }

    mutating func discard() {
        unsafe sqlite3_free(start)
        unsafe start = nil
        (count, capacity) = (0, 0)
    }
}
