// How many rows a read ends at: the server's own limit, which is an error, and the rules' (`limits`), which cuts.
package import Planning

extension ReadPlan<Secured> {
    /// Rows, or groups, that a list is read up to: one more than the server allows shows that there are too many.
    package var mostRows: Int64 { min(rowLimit + 1, security.rowCap ?? .max) }

    /// Edges of one page, where the rules cut it; what is beyond is another page.
    package var pageCap: Int64? { security.rowCap.flatMap { $0 <= rowLimit ? $0 : nil } }
}
