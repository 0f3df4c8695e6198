// Names in the API that must not meet: of collections, of root fields, of types, and of the fields of one collection.
internal import Base

extension CatalogBuilder {
    /// A root type has one field of a name. Queries and mutations have roots of their own, so that `x` and `insert_x`
    /// get along: `insert_x` reads the one and writes the other.
    mutating func checkNames() {
        for (name, drafts) in Dictionary(grouping: drafts, by: \.apiName) where drafts.count > 1 {
            report(drafts[1].pointer, "two collections have the name \"\(name)\"", "give one of them a \"name\"")
        }
        for names in [\RootFieldNames.queries, \.mutations] {
            var owners: [String: Draft] = [:]
            for draft in drafts {
                for name in offeredRoots(draft)[keyPath: names] {
                    guard let owner = owners.updateValue(draft, forKey: name) else { continue }
                    if owner.name == draft.name {
                        report(
                            draft.pointer + "/rootFields", "two root fields have the name \"\(name)\"",
                            "choose another name")
                    } else if owner.apiName != draft.apiName {
                        report(
                            draft.pointer,
                            "\"\(draft.name)\" and \"\(owner.name)\" would both have the root field \"\(name)\"",
                            "give one of them a \"name\", or its source a \"prefix\"")
                    }
                }
            }
        }
    }

    /// The schema has one type of a name: no collection's may be another's, a scalar or one that every schema has.
    mutating func checkTypeNames(_ collections: [TrackedCollection]) {
        let fields = collections.flatMap { $0.fields.map(\.type) }
        let scalars = Set(ScalarKind.known + fields + fields.map(\.innermost))
        var owners: [String: CollectionName?] = [
            TypeNames.queryRoot: nil, TypeNames.mutationRoot: nil, TypeNames.subscriptionRoot: nil,
            TypeNames.orderBy: nil, "ID": nil,
        ]
        for scalar in scalars {
            owners[scalar.graphQLName] = .some(nil)
            owners[TypeNames.comparison(scalar)] = .some(nil)
            if scalar == .jsonb { owners[TypeNames.cast(scalar)] = .some(nil) }
        }
        for collection in collections {
            for name in TypeNames.all(collection) {
                let pointer = drafts[collection.id.index].pointer
                switch owners.updateValue(collection.name, forKey: name) {
                case nil, .some(.some(collection.name)): break
                // Two collections of one name have been told of.
                case .some(.some(let other)) where collections[draftIndices[other] ?? 0].apiName == collection.apiName:
                    break
                case .some(.some(let other)):
                    report(
                        pointer, "\"\(collection.name)\" and \"\(other)\" would both have the type \"\(name)\"",
                        "give one of them a \"name\"")
                case .some(nil):
                    report(
                        pointer, "\"\(collection.name)\" would have the type \"\(name)\", which every schema has",
                        "give it a \"name\", or its source a \"prefix\"")
                }
            }
        }
    }

    /// Columns, relationships and their aggregates are fields of one object, and members of one filter.
    mutating func checkFieldNames(_ collection: TrackedCollection) {
        let draft = drafts[collection.id.index]
        var taken: Set<String> = ["_and", "_or", "_not"]
        for field in collection.fields where !taken.insert(field.apiName).inserted && field.apiName.hasPrefix("_") {
            // Two columns of one name have been told of; these are the filter's own.
            guard ["_and", "_or", "_not"].contains(field.apiName) else { continue }
            report(
                draft.pointer, "\"\(field.apiName)\" is a word of every filter and cannot name a field",
                "set \"fields\": { \"\(field.name)\": { \"name\": … } }")
        }
        for function in collection.rowFunctions where !taken.insert(function.name).inserted {
            report(
                draft.pointer, "two fields of \"\(collection.name)\" would have the name \"\(function.name)\"",
                "rename the computed field")
        }
        for relationship in collection.relationships {
            var names = [relationship.name]
            if relationship.kind == .array { names.append(TypeNames.aggregateField(of: relationship)) }
            for name in names where !taken.insert(name).inserted {
                // A relationship named like a column has been told of.
                if draft.fields.contains(where: { $0.apiName == name }), name == relationship.name { continue }
                report(
                    draft.pointer, "two fields of \"\(collection.name)\" would have the name \"\(name)\"",
                    "rename the relationship \"\(relationship.name)\" or the column")
            }
        }
    }

    func rootFields(_ draft: Draft) -> RootFieldNames {
        var names = RootFieldNames(apiName: draft.apiName)
        if let configured = draft.configuration?.rootFields {
            names.select = configured.select ?? names.select
            names.selectByKey = configured.selectByPk ?? names.selectByKey
            names.selectAggregate = configured.selectAggregate ?? names.selectAggregate
            names.insert = configured.insert ?? names.insert
            names.insertOne = configured.insertOne ?? names.insertOne
            names.update = configured.update ?? names.update
            names.updateByKey = configured.updateByPk ?? names.updateByKey
            names.updateMany = configured.updateMany ?? names.updateMany
            names.delete = configured.delete ?? names.delete
            names.deleteByKey = configured.deleteByPk ?? names.deleteByKey
            names.selectGroup = configured.selectGroup ?? names.selectGroup
            names.selectConnection = configured.selectConnection ?? names.selectConnection
        }
        return names
    }

    func makeIndex() -> DraftIndex {
        var index = DraftIndex()
        index.apiNames = Set(drafts.map(\.apiName))
        index.sortedNames = drafts.map(\.apiName).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        index.referrers = Array(repeating: [], count: drafts.count)
        for (number, draft) in drafts.enumerated() {
            let roots = rootFields(draft)
            for name in [roots.select, roots.selectByKey, roots.selectAggregate] {
                index.rootOwners[name, default: []].append(number)
            }
            for key in draft.table.foreignKeys {
                guard let (target, pairs) = resolve(key, from: number) else { continue }
                index.referrers[target].append(.init(draft: number, pairs: pairs))
            }
        }
        return index
    }

    /// The names of roots as they are offered: what the dialect lacks gives way to a collection of that name.
    func offeredRoots(_ draft: Draft) -> RootFieldNames {
        var names = rootFields(draft)
        if isTaken(names.selectGroup, draft.apiName + "_group", beside: draft) { names.selectGroup = nil }
        if index.apiNames.contains(TypeNames.pageInfo)
            || isTaken(names.selectConnection, draft.apiName + "_connection", beside: draft)
            || isTaken(nil, draft.apiName + "_edge", beside: draft)
        {
            names.selectConnection = nil
        }
        return names
    }

    /// - Parameter types: what the names of the types begin with.
    private func isTaken(_ root: String?, _ types: String, beside draft: Draft) -> Bool {
        if index.apiNames.contains(types) { return true }
        guard let root else { return false }
        if index.hasName(startingWith: types + "_") { return true }
        return index.rootOwners[root, default: []].contains { drafts[$0].name != draft.name }
    }
}
