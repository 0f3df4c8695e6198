// Bodies made smaller with zlib. https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1

internal import CZlib
internal import Synchronization

/// Compresses whole bodies; used by all loops. What zlib needs for one (about 260 KiB) is kept for the next.
package final class BodyCompressor: Sendable {
    private let level: Int
    /// Not in use, by coding; as many as were in use at once.
    private let idle = Mutex<[ContentCoding: [Packer]]>([:])

    /// - Parameter level: 1 (quick) to 9 (small).
    package init(level: Int) {
        self.level = level
    }

    /// `nil` where the body does not become smaller.
    package func compress(_ body: [UInt8], _ coding: ContentCoding) -> [UInt8]? {
        let kept = idle.withLock { $0[coding]?.popLast() }
        guard let packer = kept ?? Packer(level: level, coding) else { return nil }
        defer { idle.withLock { $0[coding, default: []].append(packer) } }
        return packer.pack(body)
    }
}

/// One state of zlib. Unchecked: whoever has taken it out of the pool is the only one who uses it.
@safe private final class Packer: @unchecked Sendable {
    private let stream: UnsafeMutablePointer<z_stream>

    /// `nil` without memory.
    init?(level: Int, _ coding: ContentCoding) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // The window of 15 bits, and 16 more for gzip's header instead of zlib's.
        let bits: Int32 = coding == .gzip ? 31 : 15
        guard unsafe perigee_deflate_init(stream, Int32(level), bits, 8) == Z_OK else {
            unsafe stream.deallocate()
            return nil
        }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    func pack(_ body: [UInt8]) -> [UInt8]? {
        guard body.count > 1, body.count < Int(UInt32.max), unsafe deflateReset(stream) == Z_OK else { return nil }
        // No room for more than it has been: what does not fit has not become smaller.
        let room = body.count - 1
        var isDone = false
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: room) { output, count in
            unsafe body.withUnsafeBytes { input in
                unsafe stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
                    .assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(room)
                isDone = unsafe deflate(stream, Z_FINISH) == Z_STREAM_END
                count = isDone ? room - Int(unsafe stream.pointee.avail_out) : 0
            }
        }
        return isDone ? packed : nil
    }
}
