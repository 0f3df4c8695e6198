// One HTTP call of the gateway, and what came of it. Redirects are answers like any other: none is followed.

package struct OutboundRequest: Sendable {
    package enum Method: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
    }

    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method: Method
    /// `http` or `https`.
    package var url: String
    package var headers: [Header]
    /// Sent with POST.
    package var body: [UInt8]
    /// From begin to end, name lookup and connecting included.
    package var timeout: Duration
    /// Bytes of an answer's body and head; a longer answer is none.
    package var responseLimit: Int

    package init(
        _ method: Method, _ url: String, headers: [Header] = [], body: [UInt8] = [], timeout: Duration = .seconds(10),
        responseLimit: Int = 1 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.responseLimit = responseLimit
    }

    /// What keeps it from being sent: a line break in a header would be another header.
    var fault: String? {
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(Self.isTokenByte) else {
                return "\"\(header.name)\" is not the name of a header"
            }
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                return "the value of the header \"\(header.name)\" has control characters"
            }
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return "the URL has characters no URL has" }
        return nil
    }

    /// RFC 9110 section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

package struct OutboundResponse: Sendable {
    package let status: Int
    /// In the order they came; names as they were written.
    package let headers: [OutboundRequest.Header]
    package let body: [UInt8]

    package init(status: Int, headers: [OutboundRequest.Header], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of a name, in any case (RFC 9110 section 5.1).
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why there is no answer. The text is for the operator: it may name hosts and addresses.
package struct OutboundFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The request is none, or its URL is.
        case invalidRequest
        /// The name leads to an address that calls must not reach.
        case forbiddenAddress
        /// No name, no connection, no TLS session, or one that broke.
        case unreachable
        case timeout
        case responseTooLarge
        /// The caller gave up.
        case cancelled
    }

    package let kind: Kind
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
