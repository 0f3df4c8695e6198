// What a request may measure, checked while its bytes arrive. Each bound has its own error (`HTTPError`).

package struct HTTPLimits: Sendable, Hashable {
    /// Method, target and version, without the line's end (bytes).
    package var requestLineBytes: Int
    /// All header lines of a request with their ends, and likewise all trailer lines (bytes).
    package var headerBytes: Int
    /// Header lines, and likewise trailer lines.
    package var headerCount: Int
    /// Body after chunk decoding (bytes).
    package var bodyBytes: Int
    /// A chunk's size line with its extensions (bytes).
    package var chunkLineBytes: Int

    package init(
        requestLineBytes: Int = 8 * 1024, headerBytes: Int = 32 * 1024, headerCount: Int = 100,
        bodyBytes: Int = 1024 * 1024, chunkLineBytes: Int = 256
    ) {
        self.requestLineBytes = requestLineBytes
        self.headerBytes = headerBytes
        self.headerCount = headerCount
        self.bodyBytes = bodyBytes
        self.chunkLineBytes = chunkLineBytes
    }
}
