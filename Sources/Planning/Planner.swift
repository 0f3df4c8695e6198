// The third arrow of the pipeline: ValidatedOperation → OperationPlan. Names become references into the catalog, fields
// are merged and filtered by their directives, arguments become predicates, orderings and parameters. Validation has
// refused what does not exist for the caller, so nothing is looked up in vain here.
package import Base
package import GraphQL
package import Metadata

/// What the configuration says to planning.
package struct PlanningOptions: Sendable, Hashable {
    /// Rows of one list; more of them is an error.
    package let rowLimit: Int64
    /// Whether the caller may ask for `__schema` and `__type`.
    package let allowsIntrospection: Bool

    package init(rowLimit: Int64, allowsIntrospection: Bool) {
        self.rowLimit = rowLimit
        self.allowsIntrospection = allowsIntrospection
    }
}

package struct Planner: Sendable {
    let catalog: Catalog
    let types: GeneratedTypes
    let schema: Schema
    let collector: FieldCollector
    let reader: InputReader
    private let operation: ValidatedOperation
    private let options: PlanningOptions
    /// Rows of one list.
    var rowLimit: Int64 { options.rowLimit }

    /// - Throws: what only a whole request can show, such as a `distinct_on` that does not lead the `order_by`.
    package static func plan(
        _ operation: ValidatedOperation, variables: CoercedVariables, catalog: Catalog, types: GeneratedTypes,
        options: PlanningOptions
    ) throws(GatewayError) -> OperationPlan {
        try Planner(operation, variables, catalog, types, options).plan()
    }

    private init(
        _ operation: ValidatedOperation, _ variables: CoercedVariables, _ catalog: Catalog, _ types: GeneratedTypes,
        _ options: PlanningOptions
    ) {
        self.operation = operation
        self.catalog = catalog
        self.types = types
        self.options = options
        schema = operation.schema
        collector = FieldCollector(schema: operation.schema, fragments: operation.fragments, variables: variables)
        reader = InputReader(schema: operation.schema, variables: variables)
    }

    private func plan() throws(GatewayError) -> OperationPlan {
        switch operation.operation.operationKind {
        case .mutation: return try mutation(operation.operation.selectionSet)
        case .query: return try reads(on: TypeNames.queryRoot)
        case .subscription: return try reads(on: TypeNames.subscriptionRoot)
        }
    }

    private func reads(on rootType: String) throws(GatewayError) -> OperationPlan {
        var roots: [RootField<Requested>] = []
        for field in collector.collect(operation.operation.selectionSet, on: rootType) {
            try roots.append(RootField(responseKey: field.responseKey, content: root(field, on: rootType)))
        }
        return OperationPlan(roots: roots)
    }

    private func introspection(_ field: CollectedField) throws(GatewayError) -> RootField<Requested>.Content {
        guard options.allowsIntrospection else {
            // The same words as for any other field that does not exist for the caller.
            throw GatewayError(
                .validationFailed, "Cannot query field \"\(field.name)\" on type \"\(TypeNames.queryRoot)\".",
                locations: [field.node.location], extensionPath: "$\(field.fragmentPath).selectionSet.\(field.name)")
        }
        return .introspection(field)
    }

    private func root(
        _ field: CollectedField, on rootType: String
    ) throws(GatewayError) -> RootField<Requested>.Content {
        switch field.name {
        case "__typename": return .typename(rootType)
        case "__schema", "__type": return try introspection(field)
        default: break
        }
        guard let meaning = types.root(named: field.name) else {
            // The one root field without a collection is there for callers who may read nothing.
            throw GatewayError(.notExists, "no queries exist")
        }
        let path = "$\(field.fragmentPath).selectionSet.\(field.name)"
        let collection = catalog[meaning.collection]
        let context = ReadContext(field: field, parentType: rootType, link: nil, path: path)
        let call: FunctionCall? =
            if let id = meaning.function { try call(.root(id), catalog[id].function, context) } else { nil }
        switch meaning.form {
        case .list: return try .read(list(collection, context, call))
        case .aggregate: return try .read(aggregate(collection, context, call))
        case .byKey: return try .read(byKey(collection, context))
        case .group: return try .read(group(collection, context))
        case .connection: return try .read(connection(collection, context))
        }
    }

    // MARK: Reads

    /// A read as the document asks for it: the field, the type it stands on, and the way to it.
    struct ReadContext {
        let field: CollectedField
        let parentType: String
        let link: RelationshipReference?
        let path: String
    }

    func list(
        _ collection: TrackedCollection, _ context: ReadContext, _ call: FunctionCall? = nil
    ) throws(GatewayError) -> ReadPlan<Requested> {
        let arguments = try listArguments(collection, context, keepsOrder: call != nil)
        return try ReadPlan(
            collection: collection.id, form: .list, link: context.link, call: call, security: Unsecured(),
            predicate: arguments.predicate, distinct: arguments.distinct, ordering: arguments.ordering,
            limit: arguments.limit, offset: arguments.offset, rowLimit: rowLimit,
            selection: .row(members(below: context.field, collection, context.path)), errorPath: context.path)
    }

    private func single(
        _ collection: TrackedCollection, _ predicate: RowPredicate<Requested>, _ context: ReadContext
    ) throws(GatewayError) -> ReadPlan<Requested> {
        try ReadPlan(
            collection: collection.id, form: .single, link: context.link, security: Unsecured(), predicate: predicate,
            distinct: [], ordering: [], limit: nil, offset: nil, rowLimit: rowLimit,
            selection: .row(members(below: context.field, collection, context.path)), errorPath: context.path)
    }

    private func byKey(_ collection: TrackedCollection, _ context: ReadContext) throws(GatewayError) -> ReadPlan<
        Requested
    > {
        var parts: [RowPredicate<Requested>] = []
        for index in collection.primaryKey {
            let field = collection.fields[index]
            guard let input = argument(field.apiName, context),
                let parameter = parameter(input, .value(field.type))
            else { continue }
            parts.append(.comparison(Comparison(.field(collection.reference(index)), .equal, .parameter(parameter))))
        }
        // Validation sees to it that all of the key is there; with less of it any row would do.
        let isWhole = parts.count == collection.primaryKey.count
        return try single(collection, isWhole ? .conjunction(parts) : .alwaysFalse, context)
    }

    private func aggregate(
        _ collection: TrackedCollection, _ context: ReadContext, _ call: FunctionCall? = nil
    ) throws(GatewayError) -> ReadPlan<Requested> {
        let arguments = try listArguments(collection, context, keepsOrder: call != nil)
        var members: [AggregateMember<Requested>] = []
        let typeName = TypeNames.aggregate(collection)
        for field in collector.collect(below: context.field, on: typeName) {
            let content: AggregateMember<Requested>.Content
            switch field.name {
            case "nodes":
                content = try .nodes(
                    self.members(
                        below: field, collection, "\(context.path)\(field.fragmentPath).selectionSet.\(field.name)"))
            case "aggregate": content = .aggregate(aggregateFields(field, collection, context.path))
            default: content = .typename(typeName)
            }
            members.append(AggregateMember(responseKey: field.responseKey, content: content))
        }
        return ReadPlan(
            collection: collection.id, form: .aggregate, link: context.link, call: call, security: Unsecured(),
            predicate: arguments.predicate, distinct: arguments.distinct, ordering: arguments.ordering,
            limit: arguments.limit, offset: arguments.offset, rowLimit: rowLimit, selection: .aggregate(members),
            errorPath: context.path)
    }

    /// `nil` when it is absent.
    func argument(_ name: String, _ context: ReadContext) -> LocatedInput? {
        guard context.field.node.argument(named: name) != nil, let type = schema.type(named: context.parentType),
            let definition = schema.field(named: context.field.name, on: type)
        else { return nil }
        return reader.argument(name, of: context.field.node, definition, at: context.path)
    }

    // MARK: Selections

    func members(
        below field: CollectedField, _ collection: TrackedCollection, _ path: String
    ) throws(GatewayError) -> [RowMember<Requested>] {
        let typeName = TypeNames.object(collection)
        var members: [RowMember<Requested>] = []
        for field in collector.collect(below: field, on: typeName) {
            try members.append(
                RowMember(responseKey: field.responseKey, content: content(field, typeName, collection, path)))
        }
        return members
    }

    private func content(
        _ field: CollectedField, _ typeName: String, _ collection: TrackedCollection, _ path: String
    ) throws(GatewayError) -> RowMember<Requested>.Content {
        if field.name == "__typename" { return .typename(typeName) }
        if let index = collection.fieldIndex(apiName: field.name) {
            let value = RequestedValue.field(collection.reference(index))
            let type = collection.fields[index].type
            guard let part = jsonPath(field, typeName, path) else { return .value(value, type) }
            return .value(.part(value, path: part), type)
        }
        for (index, relationship) in collection.relationships.enumerated() {
            let reference = RelationshipReference(collection: collection.id, index: index)
            let context = ReadContext(
                field: field, parentType: typeName, link: reference,
                path: "\(path)\(field.fragmentPath).selectionSet.\(field.name)")
            let target = catalog[relationship.target]
            if relationship.name == field.name {
                switch relationship.kind {
                case .object: return try .read(single(target, .alwaysTrue, context))
                case .array: return try .read(list(target, context))
                }
            }
            if relationship.kind == .array, TypeNames.aggregateField(of: relationship) == field.name {
                return try .read(aggregate(target, context))
            }
        }
        for (index, function) in collection.rowFunctions.enumerated() where function.name == field.name {
            let reference = RowFunctionReference(collection: collection.id, index: index)
            let context = ReadContext(
                field: field, parentType: typeName, link: nil,
                path: "\(path)\(field.fragmentPath).selectionSet.\(field.name)")
            let call = try call(.field(reference), function.function, context)
            return try .read(list(catalog[function.target], context, call))
        }
        preconditionFailure("validation refuses a field that the type does not have")
    }

    /// The `path` argument of a JSON column; `nil` for the whole document.
    private func jsonPath(_ field: CollectedField, _ typeName: String, _ path: String) -> Parameter? {
        guard !field.node.arguments.isEmpty else { return nil }
        let context = ReadContext(
            field: field, parentType: typeName, link: nil,
            path: "\(path)\(field.fragmentPath).selectionSet.\(field.name)")
        return argument("path", context).flatMap { parameter($0, .jsonPath) }
    }

    func aggregateFields(
        _ field: CollectedField, _ collection: TrackedCollection, _ path: String
    ) -> [AggregateField<Requested>] {
        let typeName = TypeNames.aggregateFields(collection)
        let path = "\(path)\(field.fragmentPath).selectionSet.\(field.name)"
        return collector.collect(below: field, on: typeName).map { field in
            let content: AggregateField<Requested>.Content
            if field.name == "count" {
                content = count(field, typeName, collection, path)
            } else if let function = AggregateFunction(rawValue: field.name) {
                content = .function(function, columns(field, function, collection))
            } else {
                content = .typename(typeName)
            }
            return AggregateField(responseKey: field.responseKey, content: content)
        }
    }

    private func columns(
        _ field: CollectedField, _ function: AggregateFunction, _ collection: TrackedCollection
    ) -> [AggregateColumn<Requested>] {
        let typeName = TypeNames.aggregateFunction(function, collection)
        return collector.collect(below: field, on: typeName).map { column in
            let content: AggregateColumn<Requested>.Content
            if let index = collection.fieldIndex(apiName: column.name) {
                content = .value(
                    .field(collection.reference(index)), function.resultType(of: collection.fields[index].type))
            } else {
                content = .typename(typeName)
            }
            return AggregateColumn(responseKey: column.responseKey, content: content)
        }
    }

    private func count(
        _ field: CollectedField, _ typeName: String, _ collection: TrackedCollection, _ path: String
    ) -> AggregateField<Requested>.Content {
        let context = ReadContext(
            field: field, parentType: typeName, link: nil,
            path: "\(path)\(field.fragmentPath).selectionSet.\(field.name)")
        var columns: [RequestedValue] = []
        if let input = argument("columns", context) { columns = self.columns(input.value, collection) }
        var distinct = false
        if case .boolean(true)? = argument("distinct", context)?.value { distinct = true }
        return .count(columns: columns, distinct: distinct)
    }
}
