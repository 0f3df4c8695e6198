// What a statement answers: one row of cells, each the JSON text of one root field. The bytes are the database's own;
// nobody decodes them on the way to the socket.

package struct Rows: Sendable {
    /// The cells one after the other, or the whole response where they came with a frame.
    package let bytes: [UInt8]
    /// One range of `bytes` for each cell; `nil` where the database answered null. Empty where there is a frame, unless
    /// there are failures: then the frame is left out.
    package let cells: [Range<Int>?]
    /// Whether a list in them had too many rows: a `FailureMark` stands in its place, which no client may see.
    package let hasFailures: Bool

    package init(bytes: [UInt8], cells: [Range<Int>?], hasFailures: Bool = false) {
        self.bytes = bytes
        self.cells = cells
        self.hasFailures = hasFailures
    }
}

/// What a connector may write in the place of a list that has more rows than it may, where the rest of the statement's
/// answer is still good: this byte, then the list's place in the request (`ReadPlan.errorPath`) as a JSON string. JSON
/// text holds control characters only as escapes, so nothing that is stored can look like it.
package enum FailureMark {
    package static let byte: UInt8 = 0x01
}

/// The JSON text around the cells of a statement that answers a whole request. A connector that is given one writes the
/// response while it takes the cells from the database, so that they are copied once.
package struct AnswerFrame: Sendable {
    /// What stands before the first cell, between two cells, and after the last.
    package let pieces: [[UInt8]]
    /// Bytes of all pieces.
    package let count: Int

    package init(pieces: [[UInt8]]) {
        self.pieces = pieces
        count = pieces.reduce(0) { $0 + $1.count }
    }
}
