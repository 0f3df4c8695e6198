// What the headers say about where the message ends and what becomes of the connection. Everything here is strict:
// two readings of one message by two servers are how requests are smuggled.
// https://www.rfc-editor.org/rfc/rfc9112#section-6, https://www.rfc-editor.org/rfc/rfc9112#section-11.2

struct MessageFraming: Sendable {
    private var hosts = 0
    private var contentLength: Int?
    private var hasCoding = false
    private var endsInChunked = false
    private var hasOtherCoding = false
    private var asksClose = false
    private var asksKeepAlive = false
    private(set) var asksUpgrade = false
    private(set) var expectsContinue = false

    /// How the body is delimited.
    enum Body {
        case none
        case length(Int)
        case chunked
    }

    /// Takes note of one header; blanks around the value are gone already.
    mutating func note(name: Span<UInt8>, value: Span<UInt8>) throws(HTTPError) {
        // By length first: most headers are none of these.
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"):
            hosts += 1
            if hosts > 1 { throw .malformed(.repeatedHost) }
            for index in value.indices where !value[index].isHost { throw .malformed(.host) }
        case 6 where name.equalsIgnoringCase("expect"):
            guard value.equalsIgnoringCase("100-continue") else { throw .expectationFailed }
            expectsContinue = true
        case 10 where name.equalsIgnoringCase("connection"):
            Self.forEachElement(value) { element in
                if element.equalsIgnoringCase("close") { asksClose = true }
                if element.equalsIgnoringCase("keep-alive") { asksKeepAlive = true }
                if element.equalsIgnoringCase("upgrade") { asksUpgrade = true }
            }
        case 14 where name.equalsIgnoringCase("content-length"):
            // RFC 9110 allows to accept equal copies; refusing them leaves nothing to disagree about.
            if contentLength != nil { throw .malformed(.repeatedContentLength) }
            contentLength = try Self.decimal(value)
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            hasCoding = true
            var isMisplaced = false
            Self.forEachElement(value) { element in
                if endsInChunked { isMisplaced = true }
                if element.equalsIgnoringCase("chunked") {
                    endsInChunked = true
                } else {
                    hasOtherCoding = true
                }
            }
            if isMisplaced { throw .malformed(.transferCoding) }
        default: break
        }
    }

    /// Judges all headers together, at the end of the head.
    func body(_ version: HTTPVersion, limit: Int) throws(HTTPError) -> Body {
        if version == .http11, hosts == 0 { throw .malformed(.missingHost) }
        if hasCoding {
            if version == .http10 { throw .malformed(.codingInHTTP10) }
            if contentLength != nil { throw .malformed(.lengthAndCoding) }
            if !endsInChunked { throw .malformed(.transferCoding) }
            if hasOtherCoding { throw .transferCodingNotImplemented }
            return .chunked
        }
        guard let contentLength, contentLength > 0 else { return .none }
        if contentLength > limit { throw .bodyTooLarge(limit: limit) }
        return .length(contentLength)
    }

    func isKeepAlive(_ version: HTTPVersion) -> Bool {
        switch version {
        case .http11: !asksClose
        case .http10: asksKeepAlive && !asksClose
        }
    }

    /// 1*DIGIT. A number too large for an Int is a number all the same and answered as too large a body.
    private static func decimal(_ value: Span<UInt8>) throws(HTTPError) -> Int {
        guard value.count > 0 else { throw .malformed(.contentLength) }
        var number = 0
        for index in value.indices {
            guard value[index].isDigit else { throw .malformed(.contentLength) }
            let (scaled, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) = scaled.addingReportingOverflow(Int(value[index] - 0x30))
            number = overflow || overflowed ? Int.max : sum
        }
        return number
    }

    /// The elements of a comma-separated list, trimmed; empty ones are skipped as RFC 9110 section 5.6.1.2 asks.
    private static func forEachElement(_ value: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            var (first, last) = (start, end)
            while first < last, value[first].isBlank { first += 1 }
            while last > first, value[last - 1].isBlank { last -= 1 }
            if first < last { body(value.extracting(first..<last)) }
            start = end + 1
        }
    }
}

extension UInt8 {
    /// Characters of `host [":" port]`; the rest of the generic syntax belongs to other parts of a URI.
    fileprivate var isHost: Bool {
        switch self {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: "\\"),
            UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"):
            false
        default: isVisible
        }
    }
}
