// A value as it is handed to a database: the last form of a claim, variable or literal, already converted and checked.

internal import Base

package enum BoundValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    /// A number for a `numeric` column that no double is exactly, as its JSON text; a database that has only doubles takes
    /// the nearest one.
    case decimal(String)
    case text(String)
    case bytes([UInt8])
    /// A list, as the text of a JSON array: one parameter whatever its length.
    case list(String)

    /// Texts are the same if their bytes are: String's own `==` takes one spelling of a letter for another.
    package static func == (left: BoundValue, right: BoundValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let left), .integer(let right)): left == right
        case (.real(let left), .real(let right)): left == right
        case (.decimal(let left), .decimal(let right)): left == right
        case (.text(let left), .text(let right)), (.list(let left), .list(let right)): left.isIdentical(to: right)
        case (.bytes(let left), .bytes(let right)): left == right
        case (.null, _), (.integer, _), (.real, _), (.decimal, _), (.text, _), (.bytes, _), (.list, _): false
        }
    }
}
