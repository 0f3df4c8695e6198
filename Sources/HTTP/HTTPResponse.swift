// A response as handlers make it. Length, date and connection headers are the encoder's business.

package import Base

package struct HTTPHeader: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What a response's `Content-Type` says.
package enum ContentType: Sendable, Hashable {
    case json
    case graphQLResponse
    case html
    case text
    case other(String)

    var text: StaticString? {
        switch self {
        case .json: "application/json; charset=utf-8"
        case .graphQLResponse: "application/graphql-response+json; charset=utf-8"
        case .html: "text/html; charset=utf-8"
        case .text: "text/plain; charset=utf-8"
        case .other: nil
        }
    }
}

package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    /// nil: no `Content-Type`.
    package var contentType: ContentType?
    /// Further headers; not `Content-Length`, `Content-Type`, `Date` or `Connection`.
    package var headers: [HTTPHeader]
    package var body: [UInt8]
    /// Whether the connection ends after this response, whatever the client wishes.
    package var closesConnection: Bool

    package init(
        status: HTTPStatus = .ok, contentType: ContentType? = .json, headers: [HTTPHeader] = [], body: [UInt8] = [],
        closesConnection: Bool = false
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
        self.closesConnection = closesConnection
    }

    /// The buffer's bytes become the body without being copied.
    package init(
        status: HTTPStatus = .ok, contentType: ContentType? = .json, headers: [HTTPHeader] = [], body: ByteBuffer,
        closesConnection: Bool = false
    ) {
        self.init(
            status: status, contentType: contentType, headers: headers, body: body.bytes,
            closesConnection: closesConnection)
    }

    package init(status: HTTPStatus, text: String) {
        self.init(status: status, contentType: .text, body: Array(text.utf8))
    }
}
