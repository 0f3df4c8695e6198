// The five arguments of every list: `distinct_on`, `limit`, `offset`, `order_by`, `where` (dialect of the API, section 2).
internal import Base
internal import GraphQL
internal import Metadata

struct ListArguments {
    var predicate: RowPredicate<Requested> = .alwaysTrue
    var distinct: [RequestedValue] = []
    var ordering: [OrderingTerm<Requested>] = []
    var limit: Parameter?
    var offset: Parameter?
}

extension Planner {
    /// - Parameter keepsOrder: whether rows that no order is asked for come as they are yielded.
    func listArguments(
        _ collection: TrackedCollection, _ context: ReadContext, keepsOrder: Bool = false
    ) throws(GatewayError) -> ListArguments {
        var arguments = ListArguments()
        if let input = argument("where", context) { arguments.predicate = try filter(input, collection) }
        if let input = argument("order_by", context) { arguments.ordering = ordering(input.value, collection) }
        if let input = argument("distinct_on", context) { arguments.distinct = columns(input.value, collection) }
        arguments.limit = argument("limit", context).flatMap { parameter($0, .count) }
        arguments.offset = argument("offset", context).flatMap { parameter($0, .count) }
        if keepsOrder, arguments.ordering.isEmpty, arguments.distinct.isEmpty { return arguments }
        try complete(&arguments, collection, context)
        return arguments
    }

    /// Makes the order total: `distinct_on` leads it, the key ends it, so that pages never overlap and the same rows
    /// give the same bytes.
    private func complete(
        _ arguments: inout ListArguments, _ collection: TrackedCollection, _ context: ReadContext
    ) throws(GatewayError) {
        if !arguments.distinct.isEmpty {
            let distinct = Set(arguments.distinct)
            if arguments.ordering.isEmpty {
                arguments.ordering = arguments.distinct.map { OrderingTerm(value: $0, direction: .ascending) }
            } else if Set(arguments.ordering.prefix(distinct.count).map(\.value)) != distinct {
                throw GatewayError(
                    .validationFailed, "\"distinct_on\" columns must match initial \"order_by\" columns",
                    extensionPath: "\(context.path).args")
            }
        }
        var seen: Set<RequestedValue> = []
        arguments.ordering = arguments.ordering.filter { seen.insert($0.value).inserted }
        for index in collection.primaryKey {
            let key = RequestedValue.field(collection.reference(index))
            if seen.insert(key).inserted { arguments.ordering.append(OrderingTerm(value: key, direction: .ascending)) }
        }
    }

    /// A value that fills a parameter; `nil` for null, which stands for the argument's absence.
    func parameter(_ input: LocatedInput, _ target: Parameter.Target) -> Parameter? {
        guard case .leaf(let origin) = input.value else {
            if case .list = input.value { return value(input, target) }
            if case .boolean(let flag) = input.value {
                return Parameter(origin: .constant(flag ? "true" : "false"), target: target, errorPath: input.errorPath)
            }
            return nil
        }
        return Parameter(origin: origin, target: target, errorPath: input.errorPath)
    }

    /// The columns a `T_select_column` list names.
    func columns(_ input: InputValue, _ collection: TrackedCollection) -> [RequestedValue] {
        let items: [InputValue]
        switch input {
        case .list(let inputs): items = inputs.map(\.value)
        case .enumeration: items = [input]
        case .null, .boolean, .leaf, .object: items = []
        }
        return items.compactMap { item in
            guard case .enumeration(let name) = item, let index = collection.fieldIndex(apiName: name) else {
                return nil
            }
            return .field(collection.reference(index))
        }
    }

    /// Terms in written order; null entries say nothing, at every level.
    func ordering(_ input: InputValue, _ collection: TrackedCollection) -> [OrderingTerm<Requested>] {
        switch input {
        case .list(let inputs): return inputs.flatMap { ordering($0.value, collection) }
        case .object(let members):
            return members.flatMap { member -> [OrderingTerm<Requested>] in
                if let index = collection.fieldIndex(apiName: member.name) {
                    guard case .enumeration(let name) = member.input.value,
                        let direction = OrderingDirection(rawValue: name)
                    else { return [] }
                    return [OrderingTerm(value: .field(collection.reference(index)), direction: direction)]
                }
                if let reference = collection.aggregateReference(apiName: member.name) {
                    return aggregateOrdering(member.input.value, reference)
                }
                guard let index = collection.relationshipIndex(named: member.name) else { return [] }
                let reference = RelationshipReference(collection: collection.id, index: index)
                let target = catalog[collection.relationships[index].target]
                return ordering(member.input.value, target)
                    .map { OrderingTerm(value: .related(reference, $0.value), direction: $0.direction) }
            }
        case .null, .boolean, .enumeration, .leaf: return []
        }
    }
}
