// A WebSocket from the server's side, without I/O: bytes in, actions out; commands in, frames out. The actions are the same
// however the bytes are split. https://www.rfc-editor.org/rfc/rfc6455, https://www.rfc-editor.org/rfc/rfc7692

package struct WebSocketMachine: ~Copyable {
    /// What came. Reading may run ahead of what is sent: the frames that answer are asked for when it is their turn.
    package enum Action: Sendable, Equatable {
        case deliver(WebSocketMessage)
        /// To be answered with `pong`.
        case ping([UInt8])
        /// Asked for or not.
        case pong([UInt8])
        /// To be answered with `answer`; then the connection ends. The last action.
        case end(WebSocketClosure)
    }

    /// A frame to send, in pieces that stand one after the other; those that are not needed are empty.
    package struct Frame: Sendable, Equatable {
        package var head: [UInt8]
        /// Shared with whoever gave it, not copied.
        package var payload: [UInt8] = []
        package var tail: [UInt8] = []

        package var count: Int { head.count + payload.count + tail.count }
    }

    /// What the bytes of a frame depend on besides the message.
    package enum Framing: Sendable, Hashable {
        /// On nothing: every client that has asked for no compression gets the same.
        case plain
        /// Every client that has agreed on the same gets the same.
        case deflated(WebSocketCompression, windowBits: Int)
        /// On the messages before it.
        case own
    }

    /// What we may send.
    private enum Sending {
        /// → closed
        case open
        /// Our Close was the last frame; messages that still come are dropped.
        case closed
    }

    /// A message some frames of which have come.
    private struct Assembly {
        /// Of its first frame.
        let number: Int
        let isText: Bool
        let isCompressed: Bool
        var bytes: [UInt8] = []
        var utf8 = UTF8Checker()
    }

    /// What becomes of the bytes that come next.
    private enum Reading {
        /// → payload, ended
        case head
        /// → head, ended
        case payload(WebSocketFrameHead, taken: Int)
        /// The client closed or broke the protocol: nothing more counts.
        case ended
    }

    /// Payloads below this size are copied behind their head: cheaper than a piece of their own.
    private static let copiedBytes = 4096
    /// Room that inflating asks for at a time, and that a message gets before its bytes are there.
    private static let pieceBytes = 16 * 1024

    private let limits: WebSocketLimits
    private let deflate: DeflateParameters?
    private let compression: WebSocketCompression?
    /// The same for the whole connection.
    package let framing: Framing
    private var sending = Sending.open
    private var reading = Reading.head
    private var headReader = WebSocketFrameHeadReader()
    private var assembly: Assembly?
    private var control: [UInt8] = []
    private var inflater: Inflater?
    private var deflater: Deflater?
    /// Frames that are complete.
    private var frames = 0

    package init(
        limits: WebSocketLimits = WebSocketLimits(), deflate: DeflateParameters? = nil,
        compression: WebSocketCompression? = nil
    ) {
        self.limits = limits
        self.deflate = deflate
        self.compression = compression
        if let deflate, let compression {
            framing = deflate.serverTakeover ? .own : .deflated(compression, windowBits: deflate.serverWindowBits)
        } else {
            framing = .plain
        }
    }

    /// Whether messages may be sent.
    package var isOpen: Bool {
        if case .open = sending { true } else { false }
    }

    /// Which message or frame has begun and is not complete: a number that is never used again. `nil` when all are.
    package var unfinished: Int? {
        switch reading {
        case .ended: nil
        case .head where headReader.isEmpty: assembly?.number
        case .head, .payload: assembly?.number ?? frames
        }
    }

    // MARK: Bytes of the client

    /// Takes bytes from `cursor` on up to the next action; `nil` when all are taken. To be called again as long as there are
    /// actions.
    package mutating func next(_ bytes: Span<UInt8>, _ cursor: inout Int) -> Action? {
        do throws(WebSocketError) {
            while true {
                switch reading {
                case .ended:
                    cursor = bytes.count
                    return nil
                case .head:
                    guard let head = try headReader.read(bytes, &cursor, rules) else { return nil }
                    begin(head)
                case .payload(let head, let taken):
                    let count = min(head.length - taken, bytes.count - cursor)
                    if count > 0 { try take(bytes.extracting(cursor..<cursor + count), head, taken) }
                    cursor += count
                    guard taken + count == head.length else {
                        reading = .payload(head, taken: taken + count)
                        return nil
                    }
                    reading = .head
                    frames += 1
                    if let action = try finish(head) { return action }
                }
            }
        } catch {
            cursor = bytes.count
            endReading()
            return .end(.failed(error))
        }
    }

    private var rules: WebSocketFrameRules {
        WebSocketFrameRules(
            isInsideMessage: assembly != nil, allowsCompression: deflate != nil, frameBytes: limits.frameBytes,
            remainingBytes: assembly.map { $0.isCompressed ? .max : limits.messageBytes - $0.bytes.count }
                ?? limits.messageBytes)
    }

    private mutating func begin(_ head: WebSocketFrameHead) {
        reading = .payload(head, taken: 0)
        guard head.opcode == .text || head.opcode == .binary else { return }
        var assembly = Assembly(number: frames, isText: head.opcode == .text, isCompressed: head.isCompressed)
        // Trusted only a little: memory is spent when the bytes come.
        assembly.bytes.reserveCapacity(min(head.length, Self.pieceBytes))
        self.assembly = assembly
    }

    private mutating func take(
        _ bytes: Span<UInt8>, _ head: WebSocketFrameHead, _ taken: Int
    ) throws(WebSocketError) {
        if head.opcode.isControl {
            Self.append(bytes, head, taken, to: &control)
            return
        }
        guard var assembly else { preconditionFailure("data frames belong to a message") }
        // Taken out, so that the bytes are appended to where they are.
        self.assembly = nil
        defer { self.assembly = assembly }
        if assembly.isCompressed {
            var compressed: [UInt8] = []
            Self.append(bytes, head, taken, to: &compressed)
            try inflate(compressed, &assembly)
        } else {
            let start = assembly.bytes.count
            Self.append(bytes, head, taken, to: &assembly.bytes)
            try Self.check(&assembly, from: start)
        }
    }

    /// Appends bytes of a payload, unmasked.
    private static func append(
        _ bytes: Span<UInt8>, _ head: WebSocketFrameHead, _ taken: Int, to output: inout [UInt8]
    ) {
        let start = output.count
        unsafe bytes.withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
        unsafe output.withUnsafeMutableBytes { output in
            unsafe WebSocketMask.apply(
                head.mask, offset: taken, to: UnsafeMutableRawBufferPointer(rebasing: output[start...]))
        }
    }

    private static func check(_ assembly: inout Assembly, from start: Int) throws(WebSocketError) {
        guard assembly.isText else { return }
        let bytes = assembly.bytes
        let isValid = unsafe bytes.withUnsafeBytes { bytes in
            unsafe assembly.utf8.accept(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
        guard isValid else { throw .invalidUTF8 }
    }

    /// Ends a frame. An action is due at the end of a message and of each control frame.
    private mutating func finish(_ head: WebSocketFrameHead) throws(WebSocketError) -> Action? {
        switch head.opcode {
        case .continuation, .text, .binary: return head.isFinal ? try finishMessage() : nil
        case .ping: return .ping(takeControl())
        case .pong: return .pong(takeControl())
        case .close: return try finishClose(takeControl())
        }
    }

    private mutating func takeControl() -> [UInt8] {
        var payload: [UInt8] = []
        swap(&payload, &control)
        return payload
    }

    private mutating func finishMessage() throws(WebSocketError) -> Action? {
        guard var assembly else { preconditionFailure("a message ends that has begun") }
        self.assembly = nil
        if assembly.isCompressed {
            try inflate(Inflater.tail, &assembly)
            if deflate?.clientTakeover != true { inflater = nil }
        }
        guard assembly.utf8.isComplete else { throw .invalidUTF8 }
        guard isOpen else { return nil }
        return .deliver(assembly.isText ? .text(assembly.bytes) : .binary(assembly.bytes))
    }

    /// Inflates onto the end of the message, piece by piece, so that a small frame cannot take more than the limit.
    private mutating func inflate(_ input: [UInt8], _ assembly: inout Assembly) throws(WebSocketError) {
        // Given back below; after an error nothing more is inflated.
        var inflater = takeInflater()
        var read = 0
        while true {
            let start = assembly.bytes.count
            let left = limits.messageBytes - start
            // One byte more than the limit tells that there is more.
            let room = min(Self.pieceBytes, left + 1, max(256, 4 * input.count))
            assembly.bytes.append(contentsOf: repeatElement(0, count: room))
            let step = unsafe input.withUnsafeBytes { input in
                unsafe assembly.bytes.withUnsafeMutableBytes { output in
                    unsafe inflater.inflate(
                        UnsafeRawBufferPointer(rebasing: input[read...]),
                        into: UnsafeMutableRawBufferPointer(rebasing: output[start...]))
                }
            }
            read += step.read
            let isOver = step.written > left
            assembly.bytes.removeLast(room - min(step.written, left))
            try Self.check(&assembly, from: start)
            if isOver { throw .messageTooLarge }
            // Last, so that a message is refused for the same reason wherever it was cut.
            if case .invalid = step.outcome { throw .invalidCompression }
            if case .needsInput = step.outcome { break }
        }
        self.inflater = consume inflater
    }

    private mutating func takeInflater() -> Inflater {
        if let inflater = inflater.take() { return inflater }
        return Inflater(windowBits: deflate?.clientWindowBits ?? 15)
    }

    // MARK: Closing

    /// The client's Close: two bytes of code and a reason, or nothing. Section 5.5.1
    private mutating func finishClose(_ payload: [UInt8]) throws(WebSocketError) -> Action {
        var code: WebSocketCloseCode?
        if !payload.isEmpty {
            guard payload.count >= 2 else { throw .closeLength }
            let number = WebSocketCloseCode(UInt16(payload[0]) << 8 | UInt16(payload[1]))
            guard number.mayBeSent else { throw .closeCode }
            code = number
        }
        let reason = payload.dropFirst(2)
        guard let text = String(validating: reason, as: UTF8.self) else { throw .invalidUTF8 }
        endReading()
        return .end(.closed(code, reason: text))
    }

    /// Nothing of what was being read is kept.
    private mutating func endReading() {
        reading = .ended
        assembly = nil
        control = []
        inflater = nil
    }

    // MARK: Commands

    /// Begins the closing handshake; `nil` when it has begun already. A reason is cut at 123 bytes.
    package mutating func close(_ code: WebSocketCloseCode, reason: String) -> [UInt8]? {
        guard isOpen else { return nil }
        endSending()
        return Self.close(code, reason)
    }

    /// The Close that answers the end of what was read; `nil` where we sent one before.
    package mutating func answer(_ closure: WebSocketClosure) -> [UInt8]? {
        guard isOpen else { return nil }
        endSending()
        switch closure {
        // With the same code (section 5.5.1).
        case .closed(let code?, _): return Self.close(code, "")
        case .closed(nil, _): return Self.control(.close, [])
        case .failed(let error): return Self.close(error.code, error.message)
        case .lost: return nil
        }
    }

    /// The connection is gone: nothing more is read or sent, and nothing kept.
    package mutating func abandon() {
        endReading()
        endSending()
    }

    private mutating func endSending() {
        sending = .closed
        deflater = nil
    }

    /// A ping to send; `nil` after a Close. At most 125 bytes.
    package func ping(_ payload: [UInt8] = []) -> [UInt8]? {
        isOpen ? Self.control(.ping, Array(payload.prefix(WebSocketFrameHead.controlBytes))) : nil
    }

    /// The answer to a ping; `nil` after a Close.
    package func pong(_ payload: [UInt8]) -> [UInt8]? {
        isOpen ? Self.control(.pong, payload) : nil
    }

    /// One message of up to three pieces; `nil` after a Close. A large payload is not copied unless it is compressed.
    package mutating func frame(
        _ opcode: WebSocketOpcode, prefix: [UInt8] = [], payload: [UInt8], suffix: [UInt8] = []
    ) -> Frame? {
        guard isOpen else { return nil }
        let count = prefix.count + payload.count + suffix.count
        if let deflate, let compression, count >= max(1, compression.threshold),
            let frame = compressed(opcode, prefix, payload, suffix, deflate, compression)
        {
            return frame
        }
        let isCopied = payload.count < Self.copiedBytes
        let rest = prefix.count + (isCopied ? payload.count + suffix.count : 0)
        var head: [UInt8] = []
        head.reserveCapacity(WebSocketFrameHead.size(count) + rest)
        WebSocketFrameHead.append(opcode, length: count, to: &head)
        head += prefix
        guard isCopied else { return Frame(head: head, payload: payload, tail: suffix) }
        head += payload
        head += suffix
        return Frame(head: head)
    }

    /// `nil` when it would not become smaller; with takeover it is sent all the same, since the window has it.
    private mutating func compressed(
        _ opcode: WebSocketOpcode, _ prefix: [UInt8], _ payload: [UInt8], _ suffix: [UInt8],
        _ deflate: DeflateParameters, _ compression: WebSocketCompression
    ) -> Frame? {
        if deflater == nil {
            deflater =
                deflate.serverTakeover
                ? Deflater(level: compression.level, windowBits: deflate.serverWindowBits, memoryLevel: 8)
                : Deflater(
                    level: compression.level, windowBits: deflate.serverWindowBits,
                    forMessageOf: prefix.count + payload.count + suffix.count)
        }
        var output: [UInt8] = []
        deflater?.deflate(prefix, isLast: false, to: &output)
        deflater?.deflate(payload, isLast: false, to: &output)
        deflater?.deflate(suffix, isLast: true, to: &output)
        if !deflate.serverTakeover {
            deflater = nil
            if output.count >= prefix.count + payload.count + suffix.count { return nil }
        }
        var head: [UInt8] = []
        WebSocketFrameHead.append(opcode, isCompressed: true, length: output.count, to: &head)
        guard output.count < Self.copiedBytes else { return Frame(head: head, payload: output) }
        return Frame(head: head + output)
    }

    private static func close(_ code: WebSocketCloseCode, _ reason: String) -> [UInt8] {
        precondition(code.mayBeSent, "a close code that must not stand in a frame")
        var payload = [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
        // Whole characters only.
        for character in reason.unicodeScalars {
            let bytes = Array(String(character).utf8)
            if payload.count + bytes.count > WebSocketFrameHead.controlBytes { break }
            payload += bytes
        }
        return control(.close, payload)
    }

    private static func control(_ opcode: WebSocketOpcode, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(2 + payload.count)
        WebSocketFrameHead.append(opcode, length: payload.count, to: &frame)
        return frame + payload
    }
}
