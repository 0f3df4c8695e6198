// `objects` and `on_conflict` to plans, nested rows of any depth included (dialect of the API, sections 3 and 11): rows of
// object relationships come before the object that refers to them, all others after it.
internal import Base
internal import Metadata

extension Planner {
    func insert(
        _ objects: LocatedInput?, _ conflict: LocatedInput?, _ context: WriteContext
    ) throws(GatewayError) -> InsertPlan<Requested> {
        try insert(objects, conflict, context.collection, linked: [])
    }

    /// - Parameter linked: fields whose values the row this one is nested in determines.
    private func insert(
        _ objects: LocatedInput?, _ conflict: LocatedInput?, _ collection: TrackedCollection, linked: Set<Int>
    ) throws(GatewayError) -> InsertPlan<Requested> {
        var planned: [InsertObject<Requested>] = []
        switch objects?.value {
        case .list(let items)?:
            for item in items { try planned.append(object(item, collection, linked)) }
        case .object?:
            if let objects { try planned.append(object(objects, collection, linked)) }
        case .null?, .boolean?, .enumeration?, .leaf?, nil: break
        }
        return try InsertPlan(
            collection: collection.id, objects: planned,
            conflict: conflict.flatMap { input throws(GatewayError) in
                try self.conflict(input, collection)
            }, errorPath: objects?.errorPath ?? "$")
    }

    private func object(
        _ input: LocatedInput, _ collection: TrackedCollection, _ linked: Set<Int>
    ) throws(GatewayError) -> InsertObject<Requested> {
        guard case .object(let members) = input.value else { preconditionFailure("an input object is an object") }
        var assignments: [Assignment] = []
        var before: [NestedInsert<Requested>] = []
        var after: [NestedInsert<Requested>] = []
        for member in members {
            if let index = collection.fieldIndex(apiName: member.name) {
                assignments.append(
                    Assignment(field: index, value: value(member.input, .value(collection.fields[index].type))))
            } else if let index = collection.relationshipIndex(named: member.name),
                let nested = try nested(member.input, index, collection)
            {
                if collection.relationships[index].isReferredTo {
                    after.append(nested)
                } else {
                    before.append(nested)
                }
            }
        }
        try refuse(assignments, linked, collection, input.errorPath) { columns in
            "cannot insert \(columns) columns as their values are already being determined by parent insert"
        }
        var determined: Set<Int> = []
        for nested in before {
            let fields = Set(catalog.relationship(nested.link).pairs.map(\.local))
            let name = catalog.relationship(nested.link).name
            try refuse(assignments, fields, collection, input.errorPath) { columns in
                "cannot insert object relationship \"\(name)\" as \(columns) column values are already determined"
            }
            guard determined.isDisjoint(with: fields), linked.isDisjoint(with: fields) else {
                throw GatewayError(
                    .validationFailed,
                    "cannot insert object relationship \"\(name)\" as its column values are already determined",
                    extensionPath: input.errorPath)
            }
            determined.formUnion(fields)
        }
        return InsertObject(
            assignments: assignments, before: before, after: after, security: Unsecured(), errorPath: input.errorPath)
    }

    /// A column is given once: by the object itself, or by the row it hangs on.
    private func refuse(
        _ assignments: [Assignment], _ determined: Set<Int>, _ collection: TrackedCollection, _ path: String,
        _ message: (String) -> String
    ) throws(GatewayError) {
        let fields = assignments.map(\.field).filter { determined.contains($0) }
        guard !fields.isEmpty else { return }
        let columns = fields.map { "\"\(collection.fields[$0].apiName)\"" }.joined(separator: ", ")
        throw GatewayError(.validationFailed, message(columns), extensionPath: path)
    }

    /// `nil` where nothing is inserted: null, or no rows.
    private func nested(
        _ input: LocatedInput, _ index: Int, _ collection: TrackedCollection
    ) throws(GatewayError) -> NestedInsert<Requested>? {
        guard case .object(let members) = input.value else { return nil }
        let relationship = collection.relationships[index]
        let data = members.first { $0.name == "data" }?.input
        let conflict = members.first { $0.name == "on_conflict" }?.input
        let linked = relationship.isReferredTo ? Set(relationship.pairs.map(\.target)) : []
        let insert = try insert(data, conflict, catalog[relationship.target], linked: linked)
        guard !insert.objects.isEmpty else { return nil }
        return NestedInsert(
            link: RelationshipReference(collection: collection.id, index: index), insert: insert)
    }

    private func conflict(
        _ input: LocatedInput, _ collection: TrackedCollection
    ) throws(GatewayError) -> ConflictPlan<Requested>? {
        guard case .object(let members) = input.value else { return nil }
        let member = { (name: String) in members.first { $0.name == name }?.input }
        guard case .enumeration(let name)? = member("constraint")?.value,
            let constraint = collection.constraints.first(where: { $0.apiName == name })
        else { preconditionFailure("validation refuses a constraint that the type does not have") }
        var fields: [Int] = []
        for value in member("update_columns").map({ columns($0.value, collection) }) ?? [] {
            if case .field(let reference) = value, !fields.contains(reference.index) { fields.append(reference.index) }
        }
        var predicate = RowPredicate<Requested>.alwaysTrue
        if let filter = member("where") { predicate = try self.filter(filter, collection) }
        return ConflictPlan(
            constraint: constraint, fields: fields, forced: [], predicate: predicate, security: Unsecured(),
            readable: Unsecured())
    }
}
