// `query`: some row of a collection passes a filter (rules of the API, section 4). It sees all rows, whatever rules say of them,
// and tells only whether there is one: an EXISTS in the statement that the rule guards. Columns are those of the collection
// asked; `args.row` and `args.doc` are the row that the rule is about. Of another source no statement can ask both: it is asked
// once a request, before the plan is secured (`VerdictQuestion`), and no row of this one can be named.
internal import Base
internal import Metadata
internal import Planning

struct QueryRule: Sendable, Hashable {
    let collection: String
    let filter: JSONValue
    /// Which images of the row that the rule is about the filter names.
    let content: RuleContent
    let collectionLocation: RuleLocation
    let filterLocation: RuleLocation

    static func decode(_ node: RuleNode) -> QueryRule? {
        guard let section = node.section(required: ["rule", "collection", "where"]),
            let collectionNode = section["collection"], let filter = section["where"]
        else { return nil }
        guard filter.value.object != nil else {
            filter.report("must be an object, not \(filter.value.kindName)")
            return nil
        }
        guard let collection = collectionNode.string() else { return nil }
        return QueryRule(
            collection: collection, filter: filter.value, content: rows(filter.value),
            collectionLocation: collectionNode.location, filterLocation: filter.location)
    }

    /// `nil` after reporting.
    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> Condition? {
        let known = compiler.catalog.collections
        guard let target = known.first(where: { $0.name.description == collection }) else {
            compiler.node(.null, collectionLocation).report(
                unknown: "collection", collection, among: known.map(\.name.description))
            return nil
        }
        let isForeign = target.source != scope.collection.source
        guard !isForeign || content.isDisjoint(with: .bothRows) else {
            compiler.problems.report(
                filterLocation,
                "\"\(collection)\" is in another source, which is asked before there is a row: args.row and args.doc cannot be named"
            )
            return nil
        }
        let reader = WhereReader(scope: scope, subject: .query, compiler: compiler)
        guard let condition = reader.object(compiler.node(filter, filterLocation), target, isTop: true) else {
            return nil
        }
        return isForeign
            ? compiler.fact(.query(ForeignQuery(collection: target.id, condition: condition)))
            : .query(target.id, condition)
    }

    /// The leaves are looked through as they are written: a text that names a row names it wherever it stands, unless it is
    /// marked as a literal.
    private static func rows(_ value: JSONValue) -> RuleContent {
        switch value {
        case .null, .bool, .number: return .otherRows
        case .string(let text):
            if text.hasPrefix("args.row") || text.hasPrefix("args.find") { return [.otherRows, .storedRow] }
            return text.hasPrefix("args.doc") ? [.otherRows, .writtenRow] : .otherRows
        case .array(let items): return items.reduce(.otherRows) { $0.union(rows($1)) }
        case .object(let object):
            // A column may be called so too: its operators are an object.
            if object.keys == ["literal"], object["literal"]?.object == nil { return .otherRows }
            return object.members.reduce(.otherRows) { $0.union(rows($1.value)) }
        }
    }
}
