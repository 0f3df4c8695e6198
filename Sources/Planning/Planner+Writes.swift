// Mutations to plans: the root fields that write, their arguments, and the read that answers each (dialect of the API,
// sections 2, 3 and 11).
internal import Base
internal import GraphQL
internal import Metadata

extension Planner {
    /// - Throws: what only a whole request can show: a filter that picks every row, writes to two sources.
    func mutation(_ selectionSet: SelectionSet) throws(GatewayError) -> OperationPlan {
        var roots: [RootField<Requested>] = []
        var source: SourceID?
        for field in collector.collect(selectionSet, on: TypeNames.mutationRoot) {
            guard let meaning = types.mutation(named: field.name) else {
                roots.append(RootField(responseKey: field.responseKey, content: .typename(TypeNames.mutationRoot)))
                continue
            }
            let collection = catalog[meaning.collection]
            if let source, source != collection.source {
                throw GatewayError(
                    .notSupported, "A mutation writes to one source; these fields write to more.",
                    extensionPath: "$\(field.fragmentPath).selectionSet.\(field.name)")
            }
            source = collection.source
            let context = WriteContext(
                field: field, collection: collection, path: "$\(field.fragmentPath).selectionSet.\(field.name)")
            try roots.append(RootField(responseKey: field.responseKey, content: .write(write(meaning.form, context))))
        }
        return OperationPlan(roots: roots)
    }

    /// A root field of a mutation, and the way to it.
    struct WriteContext {
        let field: CollectedField
        let collection: TrackedCollection
        let path: String
    }

    private func write(
        _ form: MutationMeaning.Form, _ context: WriteContext
    ) throws(GatewayError) -> WritePlan<Requested> {
        switch form {
        case .insert:
            let insert = try insert(argument("objects", context), argument("on_conflict", context), context)
            return try WritePlan(collection: context.collection.id, action: .insert(insert), answer: response(context))
        case .insertOne:
            let insert = try insert(argument("object", context), argument("on_conflict", context), context)
            return try WritePlan(collection: context.collection.id, action: .insert(insert), answer: row(context))
        case .update:
            let update = try update(context, predicate: rows(context))
            return try WritePlan(collection: context.collection.id, action: .update(update), answer: response(context))
        case .updateByKey:
            let update = try update(context, predicate: keyColumns(context))
            return try WritePlan(collection: context.collection.id, action: .update(update), answer: row(context))
        case .updateMany:
            return try WritePlan(
                collection: context.collection.id, action: .updateEach(updates(context)), answer: response(context))
        case .delete:
            return try WritePlan(
                collection: context.collection.id, action: .delete(delete(context, rows(context))),
                answer: response(context))
        case .deleteByKey:
            return try WritePlan(
                collection: context.collection.id, action: .delete(delete(context, keyArguments(context))),
                answer: row(context))
        case .call(let id):
            let read = ReadContext(
                field: context.field, parentType: TypeNames.mutationRoot, link: nil, path: context.path)
            let call = try call(.root(id), catalog[id].function, read)
            return try WritePlan(
                collection: context.collection.id, action: .call, answer: .row(list(context.collection, read, call)))
        }
    }

    func argument(_ name: String, _ context: WriteContext) -> LocatedInput? {
        guard let root = schema.type(named: TypeNames.mutationRoot),
            let definition = schema.field(named: context.field.name, on: root)
        else { return nil }
        return reader.argument(name, of: context.field.node, definition, at: context.path)
    }

    // MARK: Answers

    private func response(_ context: WriteContext) throws(GatewayError) -> WriteAnswer<Requested> {
        let typeName = TypeNames.mutationResponse(context.collection)
        var members: [WriteMember<Requested>] = []
        for field in collector.collect(below: context.field, on: typeName) {
            let content: WriteMember<Requested>.Content
            switch field.name {
            case "affected_rows": content = .affectedRows
            case "returning": content = try .returning(read(.list, field, context))
            default: content = .typename(typeName)
            }
            members.append(WriteMember(responseKey: field.responseKey, content: content))
        }
        return .response(members)
    }

    private func row(_ context: WriteContext) throws(GatewayError) -> WriteAnswer<Requested> {
        try .row(read(.single, context.field, context))
    }

