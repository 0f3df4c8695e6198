// One entry of `limits`: how many rows a list of the collection has at most, for callers whom its condition admits (rules of
// the API, section 3). A guard of load: what is computed over rows sees all of them.
internal import Base
internal import Metadata
internal import Planning

struct RowLimitRule: Sendable, Hashable {
    /// Decided by the request alone.
    let condition: Condition
    let rows: Int64

    static func compile(
        _ node: RuleNode, _ collection: TrackedCollection, _ compiler: RuleCompiler
    ) -> [RowLimitRule] {
        (node.items() ?? []).compactMap { item in
            guard let section = item.section(required: ["when", "rows"]), let when = section["when"],
                let rowsNode = section["rows"]
            else { return nil }
            guard let rows = rowsNode.value.number?.int64, rows > 0 else {
                rowsNode.report("must be a whole number above 0")
                return nil
            }
            let scope = RuleScope(collection: collection, operation: .read, field: nil)
            guard let rule = RuleDecoder.decode(when), let condition = compiler.requestKnown(rule, scope) else {
                return nil
            }
            return RowLimitRule(condition: condition, rows: rows)
        }
    }

    /// The smallest that applies; one that is not decided does.
    static func rows(_ limits: [RowLimitRule], truths: [Truth]) -> Int64? {
        limits.filter { limit in
            var evaluation = Condition.Evaluation(truths: truths)
            return limit.condition.residue(&evaluation) != .alwaysFalse
        }.map(\.rows).min()
    }
}
