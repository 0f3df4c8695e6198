// A growable run of bytes to append to: what every encoder of the gateway writes into and every socket write reads
// from. Appends are the hot path, so they are inlinable across modules and allocate only when the capacity is spent.

package struct ByteBuffer: Sendable, Hashable {
    /// The bytes written so far.
    package var bytes: [UInt8]

    @inlinable
    package init(capacity: Int = 0) {
        bytes = []
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    @inlinable
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    @inlinable
    package init(_ text: StaticString) {
        self.init(capacity: text.utf8CodeUnitCount)
        append(text)
    }

    @inlinable package var count: Int { bytes.count }
    @inlinable package var isEmpty: Bool { bytes.isEmpty }

    /// The bytes as UTF-8 text; malformed sequences become U+FFFD. For messages and tests, not for the hot path.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    @inlinable
    package mutating func reserve(_ additional: Int) {
        bytes.reserveCapacity(bytes.count + additional)
    }

    @inlinable
    package mutating func removeAll(keepingCapacity: Bool = true) {
        bytes.removeAll(keepingCapacity: keepingCapacity)
    }

    /// Forgets what was written after `length` bytes.
    package mutating func truncate(to length: Int) {
        if length < bytes.count { bytes.removeLast(bytes.count - length) }
    }

    @inlinable
    package mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    @inlinable
    package mutating func append(contentsOf other: [UInt8]) {
        bytes.append(contentsOf: other)
    }

    @inlinable
    package mutating func append(contentsOf other: ArraySlice<UInt8>) {
        bytes.append(contentsOf: other)
    }

    @inlinable
    package mutating func append(contentsOf other: ByteBuffer) {
        bytes.append(contentsOf: other.bytes)
    }

    @inlinable
    package mutating func append(contentsOf span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    @inlinable
    package mutating func append(contentsOf buffer: UnsafeBufferPointer<UInt8>) {
        unsafe bytes.append(contentsOf: buffer)
    }

    /// Appends the UTF-8 of a literal without creating a `String`.
    @inlinable
    package mutating func append(_ text: StaticString) {
        if text.hasPointerRepresentation {
            unsafe bytes.append(
                contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        } else {
            bytes.append(contentsOf: Array(text.description.utf8))
        }
    }

    @inlinable
    package mutating func append(text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Appends an integer in decimal, without going through `String`.
    @inlinable
    package mutating func append<Value: FixedWidthInteger>(decimal value: Value) {
        if value == 0 {
            bytes.append(UInt8(ascii: "0"))
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = UInt64(value.magnitude)
        let start = bytes.count
        while magnitude > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10))
            magnitude /= 10
        }
        bytes[start...].reverse()
    }
}
