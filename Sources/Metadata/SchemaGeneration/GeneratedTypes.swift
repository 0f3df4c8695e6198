// Which type names the catalog generates, and what each stands for. It is the same for every caller, so it is made once
// with the catalog; what a caller sees of each is asked when the type is.

package enum GeneratedType: Sendable, Hashable {
    case queryRoot
    case subscriptionRoot
    case orderByEnum
    case presence
    case scalar(ScalarKind)
    case enumeration(String)
    case comparison(ScalarKind)
    case cast(ScalarKind)
    case object(CollectionID)
    case boolExp(CollectionID)
    case orderBy(CollectionID)
    case selectColumn(CollectionID)
    case aggregate(CollectionID)
    case aggregateFields(CollectionID)
    case aggregateFunction(AggregateFunction, CollectionID)
    case aggregateOrderBy(CollectionID)
    case aggregateFunctionOrderBy(AggregateFunction, CollectionID)
    case aggregateBoolExp(CollectionID)
    case aggregateTest(AggregateTest, CollectionID)
    case booleanColumn(CollectionID)
    case group(CollectionID)
    case groupKey(CollectionID)
    case groupHaving(CollectionID)
    case groupFunctionHaving(AggregateFunction, CollectionID)
    case groupOrderBy(CollectionID)
    case groupKeyOrderBy(CollectionID)
    case connection(CollectionID)
    case edge(CollectionID)
    case connectionOrderBy(CollectionID)
    case pageInfo
    case mutationRoot
    case write(WriteType, CollectionID)
    case functionArguments(FunctionID)
    case rowFunctionArguments(RowFunctionReference)
}

