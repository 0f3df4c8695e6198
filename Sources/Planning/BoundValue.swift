// A value as it is handed to a database: the last form of a claim, variable or literal, already converted and checked.

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
}
