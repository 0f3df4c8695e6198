// Memory that bound texts and bytes live in while a statement runs: one copy each, no allocation once it has grown to
// its usual size, and none inside SQLite.

internal import Connectors
internal import Planning

@safe struct BindingScratch: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    private var used = 0

    /// What is kept between statements; a larger one is given back.
    private static let usualBytes = 16 * 1024

    init() {
        unsafe memory = .allocate(byteCount: Self.usualBytes, alignment: 16)
    }

    deinit {
        unsafe memory.deallocate()
    }

    /// Makes room for all values at once, so that no copy moves.
    mutating func reserve(for values: [BoundValue]) {
        used = 0
        var needed = 0
        for value in values {
            switch value {
            case .null, .integer, .real, .decimal: break
            case .text(let text), .list(let text): needed += text.utf8.count
            case .bytes(let bytes): needed += bytes.count
            }
        }
        let wanted = max(needed, Self.usualBytes)
        let count = unsafe memory.count
        guard count < needed || count > wanted else { return }
        unsafe memory.deallocate()
        unsafe memory = .allocate(byteCount: wanted, alignment: 16)
    }

    /// The pointer is never nil, so that an empty text is bound as a text and not as null.
    mutating func copy(_ text: String) -> UnsafeBufferPointer<UInt8> {
        let copied: UnsafeBufferPointer<UInt8>? = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe store(UnsafeRawBufferPointer(bytes))
        }
        if let copied = unsafe copied { return unsafe copied }
        let bytes = Array(text.utf8)
        return unsafe copy(bytes)
    }

    mutating func copy(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        unsafe bytes.withUnsafeBytes { unsafe store($0) }
    }

    private mutating func store(_ source: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt8> {
        precondition(unsafe used + source.count <= memory.count, "scratch memory was not reserved for these values")
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[used..<used + source.count])
        unsafe target.copyMemory(from: source)
        let start = unsafe (memory.baseAddress?.advanced(by: used)).map {
            unsafe UnsafePointer($0.assumingMemoryBound(to: UInt8.self))
        }
        used += source.count
        return unsafe UnsafeBufferPointer(start: start, count: source.count)
    }
}
