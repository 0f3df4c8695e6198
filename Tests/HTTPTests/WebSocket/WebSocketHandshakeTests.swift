// The opening handshake: who is let in, who is refused and how, and what is agreed upon.

import HTTP
import Testing

@testable import HTTP

private func request(_ text: String) -> HTTPRequest? {
    var parser = RequestParser()
    var events: [RequestParser.Event] = []
    let bytes = Array(text.utf8)
    parser.receive(bytes.span, into: &events)
    guard case .request(let request)? = events.first else { return nil }
    return request
}

private let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
private let version = "Sec-WebSocket-Version: 13"

/// The usual request with these lines more; those named in `without` are left out.
private func upgrade(_ more: String..., without: String = "-", start: String = "GET /v1/graphql HTTP/1.1")
    -> HTTPRequest?
{
    let usual = ["Host: example.org", "Connection: keep-alive, Upgrade", "Upgrade: websocket", key, version]
    let lines = usual.filter { !$0.hasPrefix(without) } + more
    return request(start + "\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n")
}

private func check(_ request: HTTPRequest?, _ terms: WebSocketTerms = WebSocketTerms()) throws -> WebSocketHandshake {
    try WebSocketHandshake.check(try #require(request), terms)
}

struct WebSocketHandshakeTests {
    @Test func `accepts the request of the standard with the key of the standard`() throws {
        let handshake = try check(upgrade())
        #expect(handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(
            handshake.headers == [
                HTTPHeader("Upgrade", "websocket"), HTTPHeader("Connection", "Upgrade"),
                HTTPHeader("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ])
    }

    @Test func `tells whether a WebSocket is asked for`() throws {
        #expect(WebSocketHandshake.isAsked(by: try #require(upgrade())))
        #expect(WebSocketHandshake.isAsked(by: try #require(upgrade("Upgrade: h2c, WebSocket", without: "Upgrade"))))
        #expect(!WebSocketHandshake.isAsked(by: try #require(upgrade("Upgrade: h2c", without: "Upgrade"))))
        #expect(!WebSocketHandshake.isAsked(by: try #require(upgrade(without: "Connection"))))
        #expect(!WebSocketHandshake.isAsked(by: try #require(upgrade(without: "Upgrade"))))
    }

    @Test(arguments: [
        (upgrade(start: "POST / HTTP/1.1"), WebSocketRefusal.method, 405),
        (upgrade(start: "GET / HTTP/1.0"), .version, 400),
        (upgrade(without: "Connection"), .notUpgrade, 426),
        (upgrade(without: "Upgrade"), .notUpgrade, 426),
        (upgrade(without: "Sec-WebSocket-Key"), .key, 400),
        (upgrade(key), .key, 400),
        (upgrade("Sec-WebSocket-Key: dGhlIHNhbXBsZQ==", without: "Sec-WebSocket-Key"), .key, 400),
        (upgrade("Sec-WebSocket-Key: ?", without: "Sec-WebSocket-Key"), .key, 400),
        (upgrade(without: "Sec-WebSocket-Version"), .protocolVersion, 426),
        (upgrade("Sec-WebSocket-Version: 8", without: "Sec-WebSocket-Version"), .protocolVersion, 426),
        (upgrade(version), .protocolVersion, 426),
        (upgrade("Sec-WebSocket-Extensions: permessage-deflate; =1"), .extensions, 400),
        (upgrade("Origin: https://evil.example"), .origin, 403),
        (upgrade("Origin: null"), .origin, 403),
        (upgrade("Origin: https://example.org", "Origin: https://example.org"), .origin, 403),
    ])
    func `refuses`(_ request: HTTPRequest?, _ refusal: WebSocketRefusal, _ status: Int) throws {
        #expect(throws: refusal) { try check(request) }
        #expect(refusal.status.code == status)
        if refusal == .protocolVersion { #expect(refusal.headers.contains(HTTPHeader("Sec-WebSocket-Version", "13"))) }
        if status == 426 { #expect(refusal.headers.contains(HTTPHeader("Upgrade", "websocket"))) }
    }

    @Test(
        arguments: [
            // (origin, host, listed, allowed)
            (nil, "example.org", [], true),
            ("https://example.org", "example.org", [], true),
            ("HTTPS://Example.ORG", "example.org", [], true),
            ("http://localhost:8080", "localhost:8080", [], true),
            ("http://localhost:3000", "localhost:8080", [], false),
            ("https://example.org", "example.org:443", [], true),
            ("https://example.org", "example.org:80", [], false),
            ("http://example.org", "example.org:80", [], true),
            ("https://example.org.evil.example", "example.org", [], false),
            ("https://evil-example.org", "example.org", [], false),
            ("example.org", "example.org", [], false),
            ("null", "example.org", [], false),
            ("", "example.org", [], false),
            ("https://app.example", "api.example", ["https://app.example"], true),
            ("https://APP.example", "api.example", ["https://App.example"], true),
            ("http://app.example", "api.example", ["https://app.example"], false),
            ("null", "api.example", ["null"], true),
            ("https://any.example", "api.example", ["*"], true),
            ("https://any.example", nil, [], false),
        ] as [(String?, String?, [String], Bool)])
    func `lets in pages of its own host and those that are listed`(
        _ origin: String?, _ host: String?, _ listed: [String], _ isAllowed: Bool
    ) {
        #expect(AllowedOrigins(listed).allows(origin, host: host) == isAllowed)
    }

    @Test func `takes the client's first sub-protocol that it speaks`() throws {
        let terms = WebSocketTerms(subprotocols: ["graphql-ws", "graphql-transport-ws"])
        let offer = upgrade("Sec-WebSocket-Protocol: soap, graphql-transport-ws", "Sec-WebSocket-Protocol: graphql-ws")
        let handshake = try check(offer, terms)
        #expect(handshake.subprotocol == "graphql-transport-ws")
        #expect(handshake.offeredSubprotocols == ["soap", "graphql-transport-ws", "graphql-ws"])
        #expect(handshake.headers.contains(HTTPHeader("Sec-WebSocket-Protocol", "graphql-transport-ws")))
        #expect(try check(upgrade("Sec-WebSocket-Protocol: soap"), terms).subprotocol == nil)
        #expect(try check(upgrade(), terms).subprotocol == nil)
    }

    // MARK: Compression

    private static let takeover = WebSocketCompression(contextTakeover: true)
    private static let plain = WebSocketCompression()
    private static let narrow = WebSocketCompression(contextTakeover: true, windowBits: 10)

    @Test(
        arguments: [
            ("permessage-deflate", takeover, "permessage-deflate"),
            ("permessage-deflate", plain, "permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
            ("permessage-deflate; client_max_window_bits", takeover, "permessage-deflate"),
            (
                "permessage-deflate; client_max_window_bits=10", takeover,
                "permessage-deflate; client_max_window_bits=10"
            ),
            (
                "permessage-deflate; client_max_window_bits", narrow,
                "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10"
            ),
            ("permessage-deflate", narrow, "permessage-deflate; server_max_window_bits=10"),
            (
                "permessage-deflate; server_max_window_bits=9; server_no_context_takeover", takeover,
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"
            ),
            (
                "permessage-deflate; server_max_window_bits=15", takeover,
                "permessage-deflate; server_max_window_bits=15"
            ),
            (
                "permessage-deflate; client_no_context_takeover", takeover,
                "permessage-deflate; client_no_context_takeover"
            ),
            (
                "permessage-deflate; client_max_window_bits=\"12\"", takeover,
                "permessage-deflate; client_max_window_bits=12"
            ),
            // zlib cannot deflate with so small a window: the next offer is taken.
            ("permessage-deflate; server_max_window_bits=8", takeover, nil),
            ("permessage-deflate; server_max_window_bits=8, permessage-deflate", takeover, "permessage-deflate"),
            ("foo, , permessage-deflate ,", takeover, "permessage-deflate"),
            ("foo; a=1; b", takeover, nil),
            ("permessage-deflate; server_max_window_bits", takeover, nil),
            ("permessage-deflate; server_max_window_bits=16", takeover, nil),
            ("permessage-deflate; server_max_window_bits=09", takeover, nil),
            ("permessage-deflate; client_max_window_bits=7", takeover, nil),
            ("permessage-deflate; server_no_context_takeover=1", takeover, nil),
            ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", takeover, nil),
            ("permessage-deflate; unknown", takeover, nil),
        ] as [(String, WebSocketCompression, String?)])
    func `agrees upon compression`(_ offer: String, _ wishes: WebSocketCompression, _ expected: String?) throws {
        let handshake = try check(
            upgrade("Sec-WebSocket-Extensions: \(offer)"), WebSocketTerms(compression: wishes))
        #expect(handshake.deflate?.header == expected)
        #expect(
            handshake.headers.last == expected.map { HTTPHeader("Sec-WebSocket-Extensions", $0) }
                ?? handshake.headers[2])
    }

    @Test func `agrees upon no compression where none is wanted`() throws {
        #expect(try check(upgrade("Sec-WebSocket-Extensions: permessage-deflate")).deflate == nil)
    }

    @Test(arguments: [
        "permessage-deflate;", "permessage-deflate; a=", "a b", "a; b=\"", "a; b=\"\"", "a; b=\"x y\"", "a; b=\"\\",
        "@",
        "a=1", ";a",
    ])
    func `refuses what is not a list of extensions`(_ text: String) {
        #expect(ExtensionOffer.list(Array(text.utf8)[...]) == nil)
    }
}