    /// The read of what was written: its rows are those whose keys the write yields, and nothing else picks them.
    private func read(
        _ form: ReadForm, _ field: CollectedField, _ context: WriteContext
    ) throws(GatewayError) -> ReadPlan<Requested> {
        let path =
            form == .single ? context.path : "\(context.path)\(field.fragmentPath).selectionSet.\(field.name)"
        return try ReadPlan(
            collection: context.collection.id, form: form, link: nil, security: Unsecured(), predicate: .alwaysTrue,
            distinct: [], ordering: [], limit: nil, offset: nil, rowLimit: rowLimit,
            selection: .row(members(below: field, context.collection, path)), errorPath: path)
    }

    // MARK: Which rows

    /// `where`, `all` and `limit` of an update or a delete.
    struct RowChoice {
        let predicate: RowPredicate<Requested>
        let limit: Parameter?
    }

    private func rows(_ context: WriteContext) throws(GatewayError) -> RowChoice {
        try rows(context.collection, context.path + ".args") { argument($0, context) }
    }

    private func rows(
        _ collection: TrackedCollection, _ path: String, _ argument: (String) -> LocatedInput?
    ) throws(GatewayError) -> RowChoice {
        var predicate = RowPredicate<Requested>.alwaysTrue
        if let input = argument("where") { predicate = try filter(input, collection) }
        if predicate == .alwaysTrue {
            guard case .boolean(true)? = argument("all")?.value else {
                throw GatewayError(
                    .validationFailed, "The filter picks every row; say \"all: true\" if that is meant.",
                    extensionPath: path + ".where")
            }
        }
        return RowChoice(predicate: predicate, limit: argument("limit").flatMap { parameter($0, .count) })
    }

    private func keyColumns(_ context: WriteContext) -> RowChoice {
        guard case .object(let members)? = argument("pk_columns", context)?.value else {
            return RowChoice(predicate: .alwaysFalse, limit: nil)
        }
        return key(context.collection) { name in members.first { $0.name == name }?.input }
    }

    private func keyArguments(_ context: WriteContext) -> RowChoice {
        key(context.collection) { argument($0, context) }
    }

    private func key(_ collection: TrackedCollection, _ value: (String) -> LocatedInput?) -> RowChoice {
        let parts = collection.primaryKey.map { index -> RowPredicate<Requested> in
            let field = collection.fields[index]
            guard let input = value(field.apiName), let parameter = parameter(input, .value(field.type)) else {
                return .alwaysFalse
            }
            return .comparison(Comparison(.field(collection.reference(index)), .equal, .parameter(parameter)))
        }
        return RowChoice(predicate: .conjunction(parts), limit: nil)
    }

    // MARK: Update and delete

    private func delete(_ context: WriteContext, _ rows: RowChoice) -> DeletePlan<Requested> {
        DeletePlan(
            collection: context.collection.id, predicate: rows.predicate, limit: rows.limit, security: Unsecured(),
            errorPath: context.path)
    }

    private func update(_ context: WriteContext, predicate rows: RowChoice) throws(GatewayError) -> UpdatePlan<
        Requested
    > {
        try update(context.collection, rows, context.path, context.path + ".args") { argument($0, context) }
    }

    private func update(
        _ collection: TrackedCollection, _ rows: RowChoice, _ path: String, _ place: String,
        _ argument: (String) -> LocatedInput?
    ) throws(GatewayError) -> UpdatePlan<Requested> {
        try UpdatePlan(
            collection: collection.id, predicate: rows.predicate, limit: rows.limit,
            changes: changes(collection, place, argument),
            related: deletes(collection, path, argument) + relatedUpdates(collection, path, argument),
            security: Unsecured(), errorPath: path)
    }

    private func deletes(
        _ collection: TrackedCollection, _ path: String, _ argument: (String) -> LocatedInput?
    ) throws(GatewayError) -> [RelatedChange<Requested>] {
        var changes: [RelatedChange<Requested>] = []
        for (link, entry, member) in entries(argument(TypeNames.relatedDeletes), collection) {
            let target = catalog[catalog.relationship(link).target]
            let rows = try rows(target, entry.errorPath, member)
            let delete = DeletePlan<Requested>(
                collection: target.id, predicate: rows.predicate, limit: rows.limit, security: Unsecured(),
                errorPath: path)
            changes.append(RelatedChange(link: link, readable: Unsecured(), change: .delete(delete)))
        }
        return changes
    }

