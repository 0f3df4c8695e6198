// Inflating and deflating of messages with zlib's raw format. https://www.rfc-editor.org/rfc/rfc7692#section-7.2
//
// The two are the only owners of zlib's state: about 40 KiB to inflate, up to 260 KiB to deflate. They are made when a
// compressed message is there and go with it, unless context takeover was agreed upon.

internal import CZlib

/// What a sender removes from the end of each message, and a receiver puts there: an empty stored block.
private let messageTail: [UInt8] = [0x00, 0x00, 0xff, 0xff]

@safe struct Inflater: ~Copyable {
    enum Outcome {
        /// All input is used up.
        case needsInput
        /// The room is used up; there may be more.
        case needsRoom
        /// What comes next is not deflated data; what was written came before it.
        case invalid
    }

    private let stream: UnsafeMutablePointer<z_stream>

    init(windowBits: Int) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let result = unsafe perigee_inflate_init(stream, -Int32(windowBits))
        precondition(result == Z_OK, "zlib has no memory or does not know the window's size")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Inflates into `room`, and tells how much of both was used.
    mutating func inflate(
        _ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> (read: Int, written: Int, outcome: Outcome) {
        unsafe stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
            .assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(room.count)
        var outcome = Outcome.needsInput
        loop: while true {
            switch unsafe CZlib.inflate(stream, Z_SYNC_FLUSH) {
            case Z_STREAM_END:
                // A block marked as the last may end a message or stand within it (section 7.2.3.4); what follows refers to
                // the same window, which a full reset would forget.
                unsafe inflateResetKeep(stream)
                if unsafe stream.pointee.avail_in == 0 { break loop }
            case Z_OK, Z_BUF_ERROR:
                // Nothing left to take, or nowhere to put it.
                if unsafe stream.pointee.avail_out == 0 { outcome = .needsRoom }
                break loop
            default:
                outcome = .invalid
                break loop
            }
        }
        return unsafe (
            input.count - Int(stream.pointee.avail_in), room.count - Int(stream.pointee.avail_out), outcome
        )
    }

    /// The message's input has ended: what was removed from it is put back.
    static var tail: [UInt8] { messageTail }
}

@safe struct Deflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameters:
    ///   - level: 1 (quick) to 9.
    ///   - memoryLevel: 1 to 9; sizes the table of what has been seen, and how long a block may become.
    init(level: Int, windowBits: Int, memoryLevel: Int) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let result = unsafe perigee_deflate_init(stream, Int32(level), -Int32(windowBits), Int32(memoryLevel))
        precondition(result == Z_OK, "zlib has no memory or does not know the window's size")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// For one message of its own: a window that holds it whole is as good as a larger one, and ready sooner.
    init(level: Int, windowBits: Int, forMessageOf count: Int) {
        let needed = Int.bitWidth - max(1, count - 1).leadingZeroBitCount
        let bits = min(windowBits, max(9, needed))
        self.init(level: level, windowBits: bits, memoryLevel: min(8, bits - 7))
    }

    /// Appends a message's bytes to `output`, deflated. `isLast` ends the message, which must not be empty.
    mutating func deflate(_ input: [UInt8], isLast: Bool, to output: inout [UInt8]) {
        if input.isEmpty, !isLast { return }
        unsafe input.withUnsafeBytes { bytes in
            unsafe stream.pointee.next_in = UnsafeMutableRawPointer(mutating: bytes.baseAddress)?
                .assumingMemoryBound(to: UInt8.self)
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            repeat {
                let size = max(256, unsafe Int(deflateBound(stream, UInt(stream.pointee.avail_in))) + 16)
                let start = output.count
                output.append(contentsOf: repeatElement(0, count: size))
                unsafe output.withUnsafeMutableBytes { output in
                    unsafe stream.pointee.next_out = output.baseAddress?.advanced(by: start)
                        .assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = UInt32(size)
                    _ = unsafe CZlib.deflate(stream, isLast ? Z_SYNC_FLUSH : Z_NO_FLUSH)
                }
                unsafe output.removeLast(Int(stream.pointee.avail_out))
            } while unsafe stream.pointee.avail_out == 0
        }
        if isLast, output.suffix(messageTail.count).elementsEqual(messageTail) { output.removeLast(messageTail.count) }
    }
}
