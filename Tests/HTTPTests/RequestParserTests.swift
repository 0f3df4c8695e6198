// The request parser: what it accepts, what it refuses and with which error, and that neither depends on how the bytes
// arrive.

import HTTP
import Testing

struct ParserCase: Sendable, CustomTestStringConvertible {
    let name: String
    let input: String
    let expected: [String]
    var limits = HTTPLimits()

    init(_ name: String, _ input: String, _ expected: [String], _ limits: HTTPLimits = HTTPLimits()) {
        self.name = name
        self.input = input
        self.expected = expected
        self.limits = limits
    }

    var testDescription: String { name }
}

private func malformed(_ what: HTTPError.Malformation) -> [String] { ["400 \(HTTPError.malformed(what))"] }

/// A GET with these lines after the Host header.
private func get(_ lines: String...) -> String {
    "GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

private func post(_ lines: String..., body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

let acceptedCases: [ParserCase] = [
    ParserCase("the least request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / 1.1 keep [Host=a] \"\""]),
    ParserCase("HTTP/1.0 needs no host and closes", "GET / HTTP/1.0\r\n\r\n", ["GET / 1.0 close [] \"\""]),
    ParserCase(
        "HTTP/1.0 keeps alive when asked to", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
        ["GET / 1.0 keep [Connection=Keep-Alive] \"\""]),
    ParserCase("close", get("Connection: close"), ["GET / 1.1 close [Host=a Connection=close] \"\""]),
    ParserCase(
        "close among others", get("Connection: foo, ,Close , bar"),
        ["GET / 1.1 close [Host=a Connection=foo, ,Close , bar] \"\""]),
    ParserCase(
        "a query", "GET /a/b?x=1&y=%20?z HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /a/b?x=1&y=%20?z 1.1 keep [Host=a] \"\""]),
    ParserCase(
        "the absolute form", "GET http://example.org:80/p?q HTTP/1.1\r\nHost: a\r\n\r\n",
        ["GET /p?q 1.1 keep [Host=a] \"\""]),
    ParserCase(
        "the absolute form without a path", "GET HTTPS://example.org?q HTTP/1.1\r\nHost: a\r\n\r\n",
        ["GET /?q 1.1 keep [Host=a] \"\""]),
    ParserCase(
        "the asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ["OPTIONS * 1.1 keep [Host=a] \"\""]),
    ParserCase(
        "an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / 1.1 keep [Host=a] \"\""]),
    ParserCase(
        "blanks around values", get("X:1", "Y: \t 2 3 \t ", "Z:", "W:   "),
        ["GET / 1.1 keep [Host=a X=1 Y=2 3 Z= W=] \"\""]),
    ParserCase("bytes beyond ASCII in values", get("X: é"), ["GET / 1.1 keep [Host=a X=é] \"\""]),
    ParserCase(
        "a body", post("Content-Length: 5", body: "hello"), ["POST / 1.1 keep [Host=a Content-Length=5] \"hello\""]),
    ParserCase(
        "leading zeros of a length", post("content-length: 0005", body: "hello"),
        ["POST / 1.1 keep [Host=a content-length=0005] \"hello\""]),
    ParserCase(
        "a body of no bytes", post("Content-Length: 0", body: ""), ["POST / 1.1 keep [Host=a Content-Length=0] \"\""]),
    ParserCase(
        "chunks", post("Transfer-Encoding: chunked", body: "5\r\nhello\r\n1\r\n,\r\n006\r\n world\r\n0\r\n\r\n"),
        ["POST / 1.1 keep [Host=a Transfer-Encoding=chunked] \"hello, world\""]),
    ParserCase(
        "chunk extensions and hexadecimal in either case",
        post("Transfer-Encoding: Chunked", body: "A;x=\"y\"\r\n0123456789\r\na ;z\r\n0123456789\r\n0;end\r\n\r\n"),
        ["POST / 1.1 keep [Host=a Transfer-Encoding=Chunked] \"01234567890123456789\""]),
    ParserCase(
        "trailers are dropped",
        post("Transfer-Encoding: chunked", body: "1\r\nx\r\n0\r\nHost: evil\r\nContent-Length: 99\r\n\r\n"),
        ["POST / 1.1 keep [Host=a Transfer-Encoding=chunked] \"x\""]),
    ParserCase(
        "pipelined requests",
        get() + post("Content-Length: 2", body: "hi") + "\r\n" + get("Connection: close"),
        [
            "GET / 1.1 keep [Host=a] \"\"", "POST / 1.1 keep [Host=a Content-Length=2] \"hi\"",
            "GET / 1.1 close [Host=a Connection=close] \"\"",
        ]),
    ParserCase(
        "an expectation is announced before the body",
        post("Content-Length: 2", "Expect: 100-Continue", body: "hi"),
        ["100-continue", "POST / 1.1 keep [Host=a Content-Length=2 Expect=100-Continue] \"hi\""]),
    ParserCase(
        "an expectation without a body is not", get("Expect: 100-continue"),
        ["GET / 1.1 keep [Host=a Expect=100-continue] \"\""]),
    ParserCase(
        "HTTP/1.0 has no 100", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        ["POST / 1.0 close [Expect=100-continue Content-Length=1] \"x\""]),
    ParserCase("an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ["GET / 1.1 keep [Host=[::1]:80] \"\""]),
    ParserCase("an unfinished request is nothing yet", "GET / HTTP/1.1\r\nHost: a\r\n", []),
]