    private func relatedUpdates(
        _ collection: TrackedCollection, _ path: String, _ argument: (String) -> LocatedInput?
    ) throws(GatewayError) -> [RelatedChange<Requested>] {
        var changes: [RelatedChange<Requested>] = []
        for (link, entry, member) in entries(argument(TypeNames.relatedUpdates), collection) {
            let target = catalog[catalog.relationship(link).target]
            let rows = try rows(target, entry.errorPath, member)
            let update = try update(target, rows, path, entry.errorPath, member)
            changes.append(RelatedChange(link: link, readable: Unsecured(), change: .update(update)))
        }
        return changes
    }

    private typealias RelatedEntry = (
        link: RelationshipReference, entry: LocatedInput, member: (String) -> LocatedInput?
    )

    /// The objects of `_update` or `_delete`, each with the relationship it stands under.
    private func entries(_ input: LocatedInput?, _ collection: TrackedCollection) -> [RelatedEntry] {
        guard case .object(let members)? = input?.value else { return [] }
        return members.flatMap { member -> [RelatedEntry] in
            guard let index = collection.relationshipIndex(named: member.name) else { return [] }
            let link = RelationshipReference(collection: collection.id, index: index)
            guard case .list(let items) = member.input.value else { return [] }
            return items.compactMap { item in
                guard case .object(let fields) = item.value else { return nil }
                return (link, item, { name in fields.first { $0.name == name }?.input })
            }
        }
    }

    private func updates(_ context: WriteContext) throws(GatewayError) -> [UpdatePlan<Requested>] {
        guard case .list(let entries)? = argument("updates", context)?.value else { return [] }
        var updates: [UpdatePlan<Requested>] = []
        for entry in entries {
            guard case .object(let members) = entry.value else { continue }
            let member = { (name: String) in members.first { $0.name == name }?.input }
            let rows = try rows(context.collection, entry.errorPath, member)
            try updates.append(update(context.collection, rows, context.path, entry.errorPath, member))
        }
        return updates
    }

    private func changes(
        _ collection: TrackedCollection, _ place: String, _ argument: (String) -> LocatedInput?
    ) throws(GatewayError) -> [FieldChange] {
        var changes: [FieldChange] = []
        for change in UpdateOperator.allCases {
            guard case .object(let members)? = argument(change.rawValue)?.value else { continue }
            for member in members {
                guard let index = collection.fieldIndex(apiName: member.name) else { continue }
                if changes.contains(where: { $0.field == index }) {
                    throw GatewayError(
                        .validationFailed, "Column found in multiple operators: \"\(member.name)\".",
                        extensionPath: place)
                }
                let target = change.target(of: collection.fields[index].type)
                let value = value(member.input, target)
                if value == nil, change != .set {
                    throw GatewayError(
                        .validationFailed, "unexpected null value", extensionPath: member.input.errorPath)
                }
                changes.append(FieldChange(field: index, change: change, value: value))
            }
        }
        return changes
    }

    // MARK: Values

    /// What a column is given; `nil` writes null.
    func value(_ input: LocatedInput, _ target: Parameter.Target) -> Parameter? {
        let origin: Parameter.Origin
        switch input.value {
        case .null: return nil
        case .boolean(let flag): origin = .constant(flag ? "true" : "false")
        case .enumeration(let name): origin = .constant(JSONValue.string(name).text)
        case .leaf(let leaf): origin = leaf
        case .list(let items): origin = .composed(list(items))
        case .object: return nil
        }
        return Parameter(origin: origin, target: target, errorPath: input.errorPath)
    }

    /// A list of scalars with variables among them, as one JSON document.
    private func list(_ items: [LocatedInput]) -> [LiteralPiece] {
        var pieces = [LiteralPiece.text("[")]
        for (index, item) in items.enumerated() {
            if index > 0 { pieces.append(.text(",")) }
            switch item.value {
            case .leaf(.variable(let name, let path)) where path.isEmpty: pieces.append(.variable(name))
            case .leaf(.constant(let text)): pieces.append(.text(text))
            case .leaf(.composed(let inner)): pieces += inner
            case .list(let items): pieces += list(items)
            case .boolean(let flag): pieces.append(.text(flag ? "true" : "false"))
            case .enumeration(let name): pieces.append(.text(JSONValue.string(name).text))
            case .null, .leaf, .object: pieces.append(.text("null"))
            }
        }
        return pieces + [.text("]")]
    }
}

extension UpdateOperator {
    fileprivate func target(of type: ScalarKind) -> Parameter.Target {
        switch self {
        case .set, .increment, .append, .prepend: .value(type)
        case .deleteKey: .value(.string)
        case .deleteElement: .value(.int)
        case .deleteAtPath: .list(of: .string)
        }
    }
}
