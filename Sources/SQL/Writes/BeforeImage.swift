// What the rows of an update were before it: values that its check compares with those after it. They are taken together with the
// keys of the rows, which are locked, and kept in the same slot (rules of the API, section 1.3).
internal import Metadata
internal import Planning
internal import Rules

/// The rows of such a slot as a table of the statement being lowered.
struct BeforeImage {
    let alias: String
    /// Columns of the key, which stand first.
    let keyCount: Int
    let values: [SecuredValue]

    func column(of value: SecuredValue) -> SQLExpression? {
        values.firstIndex(of: value).map { .column(alias: alias, name: "k\(keyCount + $0)") }
    }
}

extension SQLLowering {
    mutating func columns(_ values: [SecuredValue], _ scope: RowScope) -> [SQLColumn] {
        var columns: [SQLColumn] = []
        for value in values { columns.append(SQLColumn(self.value(value, scope))) }
        return columns
    }
}
