// What a statement answers: one row of cells, each the JSON text of one root field. The bytes are the database's own;
// nobody decodes them on the way to the socket.

package struct Rows: Sendable {
    package let bytes: [UInt8]
    /// One range of `bytes` for each cell; `nil` where the database answered null.
    package let cells: [Range<Int>?]

    package init(bytes: [UInt8], cells: [Range<Int>?]) {
        self.bytes = bytes
        self.cells = cells
    }
}
