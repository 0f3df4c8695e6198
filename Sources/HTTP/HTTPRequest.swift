// A complete request as handlers see it: the head's bytes with ranges into them, and the body. Nothing is copied out
// of the head until someone asks. https://www.rfc-editor.org/rfc/rfc9112

package struct HTTPRequest: Sendable {
    /// The body after chunk decoding; empty when there was none.
    package let body: [UInt8]
    /// Where somebody wants to know what becomes of it.
    package var note: RequestNote?
    private let head: RequestHead

    init(head: RequestHead, body: consuming [UInt8]) {
        self.head = head
        self.body = body
    }

    package var method: HTTPMethod { head.line.method }
    package var version: HTTPVersion { head.line.version }
    /// Whether the client lets the connection live after the response.
    package var isKeepAlive: Bool { head.framing.isKeepAlive(version) }
    /// Whether the client asked for another protocol (`Connection: upgrade`).
    package var wantsUpgrade: Bool { head.framing.asksUpgrade }

    /// The request target as it came.
    package var target: ArraySlice<UInt8> { bytes(head.line.target) }

    /// The target's path, percent-encoded as it came, without the query; never empty.
    package var path: ArraySlice<UInt8> { bytes(head.line.path) }

    /// What follows the question mark, still encoded; nil without one.
    package var query: ArraySlice<UInt8>? { head.line.query.map(bytes) }

    package func hasPath(_ path: StaticString) -> Bool {
        head.hasPath(path)
    }

    /// The query's `name=value` pairs, decoded; empty without a query.
    package func queryFields() throws(FormFields.Malformed) -> FormFields {
        guard let query else { return FormFields() }
        return try FormFields(decoding: query)
    }

    /// Value of the first header of that name, without surrounding blanks. The name is given in lower case.
    package func header(named lowercase: StaticString) -> ArraySlice<UInt8>? {
        head.fields.first { head.matches($0, lowercase) }.map { bytes($0.valueStart..<$0.valueEnd) }
    }

    /// The same as text; nil also when the bytes are not UTF-8.
    package func headerText(named lowercase: StaticString) -> String? {
        header(named: lowercase).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// How many headers of that name there are: what must be single (credentials) is checked with this.
    package func headerCount(named lowercase: StaticString) -> Int {
        head.fields.count { head.matches($0, lowercase) }
    }

    /// Number of headers.
    package var headerCount: Int { head.fields.count }

    /// Every header in order, name as it was spelt.
    package func forEachHeader(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void) {
        for field in head.fields {
            body(bytes(field.nameStart..<field.nameEnd), bytes(field.valueStart..<field.valueEnd))
        }
    }

    /// The value of every header of that name, in order, without surrounding blanks. The name is given in lower case.
    package func forEachHeader(named lowercase: StaticString, _ body: (_ value: ArraySlice<UInt8>) -> Void) {
        for field in head.fields where head.matches(field, lowercase) { body(bytes(field.valueStart..<field.valueEnd)) }
    }

    private func bytes(_ range: Range<UInt32>) -> ArraySlice<UInt8> {
        head.bytes[Int(range.lowerBound)..<Int(range.upperBound)]
    }
}
