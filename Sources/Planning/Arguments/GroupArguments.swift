// `T_group(by, having, where, order_by, limit, offset)`: rows in groups (dialect of the API, section 9).
internal import Base
internal import GraphQL
internal import Metadata

extension Planner {
    func group(
        _ collection: TrackedCollection, _ context: ReadContext
    ) throws(GatewayError) -> ReadPlan<Requested> {
        var keys: [RequestedValue] = []
        for key in argument("by", context).map({ columns($0.value, collection) }) ?? [] where !keys.contains(key) {
            keys.append(key)
        }
        guard !keys.isEmpty else {
            throw GatewayError(
                .validationFailed, "\"by\" needs at least one column", extensionPath: "\(context.path).args.by")
        }
        var predicate = RowPredicate<Requested>.alwaysTrue
        if let input = argument("where", context) { predicate = try filter(input, collection) }
        var condition = RowPredicate<Requested>.alwaysTrue
        if let input = argument("having", context) { condition = try having(input, collection) }
        var ordering: [OrderingTerm<Requested>] = []
        if let input = argument("order_by", context) { ordering = try groupOrdering(input, keys, collection) }
        // Total, so that pages never overlap: keys tell groups apart.
        for key in keys where !ordering.contains(where: { $0.value == key }) {
            ordering.append(OrderingTerm(value: key, direction: .ascending))
        }
        let grouping = try Grouping<Requested>(
            keys: keys, having: condition, members: groupMembers(context, keys, collection))
        return ReadPlan(
            collection: collection.id, form: .group, link: nil, security: Unsecured(), predicate: predicate,
            distinct: [], ordering: ordering, limit: argument("limit", context).flatMap { parameter($0, .count) },
            offset: argument("offset", context).flatMap { parameter($0, .count) }, rowLimit: rowLimit,
            selection: .groups(grouping), errorPath: context.path)
    }

    // MARK: Selection

    private func groupMembers(
        _ context: ReadContext, _ keys: [RequestedValue], _ collection: TrackedCollection
    ) throws(GatewayError) -> [GroupMember<Requested>] {
        let typeName = TypeNames.group(collection)
        var members: [GroupMember<Requested>] = []
        for field in collector.collect(below: context.field, on: typeName) {
            let content: GroupMember<Requested>.Content
            switch field.name {
            case "key": content = try .key(keyMembers(field, keys, collection, context.path))
            case "aggregate": content = .aggregate(aggregateFields(field, collection, context.path))
            default: content = .typename(typeName)
            }
            members.append(GroupMember(responseKey: field.responseKey, content: content))
        }
        return members
    }

    private func keyMembers(
        _ field: CollectedField, _ keys: [RequestedValue], _ collection: TrackedCollection, _ path: String
    ) throws(GatewayError) -> [RowMember<Requested>] {
        let typeName = TypeNames.groupKey(collection)
        let path = "\(path)\(field.fragmentPath).selectionSet.\(field.name)"
        var members: [RowMember<Requested>] = []
        for field in collector.collect(below: field, on: typeName) {
            guard let index = collection.fieldIndex(apiName: field.name) else {
                members.append(RowMember(responseKey: field.responseKey, content: .typename(typeName)))
                continue
            }
            let value = RequestedValue.field(collection.reference(index))
            try check(
                value, field.name, isAmong: keys, at: "\(path)\(field.fragmentPath).selectionSet.\(field.name)")
            members.append(
                RowMember(responseKey: field.responseKey, content: .value(value, collection.fields[index].type)))
        }
        return members
    }

    /// A column that is no key has no one value in a group.
    private func check(
        _ value: RequestedValue, _ name: String, isAmong keys: [RequestedValue], at path: String
    ) throws(GatewayError) {
        guard !keys.contains(value) else { return }
        throw GatewayError(
            .validationFailed, "\"\(name)\" is not one of the columns the groups are made \"by\"", extensionPath: path)
    }

    // MARK: Having

    private func having(
        _ input: LocatedInput, _ collection: TrackedCollection
    ) throws(GatewayError) -> RowPredicate<Requested> {
        try expression(input) { (member) throws(GatewayError) in try groupTest(member, collection) }
    }

    private func groupTest(
        _ member: InputMember, _ collection: TrackedCollection
    ) throws(GatewayError) -> RowPredicate<Requested> {
        if let test = AggregateTest(rawValue: member.name) {
            guard let (computation, predicate, test) = try aggregateTest(test, member.input, collection) else {
                return .alwaysTrue
            }
            return try comparisons(ofGroup(computation, predicate), test.kind, test.input)
        }
        guard let function = AggregateFunction(rawValue: member.name), case .object(let columns) = member.input.value
        else { return .alwaysTrue }
        var parts: [RowPredicate<Requested>] = []
        for column in columns {
            try refuseNull(column.input)
            guard let index = collection.fieldIndex(apiName: column.name) else { continue }
            let value = ofGroup(.function(function, .field(collection.reference(index))))
            try parts.append(
                comparisons(value, function.resultType(of: collection.fields[index].type), column.input))
        }
        return .conjunction(parts)
    }

    private func ofGroup(
        _ computation: RelatedAggregate<Requested>.Computation, _ predicate: RowPredicate<Requested> = .alwaysTrue
    ) -> RequestedValue {
        .ofGroup(RelatedAggregate(computation: computation, security: Unsecured(), predicate: predicate))
    }

    // MARK: Ordering

    private func groupOrdering(
        _ input: LocatedInput, _ keys: [RequestedValue], _ collection: TrackedCollection
    ) throws(GatewayError) -> [OrderingTerm<Requested>] {
        var terms: [OrderingTerm<Requested>] = []
        switch input.value {
        case .list(let items):
            for item in items { try terms.append(contentsOf: groupOrdering(item, keys, collection)) }
        case .object(let members):
            for member in members {
                if member.name == "aggregate" {
                    terms.append(
                        contentsOf: aggregateTerms(member.input.value, collection).map {
                            OrderingTerm(value: ofGroup($0.0), direction: $0.1)
                        })
                } else if case .object(let columns) = member.input.value {
                    for column in columns {
                        guard let index = collection.fieldIndex(apiName: column.name),
                            let direction = direction(column.input.value)
                        else { continue }
                        let value = RequestedValue.field(collection.reference(index))
                        try check(value, column.name, isAmong: keys, at: column.input.errorPath)
                        terms.append(OrderingTerm(value: value, direction: direction))
                    }
                }
            }
        case .null, .boolean, .enumeration, .leaf: break
        }
        return terms
    }
}
