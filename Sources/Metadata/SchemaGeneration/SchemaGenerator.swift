// The catalog as the GraphQL schema of one authorization shape: each type is made when it is first asked for, from what
// the shape may see. What is denied has no type, field, argument or enum value (dialect of the API, section 8).
package import GraphQL
internal import Synchronization

package final class SchemaGenerator: TypeProvider {
    let catalog: Catalog
    let types: GeneratedTypes
    private let visibility: any SchemaVisibility
    let shared: SharedTypes
    private let made = Mutex(AskedTypes())
    /// Made when the types are first listed.
    private let reachable: Mutex<PositionSet?> = Mutex(nil)

    /// - Parameter shared: what the shapes of one catalog have in common.
    package init(
        catalog: Catalog, types: GeneratedTypes, visibility: any SchemaVisibility,
        sharing shared: SharedTypes = SharedTypes()
    ) {
        self.catalog = catalog
        self.types = types
        self.visibility = visibility
        self.shared = shared
    }

    package static func schema(
        catalog: Catalog, types: GeneratedTypes, visibility: any SchemaVisibility,
        sharing shared: SharedTypes = SharedTypes()
    ) -> Schema {
        let generator = SchemaGenerator(catalog: catalog, types: types, visibility: visibility, sharing: shared)
        return Schema(
            provider: generator, queryType: TypeNames.queryRoot,
            mutationType: generator.type(named: TypeNames.mutationRoot) == nil ? nil : TypeNames.mutationRoot,
            subscriptionType: generator.readsAnything ? TypeNames.subscriptionRoot : nil)
    }

    package func type(named name: String) -> NamedType? {
        types.position(of: name).flatMap { type(at: $0) }
    }

    private func type(at position: Int) -> NamedType? {
        if let known = made.withLock({ $0[position] }) { return known.type }
        let entry = shared.entry(of: make(types[position]), at: position, types)
        made.withLock { $0.set(entry, at: position) }
        return entry.type
    }

    /// The names a caller can reach from the root: a type nothing visible refers to is not listed.
    package var typeNames: [String] {
        let listed = reachable.withLock { $0 } ?? reach()
        return types.names.indices.compactMap { listed.contains($0) ? types.names[$0] : nil }
    }

    private func reach() -> PositionSet {
        var seen = PositionSet(count: types.names.count)
        var listed = seen
        let roots = [TypeNames.queryRoot, TypeNames.mutationRoot, TypeNames.subscriptionRoot]
        var pending = roots.compactMap { types.position(of: $0) }
        for position in pending { _ = seen.insert(position) }
        while let next = pending.popLast() {
            guard let type = type(at: next) else { continue }
            _ = listed.insert(next)
            for reference in references(of: type) {
                guard let position = types.position(of: reference), seen.insert(position) else { continue }
                pending.append(position)
            }
        }
        made.withLock { $0.share(shared) }
        reachable.withLock { $0 = listed }
        return listed
    }

    private func references(of type: NamedType) -> [String] {
        switch type {
        case .object(let object): object.fields.flatMap { [$0.type.name] + $0.arguments.map(\.type.name) }
        case .inputObject(let input): input.fields.map(\.type.name)
        case .scalar, .enumeration, .interface, .union: []
        }
    }

    private func make(_ type: GeneratedType) -> NamedType? {
        switch type {
        case .queryRoot: queryRoot()
        case .subscriptionRoot: subscriptionRoot()
        case .orderByEnum: orderByEnum()
        case .presence: presence()
        case .scalar(let kind): .scalar(ScalarType(name: kind.graphQLName))
        case .enumeration(let name): enumeration(name)
        case .comparison(let kind): comparison(kind)
        case .cast(let kind): cast(kind)
        case .object(let id): object(catalog[id], see(id))
        case .boolExp(let id): boolExp(catalog[id], see(id))
        case .orderBy(let id): orderBy(catalog[id], see(id))
        case .selectColumn(let id): selectColumn(catalog[id], see(id))
        case .aggregate(let id): aggregate(catalog[id], see(id))
        case .aggregateFields(let id): aggregateFields(catalog[id], see(id))
        case .aggregateFunction(let function, let id): aggregateFunction(function, catalog[id], see(id))
        case .aggregateOrderBy(let id): aggregateOrderBy(catalog[id], see(id))
        case .aggregateFunctionOrderBy(let function, let id):
            aggregateFunctionOrderBy(function, catalog[id], see(id))
        case .aggregateBoolExp(let id): aggregateBoolExp(catalog[id], see(id))
        case .aggregateTest(let test, let id): aggregateTest(test, catalog[id], see(id))
        case .booleanColumn(let id): booleanColumn(catalog[id], see(id))
        case .group(let id): group(catalog[id], see(id))
        case .groupKey(let id): groupKey(catalog[id], see(id))
        case .groupHaving(let id): groupHaving(catalog[id], see(id))
        case .groupFunctionHaving(let function, let id): groupHaving(function, catalog[id], see(id))
        case .groupOrderBy(let id): groupOrderBy(catalog[id], see(id))
        case .groupKeyOrderBy(let id): groupKeyOrderBy(catalog[id], see(id))
        case .connection(let id): connection(catalog[id], see(id))
        case .edge(let id): edge(catalog[id], see(id))
        case .connectionOrderBy(let id): connectionOrderBy(catalog[id], see(id))
        case .pageInfo: pageInfo()
        case .mutationRoot: mutationRoot()
        case .write(let type, let id): make(type, catalog[id], see(id))
        case .functionArguments(let id): arguments(of: catalog[id])
        case .rowFunctionArguments(let reference): arguments(of: reference)
        }
    }

    func mayCall(_ id: FunctionID) -> Bool {
        visibility.mayCall(id)
    }

    func see(_ id: CollectionID) -> CollectionVisibility {
        visibility.visibility(of: id)
    }

    /// The fields of a collection the caller may see, those included that only show.
    func shownFields(
        _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [(field: CollectionField, visibility: CollectionVisibility.Field)] {
        zip(collection.fields, visibility.fields)
            .filter { $0.1 != .hidden }
            .map { (field: $0.0, visibility: $0.1) }
            .sorted { $0.field.apiName < $1.field.apiName }
    }

    /// The fields of a collection whose values the caller may use, with their indices, sorted by API name.
    func visibleFields(
        _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [(field: CollectionField, visibility: CollectionVisibility.Field)] {
        shownFields(collection, visibility).filter { $0.visibility != .sealed }
    }

    func hasVisibleField(_ id: CollectionID) -> Bool {
        see(id).fields.contains { $0 != .hidden && $0 != .sealed }
    }

    /// Whether rows of the collection have anything to show: a field, or a relationship to follow.
    func hasObject(_ id: CollectionID) -> Bool {
        // A relationship alone shows something only if it leads, over any number of steps, to something that shows.
        var seen: Set<CollectionID> = [id]
        var pending = [id]
        while let next = pending.popLast() {
            let visibility = see(next)
            guard visibility.isReadable else { continue }
            if visibility.fields.contains(where: { $0 != .hidden }) { return true }
            for (function, link) in zip(catalog[next].rowFunctions, visibility.functions) where link != .hidden {
                if seen.insert(function.target).inserted { pending.append(function.target) }
            }
            for (relationship, link) in zip(catalog[next].relationships, visibility.relationships) where link != .hidden
            {
                if relationship.kind == .array, see(relationship.target).isAggregatable { return true }
                if seen.insert(relationship.target).inserted { pending.append(relationship.target) }
            }
        }
        return false
    }
}
