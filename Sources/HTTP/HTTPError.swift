// Everything for which a request is answered before any handler sees it: broken framing, a limit, a deadline. After
// each of them the connection is closed, since nothing says where the next request would begin.

package enum HTTPError: Error, Sendable, Hashable {
    case malformed(Malformation)
    case requestLineTooLong(limit: Int)
    case headersTooLarge(limit: Int)
    case tooManyHeaders(limit: Int)
    case bodyTooLarge(limit: Int)
    case methodNotImplemented
    case transferCodingNotImplemented
    case versionNotSupported
    case expectationFailed
    /// The head did not arrive in time.
    case headTimeout
    /// The body did not arrive in time.
    case bodyTimeout
    /// Plain HTTP where TLS is spoken.
    case plainTextOnSecurePort
    /// The server serves as many connections as it may.
    case tooManyConnections(limit: Int)

    /// What exactly breaks the grammar of RFC 9112.
    package enum Malformation: String, Sendable, Hashable, CaseIterable {
        case requestLine = "the request line is not \"METHOD target HTTP/1.1\""
        case target = "the request target is not a path, a query and visible ASCII"
        case lineEnd = "a line does not end in CR LF"
        case headerName = "a header name is empty or has a character that is not allowed"
        case headerValue = "a header value has a control character"
        case headerWithoutColon = "a header line has no colon"
        case foldedHeader = "a header line is folded"
        case missingHost = "there is no Host header"
        case repeatedHost = "there is more than one Host header"
        case host = "the Host header is not a host and port"
        case contentLength = "Content-Length is not a single decimal number"
        case repeatedContentLength = "there is more than one Content-Length"
        case lengthAndCoding = "there is both Content-Length and Transfer-Encoding"
        case transferCoding = "Transfer-Encoding does not end in a single \"chunked\""
        case codingInHTTP10 = "HTTP/1.0 has no Transfer-Encoding"
        case chunkSize = "a chunk size is not a hexadecimal number"
        case chunkEnd = "a chunk is not followed by CR LF"
        case truncated = "the connection ended inside the request"
    }

    package var status: HTTPStatus {
        switch self {
        case .malformed, .plainTextOnSecurePort: .badRequest
        case .requestLineTooLong: .uriTooLong
        case .headersTooLarge, .tooManyHeaders: .headerFieldsTooLarge
        case .bodyTooLarge: .contentTooLarge
        case .methodNotImplemented, .transferCodingNotImplemented: .notImplemented
        case .versionNotSupported: .versionNotSupported
        case .expectationFailed: .expectationFailed
        case .headTimeout, .bodyTimeout: .requestTimeout
        case .tooManyConnections: .serviceUnavailable
        }
    }

    /// For the caller: what is wrong, then what would be right.
    package var message: String {
        switch self {
        case .malformed(let what): "Malformed HTTP request: \(what.rawValue)."
        case .requestLineTooLong(let limit): "The request line is longer than \(limit) bytes."
        case .headersTooLarge(let limit): "The headers are larger than \(limit) bytes."
        case .tooManyHeaders(let limit): "There are more than \(limit) headers."
        case .bodyTooLarge(let limit): "The body is larger than \(limit) bytes."
        case .methodNotImplemented: "The method is not implemented; use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."
        case .transferCodingNotImplemented: "The transfer coding is not implemented; use \"chunked\" or Content-Length."
        case .versionNotSupported: "The HTTP version is not supported; use HTTP/1.1."
        case .expectationFailed: "The expectation is not supported; only \"100-continue\" is."
        case .headTimeout: "The request line and headers did not arrive in time."
        case .bodyTimeout: "The body did not arrive in time."
        case .plainTextOnSecurePort: "This port speaks HTTPS, and the request came as plain HTTP; use https://."
        case .tooManyConnections(let limit): "The server already serves \(limit) connections; try again later."
        }
    }

    /// Short machine-readable code, from the gateway's closed list.
    package var code: StaticString {
        switch self {
        case .malformed, .methodNotImplemented, .transferCodingNotImplemented, .versionNotSupported,
            .expectationFailed, .plainTextOnSecurePort:
            "bad-request"
        case .requestLineTooLong, .headersTooLarge, .tooManyHeaders, .bodyTooLarge: "limit-exceeded"
        case .headTimeout, .bodyTimeout: "timeout"
        case .tooManyConnections: "unavailable"
        }
    }
}
