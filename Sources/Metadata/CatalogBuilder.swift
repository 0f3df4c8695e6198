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
    private(set) var index = DraftIndex()
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

    // MARK: Linking

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
        let keys = keys(of: draft)
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
            primaryKey: keys.primary, constraints: keys.constraints, rowIdentifier: draft.table.rowIdentifier,
            foreignKeys: foreignKeys, isView: draft.table.kind == .view,
            description: draft.table.comment)
        collection.triggers = draft.table.triggers
        collection.rowFunctions = rowFunctions(of: draft, inputs[draft.source.index].schema.functions)
        if collection.isView {
            collection.accepts = draft.table.accepts
            if keys.primary.isEmpty { collection.viewKey = draft.table.viewKey.compactMap(position) }
        }
        return collection
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
