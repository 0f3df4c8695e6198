// What a statement answers: one row of cells, each the JSON text of one root field. The bytes are the database's own;
// nobody decodes them on the way to the socket.

package struct Rows: Sendable {
    /// The cells one after the other, or the whole response where they came with a frame.
    package let bytes: [UInt8]
    /// One range of `bytes` for each cell; `nil` where the database answered null. Empty where there is a frame.
    package let cells: [Range<Int>?]

    package init(bytes: [UInt8], cells: [Range<Int>?]) {
        self.bytes = bytes
        self.cells = cells
    }
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
