// What makes a write a secured one: which rows it may touch, what must be true of them afterwards, and what its errors may
// tell. Only this module makes a guard, so a write that was not secured cannot be lowered: the compiler says so.
package import Metadata
package import Planning

package typealias SecuredWrite = WritePlan<Secured>

package struct WriteGuard: PlanSecurity {
    /// On the stored row, in the writing statement: rows for which it is not true are left alone.
    package let filter: SecuredPredicate
    /// On the row written, in the same transaction: one for which it is not true refuses the mutation.
    package let check: SecuredPredicate
    /// Fields that the caller may read in clear: a constraint over others is not named in an error.
    package let disclosed: Set<Int>

    package func describe(in catalog: Catalog) -> [String] {
        let predicates = RowPredicateText(catalog: catalog)
        var lines: [String] = []
        if filter != .alwaysTrue { lines.append("rule \(predicates.text(filter))") }
        if check != .alwaysTrue { lines.append("check \(predicates.text(check))") }
        return lines
    }
}
