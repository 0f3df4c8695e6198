// `where` and `check`: a row filter in the API's own `where` grammar (dialect of the API, section 4) on the stored row, or
// on the row as the write leaves it, with database column names and variables as leaves.
internal import Base
internal import Metadata
internal import Planning

struct WhereRule: Sendable, Hashable {
    let filter: JSONValue
    let image: RowImage
    let location: RuleLocation

    static func decode(_ node: RuleNode, image: RowImage) -> WhereRule? {
        guard let filter = node.section(required: ["rule", "where"])?["where"] else { return nil }
        guard filter.value.object != nil else {
            filter.report("must be an object, not \(filter.value.kindName)")
            return nil
        }
        return WhereRule(filter: filter.value, image: image, location: filter.location)
    }

    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> Condition? {
        switch image {
        case .stored where !scope.operation.hasStoredRow:
            compiler.problems.report(
                location, "where has no meaning in a rule for create: there is no stored row", suggestion: "use check")
            return nil
        case .written where !scope.operation.hasWrittenRow:
            compiler.problems.report(
                location, "check has no meaning in a rule for \(scope.operation.rawValue): nothing is written",
                suggestion: "use where")
            return nil
        case .stored, .written: break
        }
        let reader = WhereReader(scope: scope, subject: .row(image), compiler: compiler)
        return reader.object(compiler.node(filter, location), scope.collection, isTop: true)
    }
}
