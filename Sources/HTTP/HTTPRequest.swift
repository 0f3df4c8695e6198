// A complete request as handlers see it: the head's bytes with ranges into them, and the body. Nothing is copied out
// of the head until someone asks. https://www.rfc-editor.org/rfc/rfc9112

/// One header line as ranges of the head's bytes.
struct HeaderField: Sendable {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
}

package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    package let version: HTTPVersion
    /// The body after chunk decoding; empty when there was none.
    package let body: [UInt8]
    /// Whether the client lets the connection live after the response.
    package let isKeepAlive: Bool
    /// Whether the client asked for another protocol (`Connection: upgrade`).
    package let wantsUpgrade: Bool

    /// Request line and headers as they came.
    private let head: [UInt8]
    private let fields: [HeaderField]
    private let targetRange: Range<UInt32>
    private let pathRange: Range<UInt32>
    private let queryRange: Range<UInt32>?

    init(
        line: RequestLine, head: consuming [UInt8], fields: consuming [HeaderField], body: consuming [UInt8],
        isKeepAlive: Bool, wantsUpgrade: Bool
    ) {
        method = line.method
        version = line.version
        targetRange = line.target
        pathRange = line.path
        queryRange = line.query
        self.head = head
        self.fields = fields
        self.body = body
        self.isKeepAlive = isKeepAlive
        self.wantsUpgrade = wantsUpgrade
    }

    /// The request target as it came.
    package var target: ArraySlice<UInt8> { bytes(targetRange) }

    /// The target's path, percent-encoded as it came, without the query; never empty.
    package var path: ArraySlice<UInt8> { bytes(pathRange) }

    /// What follows the question mark, still encoded; nil without one.
    package var query: ArraySlice<UInt8>? { queryRange.map(bytes) }

    package func hasPath(_ path: StaticString) -> Bool {
        head.span.extracting(Int(pathRange.lowerBound)..<Int(pathRange.upperBound)).equals(path)
    }

    /// The query's `name=value` pairs, decoded; empty without a query.
    package func queryFields() throws(FormFields.Malformed) -> FormFields {
        guard let query else { return FormFields() }
        return try FormFields(decoding: query)
    }

    /// Value of the first header of that name, without surrounding blanks. The name is given in lower case.
    package func header(named lowercase: StaticString) -> ArraySlice<UInt8>? {
        let span = head.span
        for field in fields where Self.matches(field, span, lowercase) {
            return bytes(field.valueStart..<field.valueEnd)
        }
        return nil
    }

    /// The same as text; nil also when the bytes are not UTF-8.
    package func headerText(named lowercase: StaticString) -> String? {
        header(named: lowercase).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// How many headers of that name there are: what must be single (credentials) is checked with this.
    package func headerCount(named lowercase: StaticString) -> Int {
        let span = head.span
        var count = 0
        for field in fields where Self.matches(field, span, lowercase) { count += 1 }
        return count
    }

    /// Number of headers.
    package var headerCount: Int { fields.count }

    /// Every header in order, name as it was spelt.
    package func forEachHeader(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void) {
        for field in fields {
            body(bytes(field.nameStart..<field.nameEnd), bytes(field.valueStart..<field.valueEnd))
        }
    }

    private static func matches(_ field: HeaderField, _ head: Span<UInt8>, _ lowercase: StaticString) -> Bool {
        Int(field.nameEnd - field.nameStart) == lowercase.utf8CodeUnitCount
            && head.extracting(Int(field.nameStart)..<Int(field.nameEnd)).equalsIgnoringCase(lowercase)
    }

    private func bytes(_ range: Range<UInt32>) -> ArraySlice<UInt8> {
        head[Int(range.lowerBound)..<Int(range.upperBound)]
    }
}