package struct GeneratedTypes: Sendable {
    /// Sorted by name, as introspection lists them.
    package let names: [String]
    /// In the order of `names`.
    private let types: [GeneratedType]
    private let index: NameIndex
    private let roots: [String: RootFieldMeaning]
    private let mutations: [String: MutationMeaning]

    /// What a root field reads.
    package struct RootFieldMeaning: Sendable, Hashable {
        package enum Form: Sendable, Hashable {
            case list
            case byKey
            case aggregate
            case group
            case connection
        }

        package let collection: CollectionID
        package let form: Form
        /// Set where a function yields the rows.
        package var function: FunctionID?
    }

    package init(catalog: Catalog) {
        var types: [String: GeneratedType] = [
            TypeNames.queryRoot: .queryRoot, TypeNames.orderBy: .orderByEnum, TypeNames.mutationRoot: .mutationRoot,
            TypeNames.presence: .presence, TypeNames.subscriptionRoot: .subscriptionRoot,
        ]
        var mutations: [String: MutationMeaning] = [:]
        var roots: [String: RootFieldMeaning] = [:]
        for collection in catalog.collections {
            let id = collection.id
            types[TypeNames.object(collection)] = .object(id)
            types[TypeNames.boolExp(collection)] = .boolExp(id)
            types[TypeNames.orderBy(collection)] = .orderBy(id)
            types[TypeNames.selectColumn(collection)] = .selectColumn(id)
            types[TypeNames.aggregate(collection)] = .aggregate(id)
            types[TypeNames.aggregateFields(collection)] = .aggregateFields(id)
            for function in AggregateFunction.allCases {
                types[TypeNames.aggregateFunction(function, collection)] = .aggregateFunction(function, id)
                types[TypeNames.aggregateFunctionOrderBy(function, collection)] = .aggregateFunctionOrderBy(
                    function, id)
            }
            types[TypeNames.aggregateOrderBy(collection)] = .aggregateOrderBy(id)
            types[TypeNames.aggregateBoolExp(collection)] = .aggregateBoolExp(id)
            for test in AggregateTest.allCases {
                types[TypeNames.aggregateBoolExp(test, collection)] = .aggregateTest(test, id)
            }
            types[TypeNames.booleanColumn(collection)] = .booleanColumn(id)
            for (name, type) in WriteType.names(collection) { types[name] = .write(type, id) }
            for (name, meaning) in MutationMeaning.names(collection) { mutations[name] = meaning }
            for field in collection.fields {
                let capabilities = catalog[collection.source].capabilities
                let operands = capabilities.operators(for: field.type).map { $0.operandType(beside: field.type) }
                Self.add([field.type] + operands, to: &types)
                types[TypeNames.comparison(field.type)] = .comparison(field.type)
                for target in capabilities.casts(of: field.type) {
                    types[TypeNames.cast(field.type)] = .cast(field.type)
                    types[TypeNames.comparison(target)] = .comparison(target)
                }
            }
            for (index, function) in collection.rowFunctions.enumerated() where !function.function.inputs.isEmpty {
                types[TypeNames.arguments(of: function, collection)] = .rowFunctionArguments(
                    RowFunctionReference(collection: id, index: index))
                Self.add(function.function.inputs.map(\.kind), to: &types)
            }
            if let root = collection.rootFields.selectConnection {
                roots[root] = .init(collection: id, form: .connection)
                types[TypeNames.connection(collection)] = .connection(id)
                types[TypeNames.edge(collection)] = .edge(id)
                types[TypeNames.connectionOrderBy(collection)] = .connectionOrderBy(id)
                types[TypeNames.pageInfo] = .pageInfo
            }
            if let root = collection.rootFields.selectGroup {
                roots[root] = .init(collection: id, form: .group)
                types[TypeNames.group(collection)] = .group(id)
                types[TypeNames.groupKey(collection)] = .groupKey(id)
                types[TypeNames.groupHaving(collection)] = .groupHaving(id)
                types[TypeNames.groupOrderBy(collection)] = .groupOrderBy(id)
                types[TypeNames.groupKeyOrderBy(collection)] = .groupKeyOrderBy(id)
                for function in AggregateFunction.allCases {
                    types[TypeNames.groupHaving(function, collection)] = .groupFunctionHaving(function, id)
                    for field in collection.fields where function.applies(to: field.type) {
                        let result = function.resultType(of: field.type)
                        types[TypeNames.comparison(result)] = .comparison(result)
                    }
                }
            }
            roots[collection.rootFields.select] = .init(collection: id, form: .list)
            roots[collection.rootFields.selectByKey] = .init(collection: id, form: .byKey)
            roots[collection.rootFields.selectAggregate] = .init(collection: id, form: .aggregate)
        }
        for function in catalog.functions {
            if function.isVolatile {
                mutations[function.apiName] = .init(collection: function.collection, form: .call(function.id))
            } else {
                let names = TypeNames.roots(of: function)
                roots[names[0]] = .init(collection: function.collection, form: .list, function: function.id)
                roots[names[1]] = .init(collection: function.collection, form: .aggregate, function: function.id)
            }
            guard !function.function.inputs.isEmpty else { continue }
            types[TypeNames.arguments(of: function)] = .functionArguments(function.id)
            Self.add(function.function.inputs.map(\.kind), to: &types)
        }
        // What relation-aggregate filters compare with, also where no column has the type.
        for kind in [ScalarKind.int, .boolean] { types[TypeNames.comparison(kind)] = .comparison(kind) }
        self.roots = roots
        self.mutations = mutations
        // Names of GraphQL are ASCII: this is the order of their bytes.
        let sorted = types.sorted { $0.key < $1.key }
        names = sorted.map(\.key)
        self.types = sorted.map(\.value)
        index = NameIndex(names)
    }

    /// The types of values themselves.
    private static func add(_ kinds: [ScalarKind], to types: inout [String: GeneratedType]) {
        for kind in kinds {
            switch kind.innermost {
            case .enumeration(let name): types[name] = .enumeration(name)
            case .int, .float, .boolean, .string, .array: break
            case .smallint, .bigint, .float8, .numeric, .uuid, .date, .time, .timestamp, .timestamptz, .json,
                .jsonb, .bytea, .other:
                types[kind.innermost.graphQLName] = .scalar(kind.innermost)
            }
        }
    }

    package subscript(name: String) -> GeneratedType? { position(of: name).map { types[$0] } }
    /// Among `names`.
    func position(of name: String) -> Int? { index.position(of: name, among: names) }
    subscript(position: Int) -> GeneratedType { types[position] }
    package func root(named name: String) -> RootFieldMeaning? { roots[name] }
    package func mutation(named name: String) -> MutationMeaning? { mutations[name] }
}
