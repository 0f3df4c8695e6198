// How many rows a page takes and skips. A number that stands in the document is one in the statement where the planner of
// the database chooses by it; else a parameter, so that a statement serves every number.
internal import Planning

extension SQLLowering {
    /// What the request asks for, and `extra` rows more, but no more than `most`.
    func bounded(_ limit: Parameter?, plus extra: Int64 = 0, most: Int64) -> SQLExpression {
        guard let limit else { return .integer(most) }
        if let rows = known(limit) { return .integer(min(rows + extra, most)) }
        let value = SQLExpression.parameter(limit)
        return Dialect.smaller(extra == 0 ? value : .infix(value, .plus, .integer(extra)), .integer(most))
    }

    func count(_ rows: Parameter) -> SQLExpression {
        known(rows).map { .integer($0) } ?? .parameter(rows)
    }

    /// What is no count stays a parameter: binding it is the error that says where it stands.
    private func known(_ rows: Parameter) -> Int64? {
        guard Dialect.plansByCounts, case .constant(let text) = rows.origin, let count = Int32(text), count >= 0 else {
            return nil
        }
        return Int64(count)
    }
}
