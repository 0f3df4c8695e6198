// The opening handshake from the server's side: a request that asks for a WebSocket is either accepted, with the headers of
// the answer, or refused with the status that tells why. Pure: who may come (authentication) is asked elsewhere.
// https://www.rfc-editor.org/rfc/rfc6455#section-4.2

internal import Base
internal import COpenSSL

/// What the server is willing to agree to.
package struct WebSocketTerms: Sendable {
    /// Sub-protocols it speaks.
    package var subprotocols: [String]
    /// Whose pages may connect.
    package var origins: AllowedOrigins
    /// `nil`: messages are not compressed.
    package var compression: WebSocketCompression?

    package init(
        subprotocols: [String] = [], origins: AllowedOrigins = AllowedOrigins(),
        compression: WebSocketCompression? = nil
    ) {
        self.subprotocols = subprotocols
        self.origins = origins
        self.compression = compression
    }
}

/// Pages that may open a WebSocket: those of the request's own host, and those that are listed. A browser tells the page's
/// origin and sends its cookies whatever the page is, so this check is what stands between a foreign page and the API.
package struct AllowedOrigins: Sendable, Hashable {
    /// As browsers send them: `https://app.example.org`, with a port unless it is the scheme's. `*` is any, `null` a page
    /// without an origin (a file, a sandboxed frame). In lower case.
    private let listed: Set<String>

    package init(_ listed: [String] = []) {
        self.listed = Set(listed.map { $0.lowercased() })
    }

    /// - Parameters:
    ///   - origin: the value of `Origin`; clients that are no browsers send none.
    ///   - host: the value of `Host`.
    package func allows(_ origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if listed.contains("*") || listed.contains(origin) { return true }
        guard let host = host?.lowercased(), !host.isEmpty else { return false }
        // The scheme is not compared: behind a proxy that ends TLS the server does not know its own.
        for scheme in ["https://", "http://"] where origin.hasPrefix(scheme) {
            let authority = origin.dropFirst(scheme.count)
            let standardPort = scheme == "https://" ? ":443" : ":80"
            return authority == host || authority + standardPort == host
        }
        return false
    }
}

/// Why a request is not answered with a WebSocket.
package enum WebSocketRefusal: Error, Sendable, Hashable {
    case method
    case version
    case notUpgrade
    case key
    case protocolVersion
    case extensions
    case body
    case origin

    package var status: HTTPStatus {
        switch self {
        case .method: .methodNotAllowed
        case .version, .key, .extensions, .body: .badRequest
        case .notUpgrade, .protocolVersion: .upgradeRequired
        case .origin: .forbidden
        }
    }

    /// What the response must say beside its status.
    package var headers: [HTTPHeader] {
        switch self {
        case .method: [HTTPHeader("Allow", "GET")]
        case .protocolVersion: [HTTPHeader("Sec-WebSocket-Version", "13"), HTTPHeader("Upgrade", "websocket")]
        case .notUpgrade: [HTTPHeader("Upgrade", "websocket")]
        case .version, .key, .extensions, .body, .origin: []
        }
    }

    package var message: String {
        switch self {
        case .method: "A WebSocket is opened with GET."
        case .version: "A WebSocket is opened with HTTP/1.1."
        case .notUpgrade:
            "This address is a WebSocket: send \"Connection: Upgrade\" and \"Upgrade: websocket\"."
        case .key: "Sec-WebSocket-Key must be there once: 16 bytes in base64."
        case .protocolVersion:
            "The version of the WebSocket protocol is not supported; use \"Sec-WebSocket-Version: 13\"."
        case .extensions: "Sec-WebSocket-Extensions is not a list of extensions."
        case .body: "A request that opens a WebSocket has no body."
        case .origin: "Pages of this origin may not open a WebSocket here; \"server.origins\" lists those that may."
        }
    }
}

package struct WebSocketHandshake: Sendable {
    /// The value of `Sec-WebSocket-Accept`.
    package let accept: String
    /// The first of the client's sub-protocols that the server speaks; `nil` where there is none.
    package let subprotocol: String?
    /// All that the client offered, in its order.
    package let offeredSubprotocols: [String]
    package let deflate: DeflateParameters?
    package let compression: WebSocketCompression?

    /// Whether the request asks for a WebSocket at all; `check` tells what is wrong with one that does.
    package static func isAsked(by request: HTTPRequest) -> Bool {
        request.wantsUpgrade && names(request, "upgrade").contains { $0.lowercased() == "websocket" }
    }

    package static func check(
        _ request: HTTPRequest, _ terms: WebSocketTerms
    ) throws(WebSocketRefusal) -> WebSocketHandshake {
        guard request.method == .get else { throw .method }
        guard request.version == .http11 else { throw .version }
        guard isAsked(by: request) else { throw .notUpgrade }
        guard request.body.isEmpty else { throw .body }
        guard request.headerCount(named: "sec-websocket-version") == 1,
            request.headerText(named: "sec-websocket-version") == "13"
        else { throw .protocolVersion }
        guard request.headerCount(named: "sec-websocket-key") == 1,
            let key = request.headerText(named: "sec-websocket-key"), Base64.decode(key)?.count == 16
        else { throw .key }
        guard request.headerCount(named: "origin") <= 1 else { throw .origin }
        let origin = request.header(named: "origin").map { String(decoding: $0, as: UTF8.self) }
        guard terms.origins.allows(origin, host: request.headerText(named: "host")) else { throw .origin }
        var offers: [ExtensionOffer] = []
        var isGrammatical = true
        request.forEachHeader(named: "sec-websocket-extensions") { value in
            if let more = ExtensionOffer.list(value) { offers += more } else { isGrammatical = false }
        }
        guard isGrammatical else { throw .extensions }
        let deflate = terms.compression.flatMap { DeflateParameters.negotiate(offers, $0) }
        let offered = names(request, "sec-websocket-protocol")
        return WebSocketHandshake(
            accept: accept(key), subprotocol: offered.first { terms.subprotocols.contains($0) },
            offeredSubprotocols: offered, deflate: deflate, compression: deflate == nil ? nil : terms.compression)
    }

    /// The headers of the 101 response.
    package var headers: [HTTPHeader] {
        var headers = [
            HTTPHeader("Upgrade", "websocket"), HTTPHeader("Connection", "Upgrade"),
            HTTPHeader("Sec-WebSocket-Accept", accept),
        ]
        if let subprotocol { headers.append(HTTPHeader("Sec-WebSocket-Protocol", subprotocol)) }
        if let deflate { headers.append(HTTPHeader("Sec-WebSocket-Extensions", deflate.header)) }
        return headers
    }

    /// base64(SHA-1(key + the protocol's own identifier)): shows that the server understood, and protects nothing.
    static func accept(_ key: String) -> String {
        let bytes = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        _ = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil)
        return Base64.encode(digest)
    }

    /// The elements of all headers of that name.
    private static func names(_ request: HTTPRequest, _ header: StaticString) -> [String] {
        var names: [String] = []
        request.forEachHeader(named: header) { value in
            for element in value.split(separator: UInt8(ascii: ",")) {
                let name = String(decoding: element.filter { !$0.isBlank }, as: UTF8.self)
                if !name.isEmpty { names.append(name) }
            }
        }
        return names
    }
}
