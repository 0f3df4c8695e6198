// How large an answer may be, said to the database: libpq takes a row whole, whatever its size, before anyone can look at it, so
// an answer that is too large must not be sent.

enum AnswerBound {
    /// Bytes that a value takes besides its own. Of nulls, which take none, as many are granted to the others.
    private static let header = 4

    /// The statement, answering no row at all where its one row has more than `bytes`. That is a comparison for each run (half
    /// a microsecond); an error that says so would be looked up in the catalogue each time. OFFSET keeps the planner from
    /// computing the answer twice.
    /// - Parameter text: a select of that many columns, without an OFFSET of its own.
    static func bounded(_ text: String, cells: Int, bytes: Int) -> String {
        let names = (0..<cells).map { "\"c\($0)\"" }
        let sizes = names.map { "coalesce(pg_column_size(\"a\".\($0)), 0)" }.joined(separator: "::int8 + ")
        let most = bytes + cells * header
        return
            "SELECT \"a\".* FROM (\(text) OFFSET 0) AS \"a\" (\(names.joined(separator: ", "))) WHERE (\(sizes) <= \(most))"
    }
}
