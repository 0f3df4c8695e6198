// Joins what the databases hold with what the configuration says into the catalog. Everything that does not fit (a
// table that is not there, two collections of one name) is reported at its place in the configuration.
internal import Base

package struct CatalogBuilder {
    /// One source with what its connector found.
    package struct Input {
        package let configuration: SourceConfiguration
        package let schema: DatabaseSchema
        package let capabilities: SourceCapabilities

        package init(configuration: SourceConfiguration, schema: DatabaseSchema, capabilities: SourceCapabilities) {
            self.configuration = configuration
            self.schema = schema
            self.capabilities = capabilities
        }
    }

    let file: String
    var errors: [ConfigurationError] = []
    private(set) var drafts: [Draft] = []
    /// What the drafts are asked about each other, once all of them are there.
    private var index = DraftIndex()
    private(set) var draftIndices: [CollectionName: Int] = [:]
    /// By the table whose rows are the values.
    private var enumerations: [CollectionName: Enumeration] = [:]

    /// A collection while its relationships are still to be linked.
    struct Draft {
        let source: SourceID
        let name: CollectionName
        let table: TableDescription
        let configuration: CollectionConfiguration?
        let apiName: String
        let fields: [CollectionField]
        let pointer: String
    }

    private init(file: String) {
        self.file = file
    }

    /// - Parameter file: the configuration file, for messages.
    package static func build(_ inputs: [Input], file: String) throws(ConfigurationFailure) -> Catalog {
        var builder = CatalogBuilder(file: file)
        var sources: [Source] = []
        for (index, input) in inputs.enumerated() {
            sources.append(
                Source(id: SourceID(index), name: input.configuration.name, capabilities: input.capabilities))
            builder.readEnumerations(input)
            builder.draft(input, SourceID(index))
        }
        builder.index = builder.makeIndex()
        builder.checkNames()
        let collections = builder.drafts.indices.map { builder.link($0, inputs) }
        builder.checkTypeNames(collections)
        for collection in collections { builder.checkFieldNames(collection) }
        let functions = builder.functions(inputs)
        builder.checkNames(of: functions, beside: collections)
        if !builder.errors.isEmpty { throw ConfigurationFailure(builder.errors) }
        return Catalog(
            sources: sources, collections: collections, enumerations: Array(builder.enumerations.values),
            functions: functions)
    }

    // MARK: Collections and fields

    /// Before any column is looked at: which of them hold values of an enum, their foreign keys say.
    private mutating func readEnumerations(_ input: Input) {
        for entry in input.configuration.collections where entry.isEnum {
            guard let table = input.schema.tables.first(where: { $0.name == entry.table }) else { continue }
            let name = CollectionName(source: input.configuration.name, collection: table.name)
            do throws(EnumerationProblem) {
                enumerations[name] = try Enumeration(
                    table, name: TypeNames.enumeration(apiName: Self.apiName(table, entry, input.configuration)))
            } catch {
                report(entry.pointer + "/enum", error.message, error.suggestion)
            }
        }
    }

    private static func apiName(
        _ table: TableDescription, _ entry: CollectionConfiguration?, _ source: SourceConfiguration
    ) -> String {
        entry?.name ?? (source.prefix ?? "") + graphQLName(from: table.name)
    }

    private mutating func draft(_ input: Input, _ source: SourceID) {
        let configuration = input.configuration
        if configuration.namespace != nil {
            report(
                configuration.pointer + "/namespace", "\"namespace\" is not supported by this version", "use \"prefix\""
            )
        }
        let tables = input.schema.tables
        let known = Set(tables.map(\.name))
        for entry in configuration.collections where !known.contains(entry.table) {
            report(
                entry.pointer, "there is no table \"\(entry.table)\" in \"\(configuration.name)\"",
                didYouMean(suggestions(for: entry.table, in: tables.map(\.name))))
        }
        let entries = Dictionary(
            configuration.collections.map { ($0.table, $0) }, uniquingKeysWith: { first, _ in first })
        for table in tables {
            let entry = entries[table.name]
            guard configuration.track == .all || entry != nil else { continue }
            let name = CollectionName(source: configuration.name, collection: table.name)
            if table.kind == .table, let entry, !entry.key.isEmpty {
                report(
                    entry.pointer + "/key", "\"key\" is for views: the key of a table is the database's", "leave it out"
                )
            }
            let pointer = entry?.pointer ?? jsonPointer(configuration.pointer + "/collections", table.name)
            let fields = self.fields(of: table, entry, configuration.name, pointer, input.schema.functions)
            let apiName = Self.apiName(table, entry, configuration)
            draftIndices[name] = drafts.count
            drafts.append(
                Draft(
                    source: source, name: name, table: table, configuration: entry, apiName: apiName, fields: fields,
                    pointer: pointer))
        }
    }

    /// An enum where a foreign key of this text column alone leads to an enum table.
    private func enumeration(
        of column: ColumnDescription, _ table: TableDescription, _ source: String
    ) -> ScalarKind? {
        table.foreignKeys.lazy.filter { $0.columns == [column.name] }.compactMap { key in
            self.enumerations[CollectionName(source: source, collection: key.targetTable)]
        }.first?.kind
    }

    private mutating func fields(
        of table: TableDescription, _ entry: CollectionConfiguration?, _ source: String, _ pointer: String,
        _ functions: [FunctionDescription]
    ) -> [CollectionField] {
        for field in entry?.fields ?? [] where !table.columns.contains(where: { $0.name == field.column }) {
            report(
                field.pointer, "there is no column \"\(field.column)\" in \"\(table.name)\"",
                didYouMean(suggestions(for: field.column, in: table.columns.map(\.name))))
        }
        var types: [ScalarKind] = []
        for column in table.columns {
            let scalar = scalar(of: column, entry)
            types.append(scalar == .string ? enumeration(of: column, table, source) ?? scalar : scalar)
        }
        var fields = zip(table.columns, types).map { column, type in
            var field = CollectionField(
                name: column.name,
                apiName: entry?.fields.first { $0.column == column.name }?.name ?? Self.enumValue(from: column.name),
                type: type, isNullable: column.isNullable, isGenerated: column.isGenerated,
                description: column.comment)
            field.isUntyped = column.isUntyped && type == .string
            return field
        }
        for computed in entry?.computedFields ?? [] {
            switch computed.definition {
            case .expression(let expression, let name):
                guard let type = ScalarKind(graphQLName: name) else {
                    report(
                        computed.pointer + "/type", "unknown type \"\(name)\"",
                        didYouMean(suggestions(for: name, in: ScalarKind.known.map(\.graphQLName))))
                    continue
                }
                fields.append(
                    CollectionField(
                        name: computed.name, apiName: computed.name, type: type, isNullable: true,
                        storage: .computed(expression: expression)))
            case .function:
                if let field = valueField(computed, table.name, functions) { fields.append(field) }
            }
        }
        for field in fields where field.apiName != Self.enumValue(from: field.apiName) {
            report(
                pointer, "a field cannot have the name \"\(field.apiName)\", for it is a value of enums too",
                "set \"fields\": { \"\(field.name)\": { \"name\": … } }")
        }
        var seen: Set<String> = []
        for field in fields where !seen.insert(field.apiName).inserted {
            report(
                pointer, "two fields of \"\(table.name)\" have the name \"\(field.apiName)\"",
                "set \"fields\": { \"\(field.name)\": { \"name\": … } }")
        }
        return fields
    }

    /// The configured type, as far as every value the column can hold, or none that it must, is one of it.
    private mutating func scalar(of column: ColumnDescription, _ entry: CollectionConfiguration?) -> ScalarKind {
        guard let field = entry?.fields.first(where: { $0.column == column.name }), let name = field.type else {
            return column.type
        }
        let allowed =
            column.isUntyped
            ? ScalarKind.known : column.type.family == .integer ? [.smallint, .int, .bigint] : [column.type]
        if let type = allowed.first(where: { $0.graphQLName == name }) { return type }
        let known = ScalarKind.known.map(\.graphQLName)
        report(
            field.pointer + "/type",
            known.contains(name)
                ? "the column \"\(column.name)\" holds \(column.type.graphQLName) and cannot be shown as \(name)"
                : "unknown type \"\(name)\"",
            known.contains(name)
                ? "use \(allowed.map(\.graphQLName).joined(separator: ", "))"
                : didYouMean(suggestions(for: name, in: known)))
        return column.type
    }

    /// A root type has one field of a name. Queries and mutations have roots of their own, so that `x` and `insert_x`
    /// get along: `insert_x` reads the one and writes the other.
    private mutating func checkNames() {
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
    private mutating func checkTypeNames(_ collections: [TrackedCollection]) {
        let fields = collections.flatMap { $0.fields.map(\.type) }
        let scalars = Set(ScalarKind.known + fields + fields.map(\.innermost))
        var owners: [String: CollectionName?] = [
            TypeNames.queryRoot: nil, TypeNames.mutationRoot: nil, TypeNames.orderBy: nil, "ID": nil,
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
    private mutating func checkFieldNames(_ collection: TrackedCollection) {
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

    /// What the drafts have to know of each other, in places where looking through all of them would take a time that
    /// grows with the square of their number.
    private struct DraftIndex {
        var apiNames: Set<String> = []
        /// By their bytes, so that those with a prefix stand together.
        var sortedNames: [String] = []
        /// Which drafts have a root field that every collection has.
        var rootOwners: [String: [Int]] = [:]
        /// Which foreign keys lead to a draft.
        var referrers: [[Referrer]] = []

        struct Referrer {
            let draft: Int
            let pairs: [Relationship.Pair]
        }

        func hasName(startingWith prefix: String) -> Bool {
            var (low, high) = (0, sortedNames.count)
            while low < high {
                let middle = (low + high) / 2
                if sortedNames[middle].utf8.lexicographicallyPrecedes(prefix.utf8) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low < sortedNames.count && sortedNames[low].utf8.starts(with: prefix.utf8)
        }
    }

    private func makeIndex() -> DraftIndex {
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

    // MARK: Relationships

    private mutating func link(_ index: Int, _ inputs: [Input]) -> TrackedCollection {
        let draft = drafts[index]
        let columns = draft.table.columns.map(\.name)
        let position = { (name: String) in columns.firstIndex(of: name) }
        var relationships = configured(draft, index)
        if inputs[draft.source.index].configuration.track == .all {
            for inferred in inferred(index) {
                let isReplaced = relationships.contains {
                    $0.kind == inferred.kind && $0.target == inferred.target && Set($0.pairs) == Set(inferred.pairs)
                }
                if !isReplaced { relationships.append(uniquelyNamed(inferred, beside: relationships, draft)) }
            }
        }
        var constraints = draft.table.uniqueConstraints.map {
            UniqueKey(name: $0.name, fields: $0.columns.compactMap(position))
        }
        let isView = draft.table.kind == .view
        let key = (isView ? viewKey(draft) : draft.table.primaryKey).compactMap(position)
        // What the owner says of a view's key the database does not see to: nothing conflicts with it.
        if !key.isEmpty, !isView {
            let name = draft.table.primaryKeyName ?? draft.table.name + "_pkey"
            constraints.insert(UniqueKey(name: name, fields: key), at: 0)
        }
        // Names that differ only in what GraphQL lacks: an owner can rename columns here, but not indices.
        var taken: Set<String> = []
        for index in constraints.indices {
            let name = constraints[index].apiName
            var number = 2
            while !taken.insert(constraints[index].apiName).inserted {
                constraints[index].apiName = "\(name)_\(number)"
                number += 1
            }
        }
        let foreignKeys = draft.table.foreignKeys.compactMap { key -> ForeignKey? in
            resolve(key, from: index).map { target, pairs in
                ForeignKey(
                    fields: pairs.map(\.local), target: CollectionID(target), targetFields: pairs.map(\.target),
                    onDelete: key.onDelete, onUpdate: key.onUpdate)
            }
        }
        var collection = TrackedCollection(
            id: CollectionID(index), source: draft.source, name: draft.name,
            table: draft.table.location?.table ?? draft.table.name, schema: draft.table.location?.schema,
            apiName: draft.apiName, rootFields: offeredRoots(draft), fields: draft.fields, relationships: relationships,
            primaryKey: key, constraints: constraints, rowIdentifier: draft.table.rowIdentifier,
            foreignKeys: foreignKeys, isView: isView,
            description: draft.table.comment)
        collection.triggers = draft.table.triggers
        collection.rowFunctions = rowFunctions(of: draft, inputs[draft.source.index].schema.functions)
        if isView {
            collection.accepts = draft.table.accepts
            if key.isEmpty { collection.viewKey = draft.table.viewKey.compactMap(position) }
        }
        return collection
    }

    private mutating func viewKey(_ draft: Draft) -> [String] {
        let names = draft.configuration?.key ?? []
        let columns = draft.table.columns.map(\.name)
        for name in names where !columns.contains(name) {
            report(
                draft.pointer + "/key", "there is no column \"\(name)\" in \"\(draft.name)\"",
                didYouMean(suggestions(for: name, in: columns)))
        }
        if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            report(
                draft.pointer + "/key", "the key names \"\(names[twice])\" twice", "say each column once")
        }
        return names
    }

    private mutating func configured(_ draft: Draft, _ index: Int) -> [Relationship] {
        var relationships: [Relationship] = []
        for entry in draft.configuration?.relationships ?? [] {
            let kind: Relationship.Kind = entry.cardinality == .object ? .object : .array
            let targetName = CollectionName(source: draft.name.source, collection: entry.target)
            guard let targetIndex = draftIndices[targetName] else {
                let known = drafts.filter { $0.source == draft.source }.map(\.name.collection)
                report(
                    entry.pointer + "/\(kind.rawValue)", "there is no collection \"\(entry.target)\"",
                    didYouMean(suggestions(for: entry.target, in: known)))
                continue
            }
            let target = drafts[targetIndex]
            var pairs: [Relationship.Pair] = []
            for pair in entry.columns {
                let local = column(pair.local, of: draft, entry.pointer)
                let remote = column(pair.remote, of: target, entry.pointer)
                guard let local, let remote else { continue }
                pairs.append(.init(local: local, target: remote))
            }
            if draft.fields.contains(where: { $0.apiName == entry.name }) {
                report(
                    entry.pointer, "\"\(entry.name)\" is a column of \"\(draft.name)\" already", "choose another name")
            }
            let guaranteed = kind == .object && isGuaranteed(draft, target, pairs)
            relationships.append(
                Relationship(
                    name: entry.name, kind: kind, target: CollectionID(targetIndex), pairs: pairs,
                    isGuaranteed: guaranteed, isReferredTo: isReferredTo(index, targetIndex, pairs, entry)))
        }
        return relationships
    }

    private mutating func column(_ name: String, of draft: Draft, _ pointer: String) -> Int? {
        if let index = draft.table.columns.firstIndex(where: { $0.name == name }) { return index }
        report(
            pointer + "/on", "there is no column \"\(name)\" in \"\(draft.name)\"",
            didYouMean(suggestions(for: name, in: draft.table.columns.map(\.name))))
        return nil
    }

    /// Object relationships are named for the column without `_id`, or for the target; array relationships for the
    /// collection that refers.
    private func inferred(_ index: Int) -> [Relationship] {
        let draft = drafts[index]
        var relationships: [Relationship] = []
        for key in draft.table.foreignKeys {
            guard let (target, pairs) = resolve(key, from: index) else { continue }
            let base = drafts[target]
            let named = key.columns.count == 1 && key.columns[0].hasSuffix("_id") && key.columns[0].utf8.count > 3
            let name = named ? String(key.columns[0].dropLast(3)) : base.apiName
            relationships.append(
                Relationship(
                    name: Self.graphQLName(from: name), kind: .object, target: CollectionID(target), pairs: pairs,
                    isGuaranteed: isGuaranteed(draft, base, pairs), isReferredTo: false))
        }
        for referrer in self.index.referrers[index] {
            relationships.append(
                Relationship(
                    name: drafts[referrer.draft].apiName, kind: .array, target: CollectionID(referrer.draft),
                    pairs: referrer.pairs.map { .init(local: $0.target, target: $0.local) }, isGuaranteed: false,
                    isReferredTo: true))
        }
        return relationships
    }

    private func resolve(_ key: ForeignKeyDescription, from index: Int) -> (target: Int, pairs: [Relationship.Pair])? {
        let draft = drafts[index]
        let name = CollectionName(source: draft.name.source, collection: key.targetTable)
        guard let target = draftIndices[name], key.columns.count == key.targetColumns.count else { return nil }
        var pairs: [Relationship.Pair] = []
        for (local, remote) in zip(key.columns, key.targetColumns) {
            guard let localIndex = draft.table.columns.firstIndex(where: { $0.name == local }),
                let remoteIndex = drafts[target].table.columns.firstIndex(where: { $0.name == remote })
            else { return nil }
            pairs.append(.init(local: localIndex, target: remoteIndex))
        }
        return (target, pairs)
    }

    /// A foreign key over columns that are never null: the database itself sees to the related row.
    private func isGuaranteed(_ draft: Draft, _ target: Draft, _ pairs: [Relationship.Pair]) -> Bool {
        let local = pairs.map { draft.table.columns[$0.local].name }
        let remote = pairs.map { target.table.columns[$0.target].name }
        let isKey = draft.table.foreignKeys.contains { key in
            key.targetTable == target.table.name
                && Set(zip(key.columns, key.targetColumns).map { [$0, $1] })
                    == Set(zip(local, remote).map { [$0, $1] })
        }
        return isKey && pairs.allSatisfy { !draft.table.columns[$0.local].isNullable }
    }

    /// As the configuration says; without a word of it, when a foreign key of the target leads here over just these columns
    /// and none of this collection leads there.
    private func isReferredTo(
        _ index: Int, _ target: Int, _ pairs: [Relationship.Pair], _ entry: RelationshipConfiguration
    ) -> Bool {
        if entry.cardinality == .array { return true }
        if let order = entry.insertionOrder { return order == .afterParent }
        let leads = { (from: Int, to: Int, pairs: Set<Relationship.Pair>) in
            self.drafts[from].table.foreignKeys.contains { key in
                guard let found = self.resolve(key, from: from) else { return false }
                return found.target == to && Set(found.pairs) == pairs
            }
        }
        let reversed = Set(pairs.map { Relationship.Pair(local: $0.target, target: $0.local) })
        return leads(target, index, reversed) && !leads(index, target, Set(pairs))
    }

    /// Two links of one name, or a link named like a column: the columns it joins by are added.
    private func uniquelyNamed(_ relationship: Relationship, beside others: [Relationship], _ draft: Draft)
        -> Relationship
    {
        let isUsed = { (name: String) in
            draft.fields.contains { $0.apiName == name || $0.name == name }
                || others.contains {
                    $0.name == name || ($0.kind == .array && TypeNames.aggregateField(of: $0) == name)
                }
        }
        let isTaken = { (name: String) in
            isUsed(name) || (relationship.kind == .array && isUsed(name + TypeNames.aggregateSuffix))
        }
        guard isTaken(relationship.name) else { return relationship }
        let target = drafts[relationship.target.index]
        let columns = relationship.pairs.map { pair in
            relationship.kind == .object ? draft.table.columns[pair.local].name : target.table.columns[pair.target].name
        }
        var name = Self.graphQLName(from: "\(relationship.name)_by_\(columns.joined(separator: "_"))")
        while isTaken(name) { name += "_" }
        return Relationship(
            name: name, kind: relationship.kind, target: relationship.target, pairs: relationship.pairs,
            isGuaranteed: relationship.isGuaranteed, isReferredTo: relationship.isReferredTo)
    }

    // MARK: Names and errors

    /// A database name as a GraphQL name: what the grammar lacks becomes `_`, a leading digit or `__` is avoided.
    static func graphQLName(from name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            let isAllowed =
                scalar.isASCII && (scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            result.unicodeScalars.append(isAllowed ? scalar : "_")
        }
        while result.hasPrefix("__") { result.removeFirst() }
        if result.isEmpty || result == "_" { return "_1" }
        if let first = result.unicodeScalars.first, ("0"..."9").contains(first) { result = "_" + result }
        return result
    }

    /// The same for what is a value of an enum as well: columns are in `T_select_column`
    /// (GraphQL specification, section "Enum Value": neither `true` nor `false` nor `null`).
    static func enumValue(from name: String) -> String {
        let result = graphQLName(from: name)
        return ["true", "false", "null"].contains(result) ? result + "_" : result
    }

    mutating func report(_ pointer: String, _ message: String, _ suggestion: String? = nil) {
        errors.append(ConfigurationError(file: file, pointer: pointer, message: message, suggestion: suggestion))
    }
}

extension ScalarKind {
    /// The types a computed field may declare.
    package static let known: [ScalarKind] = [
        .int, .smallint, .bigint, .float, .float8, .numeric, .boolean, .string, .uuid, .date, .time, .timestamp,
        .timestamptz, .json, .jsonb, .bytea,
    ]

    package init?(graphQLName name: String) {
        guard let kind = ScalarKind.known.first(where: { $0.graphQLName == name }) else { return nil }
        self = kind
    }
}
