// Functions of a database in the catalog: which argument is given what, and whether what the function returns and may do fits
// the place it is configured for. A function that may change data is a field of mutations and nothing else.
internal import Base

extension CatalogBuilder {
    // MARK: Root fields

    /// Those of all sources, in the order of the configuration.
    mutating func functions(_ inputs: [Input]) -> [TrackedFunction] {
        var functions: [TrackedFunction] = []
        for (index, input) in inputs.enumerated() {
            for entry in input.configuration.functions {
                let found = find(entry.function, input.schema.functions, entry.pointer)
                guard let found, let function = bind(found, entry.sessionArgument, nil, entry.pointer) else { continue }
                guard let collection = rows(of: found, input.configuration.name) else {
                    report(
                        entry.pointer,
                        "the function \"\(entry.function)\" returns \(found.result.words), which is not rows of a collection",
                        "only a function that returns \"setof\" a tracked table can be a field")
                    continue
                }
                functions.append(
                    TrackedFunction(
                        id: FunctionID(functions.count), source: SourceID(index),
                        name: CollectionName(source: input.configuration.name, collection: entry.function),
                        apiName: entry.name ?? (input.configuration.prefix ?? "") + Self.graphQLName(from: found.name),
                        function: function, collection: collection, isVolatile: found.volatility == .volatile,
                        borrowsRights: found.borrowsRights, description: found.comment))
            }
        }
        return functions
    }

    /// Fields of a root, and types, have names of their own.
    mutating func checkNames(of functions: [TrackedFunction], beside collections: [TrackedCollection]) {
        guard !functions.isEmpty || collections.contains(where: { !$0.rowFunctions.isEmpty }) else { return }
        var queries: Set<String> = []
        var mutations: Set<String> = []
        var types: Set<String> = []
        for collection in collections {
            queries.formUnion(collection.rootFields.queries)
            mutations.formUnion(collection.rootFields.mutations)
            types.formUnion(TypeNames.all(collection))
        }
        for function in functions {
            let names = TypeNames.roots(of: function)
            for name in names {
                let isNew =
                    function.isVolatile ? mutations.insert(name).inserted : queries.insert(name).inserted
                guard !isNew else { continue }
                report(
                    pointer(of: function), "there is a root field \"\(name)\" already", "give the function a \"name\"")
            }
            guard !function.function.inputs.isEmpty else { continue }
            check(type: TypeNames.arguments(of: function), &types, pointer(of: function))
        }
        for collection in collections {
            for function in collection.rowFunctions where !function.function.inputs.isEmpty {
                check(
                    type: TypeNames.arguments(of: function, collection), &types, drafts[collection.id.index].pointer)
            }
        }
    }

    private mutating func check(type name: String, _ types: inout Set<String>, _ pointer: String) {
        if !types.insert(name).inserted {
            report(pointer, "there is a type \"\(name)\" already", "give the function another name")
        }
    }

    private func pointer(of function: TrackedFunction) -> String {
        jsonPointer(
            jsonPointer(jsonPointer("/sources", function.name.source), "functions"), function.name.collection)
    }

    // MARK: Computed fields

    /// A field with one value; `nil` after reporting, or where it is rows (`rowFunctions`).
    mutating func valueField(
        _ field: ComputedFieldConfiguration, _ table: String, _ functions: [FunctionDescription]
    ) -> CollectionField? {
        guard let (found, function) = function(of: field, table, functions) else { return nil }
        switch found.result {
        case .rows: return nil
        case .other:
            report(
                field.pointer + "/function",
                "the function \"\(found.name)\" returns \(found.result.words), which no field can show",
                "a computed field is a value, or \"setof\" a tracked table")
            return nil
        case .value(let kind):
            if let input = function.inputs.first(where: { !$0.hasDefault }) {
                report(
                    field.pointer + "/function",
                    "the function \"\(found.name)\" needs the argument \"\(input.name)\", and a field with one value has none",
                    "give it a default")
                return nil
            }
            return CollectionField(
                name: field.name, apiName: field.name, type: kind, isNullable: true, storage: .function(function),
                description: found.comment)
        }
    }

    mutating func rowFunctions(of draft: Draft, _ functions: [FunctionDescription]) -> [RowFunction] {
        var result: [RowFunction] = []
        for field in draft.configuration?.computedFields ?? [] {
            // What is wrong with the function itself has been told of.
            guard case .function(let name, _, _) = field.definition,
                functions.contains(where: { FunctionReference(name).names($0) && $0.result.areRows })
            else { continue }
            let known = errors
            guard let (found, function) = function(of: field, draft.table.name, functions) else {
                errors = known
                continue
            }
            guard let target = rows(of: found, draft.name.source) else {
                report(
                    field.pointer + "/function",
                    "the function \"\(found.name)\" returns \(found.result.words), which is not a collection",
                    "track that table")
                continue
            }
            result.append(RowFunction(name: field.name, function: function, target: target, description: found.comment))
        }
        return result
    }

