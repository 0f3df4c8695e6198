// Words that stand for truth values in a database without such a type: programs store them beside 0 and 1, and what a column
// of booleans shows, compares and means in memory must be the same.

package enum BooleanWord {
    /// `true`, `t`, `1`, `false`, `f`, `0` in either case; `nil` for anything else.
    package static func value(of text: String) -> Bool? {
        guard text.utf8.count <= 5 else { return nil }
        switch text.lowercased() {
        case "true", "t", "1": return true
        case "false", "f", "0": return false
        default: return nil
        }
    }
}
