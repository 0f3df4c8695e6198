// `T_connection(first, after, last, before, where, order_by)` (dialect of the API, section 9).
internal import Base
internal import GraphQL
internal import Metadata

extension Planner {
    func connection(
        _ collection: TrackedCollection, _ context: ReadContext
    ) throws(GatewayError) -> ReadPlan<Requested> {
        var predicate = RowPredicate<Requested>.alwaysTrue
        if let input = argument("where", context) { predicate = try filter(input, collection) }
        var ordering: [OrderingTerm<Requested>] = []
        var seen: Set<RequestedValue> = []
        for term in argument("order_by", context).map({ self.ordering($0.value, collection) }) ?? []
        where seen.insert(term.value).inserted { ordering.append(term) }
        for index in collection.primaryKey {
            let key = RequestedValue.field(collection.reference(index))
            if seen.insert(key).inserted { ordering.append(OrderingTerm(value: key, direction: .ascending)) }
        }
        let first = argument("first", context).flatMap { parameter($0, .count) }
        let last = argument("last", context).flatMap { parameter($0, .count) }
        if first != nil, last != nil {
            throw GatewayError(
                .validationFailed, "\"first\" and \"last\" exclude each other", extensionPath: "\(context.path).args")
        }
        let binding = binding(collection, predicate, ordering)
        let cursor = { (name: String) -> CursorArgument? in
            guard let input = argument(name, context), case .leaf(let origin) = input.value else { return nil }
            return CursorArgument(origin: origin, binding: binding, errorPath: input.errorPath)
        }
        let connection = try Connection<Requested>(
            after: cursor("after"), before: cursor("before"), isBackward: last != nil, binding: binding,
            members: connectionMembers(context, collection))
        return ReadPlan(
            collection: collection.id, form: .connection, link: nil, security: Unsecured(), predicate: predicate,
            distinct: [], ordering: ordering, limit: first ?? last, offset: nil, rowLimit: rowLimit,
            selection: .connection(connection), errorPath: context.path)
    }

    /// Two requests share cursors when they ask for the same rows in the same order, whatever of them they show.
    private func binding(
        _ collection: TrackedCollection, _ predicate: RowPredicate<Requested>, _ ordering: [OrderingTerm<Requested>]
    ) -> String {
        let terms = ordering.map { "\($0.value.describe(in: catalog)) \($0.direction.rawValue)" }
        return
            "\(collection.name)\n\(terms.joined(separator: ", "))\n\(RowPredicateText(catalog: catalog).text(predicate))"
    }

    private func connectionMembers(
        _ context: ReadContext, _ collection: TrackedCollection
    ) throws(GatewayError) -> [ConnectionMember<Requested>] {
        let typeName = TypeNames.connection(collection)
        var members: [ConnectionMember<Requested>] = []
        for field in collector.collect(below: context.field, on: typeName) {
            let content: ConnectionMember<Requested>.Content
            switch field.name {
            case "edges":
                content = try .edges(
                    edgeMembers(
                        field, collection, "\(context.path)\(field.fragmentPath).selectionSet.\(field.name)"))
            case "pageInfo":
                content = .pageInfo(
                    collector.collect(below: field, on: TypeNames.pageInfo).compactMap { field in
                        PageInfoMember.Content(rawValue: field.name).map {
                            PageInfoMember(responseKey: field.responseKey, content: $0)
                        }
                    })
            default: content = .typename(typeName)
            }
            members.append(ConnectionMember(responseKey: field.responseKey, content: content))
        }
        return members
    }

    private func edgeMembers(
        _ field: CollectedField, _ collection: TrackedCollection, _ path: String
    ) throws(GatewayError) -> [EdgeMember<Requested>] {
        let typeName = TypeNames.edge(collection)
        var members: [EdgeMember<Requested>] = []
        for field in collector.collect(below: field, on: typeName) {
            let content: EdgeMember<Requested>.Content
            switch field.name {
            case "cursor": content = .cursor
            case "node":
                content = try .node(
                    self.members(
                        below: field, collection, "\(path)\(field.fragmentPath).selectionSet.\(field.name)"))
            default: content = .typename(typeName)
            }
            members.append(EdgeMember(responseKey: field.responseKey, content: content))
        }
        return members
    }
}
