// The first line of a request and the forms its target may take. https://www.rfc-editor.org/rfc/rfc9112#section-3

struct RequestLine: Sendable {
    let method: HTTPMethod
    let version: HTTPVersion
    /// Ranges of the head's bytes.
    let target: Range<UInt32>
    let path: Range<UInt32>
    let query: Range<UInt32>?

    /// request-line = method SP request-target SP HTTP-version
    ///
    /// `range` of the head's bytes excludes CR LF.
    init(parsing line: Span<UInt8>, _ range: Range<Int>) throws(HTTPError) {
        let lineEnd = range.upperBound
        var index = range.lowerBound
        while index < lineEnd, line[index].isToken { index += 1 }
        guard index > range.lowerBound, index < lineEnd, line[index] == Self.space else {
            throw .malformed(.requestLine)
        }
        let methodEnd = index

        index += 1
        let targetStart = index
        while index < lineEnd, line[index] != Self.space { index += 1 }
        guard index > targetStart, index < lineEnd else { throw .malformed(.requestLine) }
        let targetEnd = index

        // The version is judged before the method, so that a future protocol gets 505 and not 501.
        version = try Self.version(line.extracting((targetEnd + 1)..<lineEnd))
        guard let method = HTTPMethod(line.extracting(range.lowerBound..<methodEnd)) else {
            throw .methodNotImplemented
        }
        self.method = method
        target = UInt32(targetStart)..<UInt32(targetEnd)
        let form = try Self.split(line, targetStart..<targetEnd, method)
        path = form.path
        query = form.query
    }

    private static let space = UInt8(ascii: " ")
    private static let slash = UInt8(ascii: "/")

    /// HTTP-version = "HTTP/" DIGIT "." DIGIT
    private static func version(_ bytes: Span<UInt8>) throws(HTTPError) -> HTTPVersion {
        guard bytes.count == 8, bytes.extracting(..<5).equals("HTTP/"), bytes[5].isDigit,
            bytes[6] == UInt8(ascii: "."), bytes[7].isDigit
        else { throw .malformed(.requestLine) }
        switch (bytes[5], bytes[7]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): return .http11
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): return .http10
        default: throw .versionNotSupported
        }
    }

    /// origin-form `/path?query`, absolute-form `http://host/path?query` (as to a proxy), asterisk-form of OPTIONS.
    private static func split(
        _ line: Span<UInt8>, _ target: Range<Int>, _ method: HTTPMethod
    ) throws(HTTPError) -> (path: Range<UInt32>, query: Range<UInt32>?) {
        var question: Int?
        for index in target {
            let byte = line[index]
            // A fragment is never sent; bytes beyond ASCII must be percent-encoded.
            guard byte.isVisible, byte != UInt8(ascii: "#") else { throw .malformed(.target) }
            if byte == UInt8(ascii: "?"), question == nil { question = index }
        }
        var start = target.lowerBound
        let end = question ?? target.upperBound
        if line[start] == UInt8(ascii: "*"), target.count == 1, method == .options {
            return (UInt32(start)..<UInt32(end), nil)
        }
        if line[start] != slash {
            start = try afterAuthority(line, start..<end)
        }
        let query = question.map { UInt32($0 + 1)..<UInt32(target.upperBound) }
        if start == end {
            // `http://host` has the path "/": the scheme's second slash stands in for it.
            let scheme = target.lowerBound + (line[target.lowerBound + 4] == UInt8(ascii: ":") ? 6 : 7)
            return (UInt32(scheme)..<UInt32(scheme + 1), query)
        }
        return (UInt32(start)..<UInt32(end), query)
    }

    private static func afterAuthority(_ line: Span<UInt8>, _ range: Range<Int>) throws(HTTPError) -> Int {
        let target = line.extracting(range)
        let schemeLength =
            if target.count > 7, target.extracting(..<7).equalsIgnoringCase("http://") {
                7
            } else if target.count > 8, target.extracting(..<8).equalsIgnoringCase("https://") {
                8
            } else {
                0
            }
        guard schemeLength > 0, target[schemeLength] != slash else { throw .malformed(.target) }
        var index = schemeLength
        while index < target.count, target[index] != slash { index += 1 }
        return range.lowerBound + index
    }
}