    private mutating func function(
        of field: ComputedFieldConfiguration, _ table: String, _ functions: [FunctionDescription]
    ) -> (FunctionDescription, DatabaseFunction)? {
        guard case .function(let name, let tableArgument, let sessionArgument) = field.definition,
            let found = find(name, functions, field.pointer + "/function", givenRowOf: table)
        else { return nil }
        guard found.volatility != .volatile else {
            report(
                field.pointer + "/function",
                "the function \"\(name)\" may change data (it is volatile), and what is read must not",
                "declare it stable or immutable")
            return nil
        }
        guard let function = bind(found, sessionArgument, (table, tableArgument), field.pointer) else { return nil }
        return (found, function)
    }

    // MARK: Functions

    /// - Parameter table: for a computed field: of several functions of one name, the one that takes a row of it is meant.
    private mutating func find(
        _ text: String, _ functions: [FunctionDescription], _ pointer: String, givenRowOf table: String? = nil
    ) -> FunctionDescription? {
        let reference = FunctionReference(text)
        let named = functions.filter { $0.name == reference.name }
        var found = named.filter { reference.names($0) }
        if found.count > 1, let table {
            let fitting = found.filter { function in
                function.arguments.contains { $0.kind == .row(of: table) }
            }
            if !fitting.isEmpty { found = fitting }
        }
        if found.count == 1 { return found[0] }
        let signatures = named.map { "\"\($0.signature)\"" }.joined(separator: " or ")
        if named.isEmpty {
            report(
                pointer, "there is no function \"\(reference.name)\" that the gateway may execute",
                "a function outside the schema public is written \"schema.function\"")
        } else if found.isEmpty {
            report(
                pointer, "there is no function \"\(text)\" that the gateway may execute",
                "of that name there is \(signatures)")
        } else {
            report(
                pointer, "there are \(found.count) functions with the name \"\(reference.name)\"",
                "say which one is meant by the types of its arguments: \(signatures)")
        }
        return nil
    }

    private func rows(of function: FunctionDescription, _ source: String) -> CollectionID? {
        guard case .rows(let table) = function.result else { return nil }
        return draftIndices[CollectionName(source: source, collection: table)].map { CollectionID($0) }
    }

    /// - Parameter row: the table whose rows it is given, and the name of that argument where the configuration says it.
    private mutating func bind(
        _ found: FunctionDescription, _ sessionArgument: String?, _ row: (table: String, argument: String?)?,
        _ pointer: String
    ) -> DatabaseFunction? {
        let names = found.arguments.compactMap(\.name)
        for (key, name) in [("sessionArgument", sessionArgument), ("tableArgument", row?.argument)] {
            guard let name, !names.contains(name) else { continue }
            report(
                pointer + "/" + key, "the function \"\(found.name)\" has no argument \"\(name)\"",
                didYouMean(suggestions(for: name, in: names)))
            return nil
        }
        var arguments: [DatabaseFunction.Argument] = []
        var unnamed = 0
        var hasRow = false
        for argument in found.arguments {
            if argument.name == nil, case .value = argument.kind { unnamed += 1 }
            let role: DatabaseFunction.Argument.Role
            switch argument.kind {
            case .value(let kind) where sessionArgument != nil && argument.name == sessionArgument:
                guard kind.family == .document else {
                    report(
                        pointer + "/sessionArgument",
                        "the argument \"\(argument.name ?? "")\" is \(kind.graphQLName), and claims are json or jsonb")
                    return nil
                }
                role = .session
            case .value(let kind):
                let name = argument.name.map { Self.graphQLName(from: $0) } ?? "arg_\(unnamed)"
                role = .input(name: name, kind)
            case .row(let table)
            where table == row?.table && !hasRow
                && (row?.argument == nil || row?.argument == argument.name):
                hasRow = true
                role = .row
            case .row(let table):
                report(
                    pointer,
                    "the function \"\(found.name)\" takes a row of \"\(table)\", which no caller can give it")
                return nil
            }
            arguments.append(.init(role: role, type: argument.type, hasDefault: argument.hasDefault))
        }
        if let row, !hasRow {
            report(
                row.argument == nil ? pointer + "/function" : pointer + "/tableArgument",
                "the function \"\(found.name)\" takes no row of \"\(row.table)\" there")
            return nil
        }
        return DatabaseFunction(location: found.location, arguments: arguments)
    }
}

extension FunctionDescription.Result {
    fileprivate var areRows: Bool {
        if case .rows = self { true } else { false }
    }

    fileprivate var words: String {
        switch self {
        case .rows(let table): "rows of \"\(table)\""
        case .value(let kind): kind.graphQLName
        case .other(let words): words
        }
    }
}
