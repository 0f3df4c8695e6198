// Execution cases, written and random, against the reference's own responses.

import Base
import GraphQL
import Testing

@Suite struct ExecutionConformance {
    @Test func `random requests over random schemas give the reference's responses`() throws {
        guard let file = try CaseFile.load("execution-random.json") else { return }
        var schemas: [String: Schema] = [:]
        for member in file.root["schemas"]?.object?.members ?? [] {
            schemas[member.name] = try SchemaBuilder.schema(of: member.value.object?["sdl"]?.string ?? "")
        }
        file.replay { entry in
            let schema = try #require(schemas[entry["schema"]?.string ?? ""])
            return try run(
                entry, schema, JSONObject(),
                resolve: { _, _, field, _ in wired(field.type, schema) },
                runtimeType: { _, type in
                    let names = schema.possibleTypes(of: type).sorted()
                    if case .union = type { return names.first }
                    return names.last
                })
        }
    }

    /// The fixed resolvers the case file describes.
    private func wired(_ type: TypeReference, _ schema: Schema) -> ReferenceExecutor.Outcome {
        switch type {
        case .nonNull(let inner): return wired(inner, schema)
        case .list(let item): return .list([wired(item, schema), wired(item, schema)])
        case .named("Int"): return .value(.number(JSONNumber(2)))
        case .named("Float"): return .value(.number(JSONNumber(text: "3.14")))
        case .named("Boolean"): return .value(.bool(true))
        case .named("ID"): return .value(.string("id"))
        case .named(let name):
            switch schema.type(named: name) {
            case .enumeration(let type)?: return .value(.string(type.values.first?.name ?? ""))
            case .scalar?: return .value(.string("str"))
            default: return .object
            }
        }
    }

    @Test func `requests give the reference's responses`() throws {
        guard let file = try CaseFile.load("execution.json") else { return }
        let schemas = file.root["schemas"]?.object ?? JSONObject()
        file.replay { entry in
            let description = schemas[entry["schema"]?.string ?? ""]?.object ?? JSONObject()
            let internalValues = description["enumInternalValues"]?.object ?? JSONObject()
            let schema = try self.schema(description["sdl"]?.string ?? "")
            var argumentProblem: String?
            var outcomes: [String: JSONObject] = [:]
            var types: [String: String] = [:]
            for resolved in entry["resolved"]?.array ?? [] {
                guard let resolved = resolved.object, let path = resolved["path"]?.array else { continue }
                outcomes[JSONValue.array(path).text] = resolved
                types[JSONValue.array(path.dropLast()).text] = resolved["parentType"]?.string
            }
            for resolved in entry["resolvedTypes"]?.array ?? [] {
                types[(resolved.object?["path"] ?? .null).text] = resolved.object?["type"]?.string
            }
            let problem = try run(
                entry, schema, internalValues,
                resolve: { path, _, field, arguments in
                    let resolved = outcomes[key(path)]
                    if let resolved, resolved["argsUnserialisable"] == nil {
                        let expected = resolved["args"] ?? .object(JSONObject())
                        let found = internalised(arguments, field, schema, internalValues)
                        if !isSame(found.sorted, expected.sorted) {
                            argumentProblem = "arguments \(found.text), expected \(expected.text)"
                        }
                    }
                    return outcome(resolved?["outcome"])
                },
                runtimeType: { path, _ in
                    // An object may name its type itself.
                    types[key(path)]
                        ?? outcomes[key(path)]?["outcome"]?.object?["raw"]?.object?["__typename"]?.string
                })
            return problem ?? argumentProblem
        }
    }

    /// Some cases have a schema of nothing, written as no text.
    private func schema(_ sdl: String) throws -> Schema {
        sdl.isEmpty ? SchemaBuilder.schema(of: .empty) : try SchemaBuilder.schema(of: sdl)
    }

    /// Arguments with enum values as the host language's resolvers receive them.
    private func internalised(
        _ arguments: JSONObject, _ field: FieldDefinition, _ schema: Schema, _ internalValues: JSONObject
    ) -> JSONValue {
        func convert(_ value: JSONValue, _ type: TypeReference) -> JSONValue {
            switch value {
            case .array(let items): return .array(items.map { convert($0, type.item ?? type) })
            case .object(let object):
                guard case .inputObject(let input)? = schema.type(named: type.name) else { return value }
                return .object(
                    JSONObject(
                        object.members.map { member in
                            JSONMember(
                                name: member.name,
                                value: input.fields[member.name].map { convert(member.value, $0.type) }
                                    ?? member.value)
                        }))
            case .string(let name): return internalValues[type.name]?.object?[name] ?? value
            case .null, .bool, .number: return value
            }
        }
        return .object(
            JSONObject(
                arguments.members.map { member in
                    JSONMember(
                        name: member.name,
                        value: field.argument(named: member.name).map { convert(member.value, $0.type) }
                            ?? member.value)
                }))
    }