let smugglingCases: [ParserCase] = [
    ParserCase(
        "both length and coding", post("Content-Length: 5", "Transfer-Encoding: chunked", body: "0\r\n\r\n"),
        malformed(.lengthAndCoding)),
    ParserCase(
        "both coding and length", post("Transfer-Encoding: chunked", "Content-Length: 5", body: "0\r\n\r\n"),
        malformed(.lengthAndCoding)),
    ParserCase(
        "two different lengths", post("Content-Length: 5", "Content-Length: 6", body: "hello!"),
        malformed(.repeatedContentLength)),
    ParserCase(
        "two equal lengths", post("Content-Length: 5", "Content-Length: 5", body: "hello"),
        malformed(.repeatedContentLength)),
    ParserCase("a list of lengths", post("Content-Length: 5, 5", body: "hello"), malformed(.contentLength)),
    ParserCase("a signed length", post("Content-Length: +5", body: "hello"), malformed(.contentLength)),
    ParserCase("a negative length", post("Content-Length: -5", body: "hello"), malformed(.contentLength)),
    ParserCase("a hexadecimal length", post("Content-Length: 0x5", body: "hello"), malformed(.contentLength)),
    ParserCase("an empty length", post("Content-Length:", body: ""), malformed(.contentLength)),
    ParserCase("a length with a blank inside", post("Content-Length: 1 1", body: ""), malformed(.contentLength)),
    ParserCase(
        "a blank before the colon", post("Content-Length : 5", body: "hello"), malformed(.headerName)),
    ParserCase(
        "a blank before the colon of the coding", post("Transfer-Encoding : chunked", body: "0\r\n\r\n"),
        malformed(.headerName)),
    ParserCase("a folded header", get("X: a", " b"), malformed(.foldedHeader)),
    ParserCase("a header folded with a tab", get("X: a", "\tb"), malformed(.foldedHeader)),
    ParserCase("a blank before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", malformed(.foldedHeader)),
    ParserCase(
        "chunked twice", post("Transfer-Encoding: chunked, chunked", body: "0\r\n\r\n"), malformed(.transferCoding)),
    ParserCase(
        "chunked in two headers",
        post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body: "0\r\n\r\n"), malformed(.transferCoding)),
    ParserCase(
        "chunked not last", post("Transfer-Encoding: chunked, gzip", body: "0\r\n\r\n"), malformed(.transferCoding)),
    ParserCase("identity", post("Transfer-Encoding: identity", body: "x"), malformed(.transferCoding)),
    ParserCase("an empty coding", post("Transfer-Encoding:", body: "x"), malformed(.transferCoding)),
    ParserCase("a misspelt coding", post("Transfer-Encoding: xchunked", body: "x"), malformed(.transferCoding)),
    ParserCase(
        "a quoted coding", post("Transfer-Encoding: \"chunked\"", body: "0\r\n\r\n"), malformed(.transferCoding)),
    ParserCase(
        "a control before the coding", post("Transfer-Encoding: \u{b}chunked", body: "0\r\n\r\n"),
        malformed(.headerValue)),
    ParserCase(
        "a coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        malformed(.codingInHTTP10)),
    ParserCase(
        "another coding before chunked", post("Transfer-Encoding: gzip, chunked", body: "0\r\n\r\n"),
        ["501 transferCodingNotImplemented"]),
    ParserCase("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", malformed(.lineEnd)),
    ParserCase("a bare line feed in a header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", malformed(.lineEnd)),
    ParserCase("a line feed alone at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", malformed(.lineEnd)),
    ParserCase("a bare carriage return in a value", get("X: a\rb"), malformed(.headerValue)),
    ParserCase("a bare carriage return in a target", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.target)),
    ParserCase("a zero byte in a value", get("X: a\0b"), malformed(.headerValue)),
    ParserCase("a delete in a value", get("X: a\u{7f}b"), malformed(.headerValue)),
    ParserCase("a zero byte in a name", get("X\0: a"), malformed(.headerName)),
    ParserCase("an empty name", get(": a"), malformed(.headerName)),
    ParserCase("a line without a colon", get("novalue"), malformed(.headerWithoutColon)),
    ParserCase("two hosts", get("Host: b"), malformed(.repeatedHost)),
    ParserCase("no host", "GET / HTTP/1.1\r\n\r\n", malformed(.missingHost)),
    ParserCase("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", malformed(.host)),
    ParserCase("a host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", malformed(.host)),
    ParserCase("a list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", malformed(.host)),
    ParserCase("a chunk size with a prefix", chunked("0x5\r\nhello\r\n0\r\n\r\n"), malformed(.chunkSize)),
    ParserCase("a negative chunk size", chunked("-1\r\n\r\n"), malformed(.chunkSize)),
    ParserCase("an empty chunk size", chunked("\r\nhello\r\n"), malformed(.chunkSize)),
    ParserCase("a chunk size after a blank", chunked(" 5\r\nhello\r\n"), malformed(.chunkSize)),
    ParserCase("a chunk size before a blank", chunked("5 \r\nhello\r\n"), malformed(.chunkSize)),
    ParserCase("a chunk size that would overflow", chunked("10000000000000005\r\nhello\r\n"), malformed(.chunkSize)),
    ParserCase("a chunk size ended by a line feed", chunked("5\nhello\r\n"), malformed(.lineEnd)),
    ParserCase("a control in a chunk extension", chunked("5;a\rb\r\nhello\r\n"), malformed(.chunkSize)),
    ParserCase("a chunk longer than its size", chunked("5\r\nhello!\r\n0\r\n\r\n"), malformed(.chunkEnd)),
    ParserCase("a chunk ended by a line feed", chunked("5\r\nhello\n0\r\n\r\n"), malformed(.chunkEnd)),
    ParserCase("a malformed trailer", chunked("0\r\nX : a\r\n\r\n"), malformed(.headerName)),
    ParserCase("a folded trailer", chunked("0\r\n a\r\n\r\n"), malformed(.foldedHeader)),
    ParserCase("a space too many", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.requestLine)),
    ParserCase("a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.requestLine)),
    ParserCase("a tab instead of a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.requestLine)),
    ParserCase("a space at the end of the line", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", malformed(.requestLine)),
    ParserCase("HTTP/0.9", "GET /\r\n", malformed(.requestLine)),
    ParserCase("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n", malformed(.requestLine)),
    ParserCase("a fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.target)),
    ParserCase("bytes beyond ASCII in the target", "GET /é HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.target)),
    ParserCase("a relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.target)),
    ParserCase("an authority", "GET example.org:80 HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.target)),
    ParserCase("an absolute target without a host", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.target)),
    ParserCase("an asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", malformed(.target)),
    ParserCase("a TLS greeting", "\u{16}\u{3}\u{1}", malformed(.requestLine)),
    ParserCase("a protocol of its own", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ["505 versionNotSupported"]),
    ParserCase("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", ["505 versionNotSupported"]),
    ParserCase("a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", malformed(.requestLine)),
    ParserCase("an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", ["501 methodNotImplemented"]),
    ParserCase("a method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", ["501 methodNotImplemented"]),
    ParserCase("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", ["501 methodNotImplemented"]),
    ParserCase("another expectation", get("Expect: a-miracle"), ["417 expectationFailed"]),
    ParserCase(
        "an error behind a good request", get() + "GET\r\n", ["GET / 1.1 keep [Host=a] \"\""] + malformed(.requestLine)),
]

private func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked", body: body) }

private let tight = HTTPLimits(requestLineBytes: 20, headerBytes: 40, headerCount: 3, bodyBytes: 10, chunkLineBytes: 8)

let limitCases: [ParserCase] = [
    ParserCase(
        "a line of the limit", "GET /23456 HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /23456 1.1 keep [Host=a] \"\""], tight),
    ParserCase(
        "a line over the limit", "GET /2345678 HTTP/1.1\r\nHost: a\r\n\r\n",
        ["414 \(HTTPError.requestLineTooLong(limit: 20))"], tight),
    ParserCase(
        "a line that does not end", "GET /" + String(repeating: "x", count: 50),
        ["414 \(HTTPError.requestLineTooLong(limit: 20))"], tight),
    ParserCase(
        "headers of the limit", "GET / HTTP/1.0\r\nX: 345678901234567890123456789012345\r\n\r\n",
        ["GET / 1.0 close [X=345678901234567890123456789012345] \"\""], tight),
    ParserCase(
        "headers over the limit", "GET / HTTP/1.0\r\nX: 3456789012345678901234567890123456\r\n\r\n",
        ["431 \(HTTPError.headersTooLarge(limit: 40))"], tight),
    ParserCase(
        "a header that does not end", "GET / HTTP/1.0\r\nX: " + String(repeating: "x", count: 50),
        ["431 \(HTTPError.headersTooLarge(limit: 40))"], tight),
    ParserCase(
        "as many headers as allowed", "GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n",
        ["GET / 1.0 close [A=1 B=2 C=3] \"\""], tight),
    ParserCase(
        "one header too many", "GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n",
        ["431 \(HTTPError.tooManyHeaders(limit: 3))"], tight),
    ParserCase(
        "a body of the limit", "POST / HTTP/1.0\r\nContent-Length: 10\r\n\r\n0123456789",
        ["POST / 1.0 close [Content-Length=10] \"0123456789\""], tight),
    ParserCase(
        "a body over the limit is refused before it comes", "POST / HTTP/1.0\r\nContent-Length: 11\r\n\r\n",
        ["413 \(HTTPError.bodyTooLarge(limit: 10))"], tight),
    ParserCase(
        "a length beyond all numbers", "POST / HTTP/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
        ["413 \(HTTPError.bodyTooLarge(limit: 10))"], tight),
    ParserCase(
        "an expectation of too large a body gets no 100",
        "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n",
        ["431 \(HTTPError.headersTooLarge(limit: 40))"], tight),
    ParserCase(
        "chunks of the limit", chunkedTight("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"),
        ["POST / 1.1 keep [Host=a Transfer-Encoding=chunked] \"0123456789\""], tight),
    ParserCase(
        "chunks over the limit", chunkedTight("5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n"),
        ["413 \(HTTPError.bodyTooLarge(limit: 10))"], tight),
    ParserCase(
        "a chunk far over the limit", chunkedTight("fffffff\r\n"), malformed(.chunkSize), tight),
    ParserCase(
        "a chunk line over the limit", chunkedTight("1;234567\r\nx\r\n"), malformed(.chunkSize), tight),
    ParserCase(
        "too many trailers", chunkedTight("0\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"),
        ["431 \(HTTPError.tooManyHeaders(limit: 3))"], tight),
    ParserCase(
        "trailers over the limit", chunkedTight("0\r\nA: " + String(repeating: "x", count: 40) + "\r\n\r\n"),
        ["431 \(HTTPError.headersTooLarge(limit: 40))"], tight),
]

/// Fits the tight header limit exactly: 9 + 29 + 2 bytes.
private func chunkedTight(_ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:chunked\r\n\r\n" + body
}

struct RequestParserTests {
    @Test(arguments: acceptedCases)
    func `accepts what RFC 9112 allows`(_ testCase: ParserCase) {
        #expect(ParserConversation.events(testCase.input, limits: testCase.limits) == testCase.expected)
    }

    @Test(arguments: smugglingCases)
    func `refuses what two servers could read in two ways`(_ testCase: ParserCase) {
        #expect(ParserConversation.events(testCase.input, limits: testCase.limits) == testCase.expected)
    }

    @Test(arguments: limitCases)
    func `keeps each limit with its own error`(_ testCase: ParserCase) {
        #expect(ParserConversation.events(testCase.input, limits: testCase.limits) == testCase.expected)
    }

    @Test(arguments: acceptedCases + smugglingCases + limitCases)
    func `gives the same events for every split of the input`(_ testCase: ParserCase) {
        let bytes = Array(testCase.input.utf8)
        for size in 1..<max(2, bytes.count) {
            #expect(
                ParserConversation.events(bytes, pieceSize: size, limits: testCase.limits) == testCase.expected,
                "in pieces of \(size)")
        }
    }

    @Test func `gives the same events for every split of mutated input`() {
        var generator = SeededGenerator(seed: 42)
        let interesting = Array("\r\n \t:;,0aA/\0?*".utf8)
        for round in 0..<4000 {
            let cases = round % 2 == 0 ? acceptedCases : limitCases
            let testCase = cases[Int.random(in: 0..<cases.count, using: &generator)]
            var bytes = Array(testCase.input.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = interesting[Int.random(in: 0..<interesting.count, using: &generator)]
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            let whole = ParserConversation.events(bytes, limits: testCase.limits)
            for size in [1, 2, 3, 7] {
                #expect(
                    ParserConversation.events(bytes, pieceSize: size, limits: testCase.limits) == whole,
                    "\(bytes) in pieces of \(size)")
            }
        }
    }

    @Test func `survives random bytes and ends with at most one failure`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<3000 {
            let count = Int.random(in: 1...200, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let events = ParserConversation.events(bytes, endsStream: true)
            #expect(events.filter { $0.first == "4" || $0.first == "5" }.count <= 1)
            #expect(!events.isEmpty, "a stream that is not a request ends with an error")
        }
    }

    @Test func `takes heads longer than one piece and many pipelined requests at once`() {
        let long = get((0..<90).map { "X-\($0): \(String(repeating: "v", count: 300))" }.joined(separator: "\r\n"))
        let input = String(repeating: long + get(), count: 3) + String(repeating: get(), count: 500)
        let events = ParserConversation.events(input)
        #expect(events.count == 506)
        #expect(events == ParserConversation.events(Array(input.utf8), pieceSize: 1000))
    }

    @Test(arguments: [
        ("", [String]()),
        ("\r\n", []),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / 1.1 keep [Host=a] \"\""]),
        ("GET", malformed(.truncated)),
        ("GET / HTTP/1.1\r\nHost: a\r\n", malformed(.truncated)),
        ("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\na", malformed(.truncated)),
        ("GARBAGE\r\n", malformed(.requestLine)),
    ])
    func `an end inside a request is an error`(_ input: String, _ expected: [String]) {
        #expect(ParserConversation.events(input, endsStream: true) == expected)
    }

    @Test func `tells which part of a request it waits for`() {
        var parser = RequestParser()
        var events: [RequestParser.Event] = []
        func feed(_ text: String) { parser.receive(Array(text.utf8).span, into: &events) }
        #expect(parser.isBetweenRequests)
        feed("\r\n")
        #expect(parser.isBetweenRequests, "an ignored empty line begins nothing")
        feed("P")
        #expect(!parser.isBetweenRequests && !parser.isReadingBody)
        feed("OST / HTTP/1.1\r\nHost: a\r\n")
        #expect(!parser.isBetweenRequests && !parser.isReadingBody)
        feed("Content-Length: 2\r\n\r\n")
        #expect(parser.isReadingBody)
        feed("hi")
        #expect(parser.isBetweenRequests && events.count == 1)
    }

    @Test func `finds headers whatever their case`() throws {
        var parser = RequestParser()
        var events: [RequestParser.Event] = []
        let input = get("AUTHORIZATION: Bearer x", "X-Twice: 1", "x-twice: 2", "Connection: Upgrade")
        parser.receive(Array(input.utf8).span, into: &events)
        guard case .request(let request)? = events.first else {
            Issue.record("no request")
            return
        }
        #expect(request.headerText(named: "authorization") == "Bearer x")
        #expect(request.headerText(named: "x-twice") == "1")
        #expect(request.headerCount(named: "x-twice") == 2)
        #expect(request.header(named: "x-none") == nil)
        #expect(request.headerCount == 5)
        #expect(request.wantsUpgrade)
        #expect(request.hasPath("/") && !request.hasPath("/x"))
    }
}
