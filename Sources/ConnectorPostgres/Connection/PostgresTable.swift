// Rows as texts, for what the gateway looks at itself: the catalogue, keys of rows that were written, counts.

internal import Connectors
internal import Planning
internal import SQL

struct PostgresTable: Sendable {
    let rows: [[String?]]
    /// Oid of each column's type.
    let types: [UInt32]
    /// Rows that a command changed.
    let changes: Int

    var written: WriteRun.Result {
        WriteRun.Result(rows: rows.map { row in zip(row, types).map { Self.value($0, type: $1) } }, changes: changes)
    }

    /// Integers and truth values as such, for they are compared with values that were sent; anything else as its text.
    private static func value(_ text: String?, type: UInt32) -> BoundValue {
        guard let text else { return .null }
        switch type {
        // int8, int2, int4
        case 20, 21, 23: return Int64(text).map { .integer($0) } ?? .text(text)
        // bool
        case 16: return .integer(text == "t" ? 1 : 0)
        default: return .text(text)
        }
    }
}
