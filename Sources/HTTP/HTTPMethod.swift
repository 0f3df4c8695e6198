// Request methods and protocol versions this server knows. https://www.rfc-editor.org/rfc/rfc9110#section-9

package enum HTTPMethod: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// Methods are case-sensitive. nil: not implemented here (CONNECT and TRACE among them, on purpose).
    init?(_ bytes: Span<UInt8>) {
        // Without a String: this runs for every request.
        func matches(_ name: StaticString) -> Bool { bytes.equals(name) }
        switch bytes.count {
        case 3 where matches("GET"): self = .get
        case 3 where matches("PUT"): self = .put
        case 4 where matches("POST"): self = .post
        case 4 where matches("HEAD"): self = .head
        case 5 where matches("PATCH"): self = .patch
        case 6 where matches("DELETE"): self = .delete
        case 7 where matches("OPTIONS"): self = .options
        default: return nil
        }
    }
}

package enum HTTPVersion: Sendable, Hashable {
    case http10
    case http11
}