    private func outcome(_ value: JSONValue?) -> ReferenceExecutor.Outcome {
        guard let object = value?.object else { return .error("no outcome was written down") }
        if let error = object["error"] { return .error(error.string ?? error.object?["message"]?.string ?? "") }
        if let items = object["list"]?.array { return .list(items.map { outcome($0) }) }
        if object["object"] != nil { return .object }
        if object["value"]?.object?["$undefined"] != nil { return .value(.null) }
        return .value(object["value"] ?? .null)
    }

    private func key(_ path: [PathSegment]) -> String { json(path).text }

    private func json(_ path: [PathSegment]) -> JSONValue {
        .array(
            path.map { segment in
                switch segment {
                case .field(let name): .string(name)
                case .index(let index): .number(JSONNumber(index))
                }
            })
    }

    private func run(
        _ entry: JSONObject, _ schema: Schema, _ internalValues: JSONObject,
        resolve: @escaping ([PathSegment], ObjectType, FieldDefinition, JSONObject) -> ReferenceExecutor.Outcome,
        runtimeType: @escaping ([PathSegment], NamedType) -> String?
    ) throws -> String? {
        let response = entry["response"]?.object ?? JSONObject()
        do throws(GraphQLError) {
            if entry["kind"]?.string == "graphql" {
                let errors = SchemaValidation.validate(schema, definedIn: [])
                if !errors.isEmpty { return judge(nil, errors, response) }
            }
            let document = try DocumentParser.parse(entry["query"]?.string ?? "", limits: .trusted)
            if entry["kind"]?.string == "graphql" {
                let errors = Validation.validate(document, schema)
                if !errors.isEmpty { return judge(nil, errors, response) }
            }
            guard let operation = try operation(of: document, entry["operationName"]?.string) else { return nil }
            let variables: CoercedVariables
            do throws(VariableErrors) {
                // A case with another limit than the usual does not say which, but stops at it.
                let expected = response["errors"]?.array ?? []
                let isCut = expected.last?.object?["message"]?.string?.hasPrefix("Too many errors processing") ?? false
                variables = try VariableCoercion.coerce(
                    operation, entry["variables"]?.object, in: schema,
                    maximumErrors: isCut ? expected.count - 1 : VariableCoercion.maximumErrors)
            } catch {
                return judge(nil, error.errors, response)
            }
            guard schema.rootType(operation.operationKind) != nil else {
                let message = "Schema is not configured to execute \(operation.operationKind.name) operation."
                let error = GraphQLError(.validation, message, locations: [operation.location])
                return judge(.null, [error], response)
            }
            var executor = ReferenceExecutor(
                schema: schema,
                collector: FieldCollector(
                    schema: schema, fragments: FragmentTable(document), variables: variables),
                internalValues: internalValues, resolve: resolve, runtimeType: runtimeType)
            let data = executor.execute(operation) ?? .null
            return judge(data, executor.errors, response)
        } catch {
            return judge(nil, [error], response)
        }
    }

    private func operation(
        of document: Document, _ name: String?
    ) throws(GraphQLError) -> OperationDefinition? {
        if let operation = document.operation(named: name) { return operation }
        if let name { throw GraphQLError(.validation, "Unknown operation named \"\(name)\".") }
        if document.operations.isEmpty { throw GraphQLError(.validation, "Must provide an operation.") }
        throw GraphQLError(
            .validation, "Must provide operation name if query contains multiple operations.")
    }

    /// Data in the same order of keys, errors in any order with their places and paths.
    private func judge(_ data: JSONValue?, _ errors: [GraphQLError], _ response: JSONObject) -> String? {
        let expected = response["data"]
        switch (data, expected) {
        case (nil, nil): break
        case (let data?, let expected?):
            if !isSame(inOrder(data), inOrder(expected)) { return "data \(data.text), expected \(expected.text)" }
        default:
            return "data \(data?.text ?? "absent"), expected \(expected?.text ?? "absent"): \(errors.map(\.message))"
        }
        let found = errors.map { error -> String in
            var value = JSONValue(error).object ?? JSONObject()
            if !error.path.isEmpty { value["path"] = json(error.path) }
            return JSONValue.object(value).sorted.text
        }.sorted()
        let wanted = (response["errors"]?.array ?? []).map { error -> String in
            var value = error.object ?? JSONObject()
            value["extensions"] = nil
            return JSONValue.object(value).sorted.text
        }.sorted()
        return found == wanted ? nil : "errors \(found), expected \(wanted)"
    }

    /// The types of an introspected schema by name: some schemas were made by hand, in an order no document has.
    private func inOrder(_ data: JSONValue) -> JSONValue {
        guard var root = data.object, var schema = root["__schema"]?.object, let types = schema["types"]?.array else {
            return data
        }
        schema["types"] = .array(types.sorted { $0.sorted.text < $1.sorted.text })
        root["__schema"] = .object(schema)
        return .object(root)
    }

    private func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): return left.double == right.double
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        case (.object(let left), .object(let right)):
            return left.keys == right.keys
                && zip(left.members, right.members).allSatisfy { isSame($0.value, $1.value) }
        default: return left == right
        }
    }
}
