// `query`: some row of a collection passes a filter (rules of the API, section 4). It sees all rows, whatever rules say of them,
// and tells only whether there is one: an EXISTS in the statement that the rule guards. Columns are those of the collection
// asked; `args.row` and `args.doc` are the row that the rule is about.
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
        guard target.source == scope.collection.source else {
            compiler.problems.report(
                collectionLocation,
                "a query over another source than \"\(scope.collection.name.source)\" is not supported by this version")
            return nil
        }
        let reader = WhereReader(scope: scope, subject: .query, compiler: compiler)
        return reader.object(compiler.node(filter, filterLocation), target, isTop: true)
            .map { .query(target.id, $0) }
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
