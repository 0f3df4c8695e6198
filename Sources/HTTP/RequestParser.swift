// HTTP/1.1 requests out of bytes, without I/O: bytes in, events out, the same events however the bytes are split.
// Works line by line, so that an error is known as soon as its line is complete and never depends on what follows.
// https://www.rfc-editor.org/rfc/rfc9112

internal import Glibc

package struct RequestParser: Sendable {
    package enum Event: Sendable {
        case request(HTTPRequest)
        /// The client waits for "100 Continue" before it sends the body of the request that follows.
        case continueExpected
        /// The last event: the connection is to be answered and closed.
        case failed(HTTPError)
    }

    private enum Phase {
        /// Before or in the request line. → headers, failed
        case requestLine
        /// → body, chunkSize, requestLine or upgrade (no body), failed
        case headers
        /// → requestLine, upgrade
        case body(remaining: Int)
        /// → chunkData, trailers, failed
        case chunkSize
        /// → chunkEnd
        case chunkData(remaining: Int)
        /// CR LF after a chunk. → chunkSize, failed
        case chunkEnd
        /// → requestLine, upgrade, failed
        case trailers
        /// A request asked for another protocol: what follows it is kept until its answer tells which one that is in.
        /// → requestLine
        case upgrade
        /// Takes nothing more.
        case failed
    }

    /// Bytes of a head copied at a time; most heads fit.
    private static let headPieceBytes = 1024

    private let limits: HTTPLimits
    private var phase = Phase.requestLine
    /// Request line and headers, or the current line of a chunked body.
    private var buffer: [UInt8] = []
    /// Where the current line begins in `buffer`.
    private var lineStart = 0
    /// Where the current block of header or trailer lines begins in `buffer`.
    private var blockStart = 0
    private var line: RequestLine?
    private var fields: [HeaderField] = []
    private var framing = MessageFraming()
    private var trailerCount = 0
    /// The head of the request whose body is arriving; between requests that of the last one, if it is to be kept.
    private var head: RequestHead?
    private var body: [UInt8] = []

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// No byte of a next request has arrived.
    package var isBetweenRequests: Bool {
        switch phase {
        case .requestLine: buffer.count == lineStart
        case .upgrade: true
        case .headers, .body, .chunkSize, .chunkData, .chunkEnd, .trailers, .failed: false
        }
    }

    package var isReadingBody: Bool {
        switch phase {
        case .requestLine, .headers, .upgrade, .failed: false
        case .body, .chunkSize, .chunkData, .chunkEnd, .trailers: true
        }
    }

    package var hasFailed: Bool {
        if case .failed = phase { true } else { false }
    }

    /// Takes all of `bytes` and appends what they complete to `events`.
    package mutating func receive(_ bytes: Span<UInt8>, into events: inout [Event]) {
        var cursor = 0
        do {
            while cursor < bytes.count {
                switch phase {
                case .requestLine, .headers: try takeHead(bytes, &cursor, &events)
                case .body(let remaining): takeBody(bytes, &cursor, remaining, &events)
                case .chunkSize: try takeChunkSize(bytes, &cursor)
                case .chunkData(let remaining): takeChunkData(bytes, &cursor, remaining)
                case .chunkEnd: try takeChunkEnd(bytes, &cursor)
                case .trailers: try takeTrailerLine(bytes, &cursor, &events)
                case .upgrade:
                    buffer.append(contentsOf: bytes, cursor..<bytes.count)
                    return
                case .failed: return
                }
            }
        } catch {
            fail(error, &events)
        }
    }

    /// The peer will send nothing more. Inside a request that is an error.
    package mutating func finish(into events: inout [Event]) {
        if hasFailed || isBetweenRequests { return }
        fail(.malformed(.truncated), &events)
    }

    /// The last request asked for another protocol and was answered in this one: what follows it are requests.
    package mutating func declineUpgrade(into events: inout [Event]) {
        guard case .upgrade = phase else { return }
        phase = .requestLine
        let rest = takeRest()
        receive(rest.span, into: &events)
    }

    /// What came after a request that asked for another protocol.
    package mutating func takeRest() -> [UInt8] {
        var rest: [UInt8] = []
        swap(&rest, &buffer)
        return rest
    }

    /// Ends parsing with an error found elsewhere (a deadline).
    package mutating func fail(_ error: HTTPError, _ events: inout [Event]) {
        self = RequestParser(limits: limits)
        phase = .failed
        events.append(.failed(error))
    }

    /// The line from `lineStart` without its CR LF. A bare LF is refused: some servers take it for a line's end, some
    /// do not.
    private func line(endingAt end: Int) throws(HTTPError) -> Range<Int> {
        guard end - 2 >= lineStart, buffer[end - 2] == 0x0d else { throw .malformed(.lineEnd) }
        return lineStart..<end - 2
    }

    /// Moves bytes of a chunked body's framing up to and including the next line feed into `buffer`; false when the line
    /// is not complete yet.
    private mutating func takeLine(_ bytes: Span<UInt8>, _ cursor: inout Int) -> Bool {
        let lineFeed = bytes.firstIndex(ofLineFeedFrom: cursor)
        let end = lineFeed.map { $0 + 1 } ?? bytes.count
        buffer.append(contentsOf: bytes, cursor..<end)
        cursor = end
        return lineFeed != nil
    }

    // MARK: Head

    /// Copies a piece of the input behind what is there of the head and works off the lines that this completes. What
    /// turns out to lie behind the head is given back.
    private mutating func takeHead(
        _ bytes: Span<UInt8>, _ cursor: inout Int, _ events: inout [Event]
    ) throws(HTTPError) {
        if buffer.isEmpty {
            if let head, head.leads(bytes, from: cursor) {
                cursor += head.bytes.count
                return begin(head, &events)
            }
            // What is not HTTP at all (TLS, random bytes) is refused at its first byte instead of at a deadline.
            let first = bytes[cursor]
            guard first.isToken || first == 0x0d || first == 0x0a else { throw .malformed(.requestLine) }
        }
        var scan = buffer.count
        // Small pieces: with many pipelined requests each would copy all that follow it.
        let end = min(bytes.count, cursor + Self.headPieceBytes)
        buffer.append(contentsOf: bytes, cursor..<end)
        cursor = end
        while let lineEnd = buffer.span.firstIndex(ofLineFeedFrom: scan) {
            scan = lineEnd + 1
            if case .requestLine = phase {
                try takeRequestLine(end: scan)
            } else if try takeHeaderLine(end: scan) {
                cursor -= buffer.count - scan
                buffer.removeLast(buffer.count - scan)
                return try finishHead(&events)
            }
        }
        try checkIncompleteLine()
    }

    /// A line that is already too long need not end first.
    private func checkIncompleteLine() throws(HTTPError) {
        if case .requestLine = phase {
            // One CR more than the limit may still be the line's end.
            if buffer.count - lineStart - 1 > limits.requestLineBytes {
                throw .requestLineTooLong(limit: limits.requestLineBytes)
            }
        } else if buffer.count - blockStart > limits.headerBytes {
            throw .headersTooLarge(limit: limits.headerBytes)
        }
    }

    private mutating func takeRequestLine(end: Int) throws(HTTPError) {
        if end - 2 - lineStart > limits.requestLineBytes {
            throw .requestLineTooLong(limit: limits.requestLineBytes)
        }
        let range = try line(endingAt: end)
        if range.isEmpty, lineStart == 0 {
            // RFC 9112 section 2.2: an empty line before the request line is ignored (old clients send one after a body).
            lineStart = end
            return
        }
        line = try RequestLine(parsing: buffer.span, range)
        lineStart = end
        blockStart = end
        phase = .headers
    }

    /// True at the empty line that ends the head.
    private mutating func takeHeaderLine(end: Int) throws(HTTPError) -> Bool {
        if end - blockStart > limits.headerBytes { throw .headersTooLarge(limit: limits.headerBytes) }
        let range = try line(endingAt: end)
        if range.isEmpty { return true }
        if fields.count == limits.headerCount { throw .tooManyHeaders(limit: limits.headerCount) }
        let field = try Self.field(buffer.span, range)
        // A copy, since a span of `buffer` borrows all of `self`.
        var noted = framing
        try noted.note(
            name: buffer.span.extracting(Int(field.nameStart)..<Int(field.nameEnd)),
            value: buffer.span.extracting(Int(field.valueStart)..<Int(field.valueEnd)))
        framing = noted
        if fields.isEmpty { fields.reserveCapacity(8) }
        fields.append(field)
        lineStart = end
        return false
    }

    /// field-line = field-name ":" OWS field-value OWS
    private static func field(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(HTTPError) -> HeaderField {
        var index = line.lowerBound
        if bytes[index].isBlank { throw .malformed(.foldedHeader) }
        while index < line.upperBound, bytes[index].isToken { index += 1 }
        guard index < line.upperBound else { throw .malformed(.headerWithoutColon) }
        // No blank may stand before the colon (RFC 9112 section 5.1): it is neither token nor colon.
        guard bytes[index] == UInt8(ascii: ":"), index > line.lowerBound else { throw .malformed(.headerName) }
        let nameEnd = index
        var start = index + 1
        var end = line.upperBound
        while start < end, bytes[start].isBlank { start += 1 }
        while end > start, bytes[end - 1].isBlank { end -= 1 }
        for index in start..<end where !bytes[index].isFieldValue { throw .malformed(.headerValue) }
        return HeaderField(
            nameStart: UInt32(line.lowerBound), nameEnd: UInt32(nameEnd), valueStart: UInt32(start),
            valueEnd: UInt32(end))
    }

    private mutating func finishHead(_ events: inout [Event]) throws(HTTPError) {
        guard let line else { preconditionFailure("headers come after a request line") }
        let delimitation = try framing.body(line.version, limit: limits.bodyBytes)
        // A copy of the exact size, since it is kept; the buffer had room for what followed.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(buffer.count)
        bytes.append(contentsOf: buffer)
        let head = RequestHead(
            line: line, bytes: bytes, fields: fields, framing: framing, delimitation: delimitation)
        self = RequestParser(limits: limits)
        begin(head, &events)
    }

    /// The head is complete; its body comes next, if it has one.
    private mutating func begin(_ head: RequestHead, _ events: inout [Event]) {
        self.head = head
        switch head.delimitation {
        case .none:
            finishRequest(&events)
            return
        case .length(let length):
            // Trusted only a little: memory is spent when the bytes come.
            body.reserveCapacity(min(length, 16 * 1024))
            phase = .body(remaining: length)
        case .chunked:
            phase = .chunkSize
        }
        if head.framing.expectsContinue, head.line.version == .http11 { events.append(.continueExpected) }
    }

    private mutating func finishRequest(_ events: inout [Event]) {
        guard let head else { preconditionFailure("a request has a head") }
        var body = [UInt8]()
        swap(&body, &self.body)
        events.append(.request(HTTPRequest(head: head, body: consume body)))
        phase = head.framing.asksUpgrade ? .upgrade : .requestLine
        if case .chunked = head.delimitation {
            buffer = []
            lineStart = 0
            trailerCount = 0
        }
        if head.bytes.count > RequestHead.keptBytes { self.head = nil }
    }

    // MARK: Bodies

    private mutating func takeBody(
        _ bytes: Span<UInt8>, _ cursor: inout Int, _ remaining: Int, _ events: inout [Event]
    ) {
        let count = min(remaining, bytes.count - cursor)
        body.append(contentsOf: bytes, cursor..<cursor + count)
        cursor += count
        if count == remaining {
            finishRequest(&events)
        } else {
            phase = .body(remaining: remaining - count)
        }
    }

    /// chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
    private mutating func takeChunkSize(_ bytes: Span<UInt8>, _ cursor: inout Int) throws(HTTPError) {
        let isComplete = takeLine(bytes, &cursor)
        if buffer.count > limits.chunkLineBytes { throw .malformed(.chunkSize) }
        guard isComplete else { return }
        let size = try Self.chunkSize(buffer.span.extracting(try line(endingAt: buffer.count)))
        buffer.removeAll(keepingCapacity: true)
        if size == 0 {
            phase = .trailers
            return
        }
        if size > limits.bodyBytes - body.count { throw .bodyTooLarge(limit: limits.bodyBytes) }
        phase = .chunkData(remaining: size)
    }

    /// Extensions are skipped; their characters are checked all the same.
    private static func chunkSize(_ line: Span<UInt8>) throws(HTTPError) -> Int {
        var index = 0
        var size = 0
        while index < line.count, let digit = line[index].hexadecimalValue {
            // Fifteen digits fit an Int; more would only be zeros or an attack.
            guard index < 15 else { throw .malformed(.chunkSize) }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > 0 else { throw .malformed(.chunkSize) }
        while index < line.count, line[index].isBlank { index += 1 }
        if index == line.count {
            // Blanks belong before an extension only.
            guard line[line.count - 1].hexadecimalValue != nil else { throw .malformed(.chunkSize) }
            return size
        }
        guard line[index] == UInt8(ascii: ";") else { throw .malformed(.chunkSize) }
        while index < line.count {
            guard line[index].isFieldValue else { throw .malformed(.chunkSize) }
            index += 1
        }
        return size
    }

    private mutating func takeChunkData(_ bytes: Span<UInt8>, _ cursor: inout Int, _ remaining: Int) {
        let count = min(remaining, bytes.count - cursor)
        body.append(contentsOf: bytes, cursor..<cursor + count)
        cursor += count
        phase = count == remaining ? .chunkEnd : .chunkData(remaining: remaining - count)
    }

    private mutating func takeChunkEnd(_ bytes: Span<UInt8>, _ cursor: inout Int) throws(HTTPError) {
        let expected: UInt8 = buffer.isEmpty ? 0x0d : 0x0a
        guard bytes[cursor] == expected else { throw .malformed(.chunkEnd) }
        cursor += 1
        if expected == 0x0d {
            buffer.append(0x0d)
        } else {
            buffer.removeAll(keepingCapacity: true)
            phase = .chunkSize
        }
    }

    /// Trailers must be well formed and within the header limits; what they say is dropped (RFC 9110 section 6.5.1).
    private mutating func takeTrailerLine(
        _ bytes: Span<UInt8>, _ cursor: inout Int, _ events: inout [Event]
    ) throws(HTTPError) {
        let isComplete = takeLine(bytes, &cursor)
        if buffer.count > limits.headerBytes { throw .headersTooLarge(limit: limits.headerBytes) }
        guard isComplete else { return }
        let range = try line(endingAt: buffer.count)
        if range.isEmpty {
            finishRequest(&events)
            return
        }
        if trailerCount == limits.headerCount { throw .tooManyHeaders(limit: limits.headerCount) }
        trailerCount += 1
        _ = try Self.field(buffer.span, range)
        lineStart = buffer.count
    }
}

extension Span<UInt8> {
    fileprivate func firstIndex(ofLineFeedFrom start: Int) -> Int? {
        unsafe withUnsafeBufferPointer { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = unsafe memchr(base + start, 0x0a, bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(contentsOf bytes: Span<UInt8>, _ range: Range<Int>) {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
