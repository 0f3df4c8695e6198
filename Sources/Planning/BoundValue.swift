// A value as it is handed to a database: the last form of a claim, variable or literal, already converted and checked.

package enum BoundValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    /// A list, as the text of a JSON array: one parameter whatever its length.
    case list(String)
}
