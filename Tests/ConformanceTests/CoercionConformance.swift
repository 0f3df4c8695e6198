// Coercion of values and the small functions, against the reference's own cases.

import Base
import GraphQL
import Testing

@Suite struct CoercionConformance {
    @Test func `values are coerced as the reference coerces them`() throws {
        try CaseFile.load("coercion.json")?.replay { entry in
            let function = entry["fn"]?.string ?? ""
            if function == "getVariableValues" { return try variables(entry) }
            if function == "valueFromASTUntyped" { return try untyped(entry) }
            let schema = try SchemaBuilder.schema(
                of: (entry["sdl"]?.string ?? "") + "\ntype Query { a: Int b: Float c: ID d: String e: Boolean }")
            let type = try DocumentParser.parseType(Array((entry["type"]?.string ?? "").utf8)).reference
            let internalValues = entry["enumInternalValues"]?.object?[type.name]?.object
            switch function {
            case "parseValue":
                let input = try held(entry["input"])
                return judge(ScalarCoercion.coerce(input, to: type.name), entry)
            case "serialize":
                let input = try held(entry["input"])
                return judge(ResultCoercion.coerce(input, to: type.name), entry)
            case "parseLiteral":
                let literal = try DocumentParser.parseValue(Array((entry["literal"]?.string ?? "").utf8))
                return judge(ScalarCoercion.coerce(literal, to: type.name), entry)
            case "coerceInputValue":
                return try inputValue(entry, type, schema, internalValues)
            case "valueFromAST":
                let literal = try DocumentParser.parseValue(Array((entry["literal"]?.string ?? "").utf8))
                var variables: CoercedVariables?
                if let given = entry["variables"]?.object {
                    variables = CoercedVariables(
                        Dictionary(uniqueKeysWithValues: try given.members.map { ($0.name, try held($0.value)) }))
                }
                let found = LiteralCoercion.coerce(literal, to: type, in: schema, variables: variables)
                return try judge(found, entry["result"], internalValues)
            case "astFromValue":
                let internalValues = entry["enumInternalValues"]?.object?.members.compactMap(\.value.object) ?? []
                let input = named(try held(entry["input"]), internalValues)
                do throws(ScalarMismatch) {
                    let found = try DefaultValue.constant(input, of: type, in: schema)?.text
                    return found == entry["printed"]?.string ? nil : "found \(found ?? "nothing")"
                } catch {
                    return error.message == entry["throws"]?.string ? nil : "threw \(error.message)"
                }
            default: return "unknown function \(function)"
            }
        }
    }

    /// The value as this language holds it: numbers that JSON cannot write are numbers all the same.
    private func held(_ value: JSONValue?) throws -> JSONValue {
        switch value {
        case .object(let object)?:
            if let number = object["$number"]?.string { return .number(JSONNumber(text: number)) }
            if let integer = object["$bigint"]?.string { return .number(JSONNumber(text: integer)) }
            if object["$undefined"] != nil { throw NoSuchValue() }
            return .object(JSONObject(try object.members.map { JSONMember(name: $0.name, value: try held($0.value)) }))
        case .array(let items)?: return .array(try items.map { try held($0) })
        case .null?, .bool?, .number?, .string?: return value ?? .null
        case nil: throw NoSuchValue()
        }
    }

    /// The host language's `undefined`, which is not even null.
    private struct NoSuchValue: Error {}

    /// The value with the names of enum values in place of what the host language calls them.
    private func named(_ value: JSONValue, _ internalValues: [JSONObject]) -> JSONValue {
        for values in internalValues {
            if let member = values.members.first(where: { $0.value == value }) { return .string(member.name) }
        }
        switch value {
        case .object(let object):
            return .object(
                JSONObject(
                    object.members.map { JSONMember(name: $0.name, value: named($0.value, internalValues)) }))
        case .array(let items): return .array(items.map { named($0, internalValues) })
        case .null, .bool, .number, .string: return value
        }
    }

    private func isUndefined(_ value: JSONValue?) -> Bool {
        value == nil || value?.object?["$undefined"] != nil
    }

    private func judge(_ outcome: ScalarCoercion.Outcome, _ entry: JSONObject) -> String? {
        switch outcome {
        case .success(let value):
            guard let expected = entry["result"] else { return "gave \(value.text)" }
            return same(value, expected) ? nil : "gave \(value.text), expected \(expected.text)"
        case .failure(let mismatch):
            return mismatch.message == entry["throws"]?.string ? nil : "threw \(mismatch.message)"
        }
    }

    /// Equal as JSON: members in any order, numbers by value.
    private func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): return left.double == right.double || left == right
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { same($0, $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.members.allSatisfy { member in right[member.name].map { same(member.value, $0) } ?? false }
        default: return left == right
        }
    }

    /// `internalValues` are what the host language calls the values of an enum.
    private func judge(
        _ found: JSONValue?, _ expected: JSONValue?, _ internalValues: JSONObject?
    ) throws -> String? {
        if isUndefined(expected) { return found == nil ? nil : "gave \(found?.text ?? ""), expected nothing" }
        guard let expected, let found else { return "gave nothing, expected \(expected?.text ?? "")" }
        let named: JSONValue
        if let internalValues, case .string(let name) = found {
            named = try held(internalValues[name] ?? found)
        } else {
            named = found
        }
        return same(named, try held(expected)) ? nil : "gave \(named.text), expected \(expected.text)"
    }

    private func inputValue(
        _ entry: JSONObject, _ type: TypeReference, _ schema: Schema, _ internalValues: JSONObject?
    ) throws -> String? {
        let input = try held(entry["input"])
        var coercion = InputCoercion(schema: schema)
        let found = coercion.coerce(input, to: type)
        if let expected = entry["throws"]?.string {
            // Without a callback the reference throws the first mismatch as a sentence.
            guard let first = coercion.mismatches.first else { return "no mismatch" }
            let place = first.path.isEmpty ? "" : " at \"value\(VariableCoercion.print(first.path))\""
            return compare("Invalid value \(Inspection.inspect(first.value))\(place): \(first.message)", with: expected)
        }
        let mismatches = coercion.mismatches.map { mismatch in
            let path = mismatch.path.map { segment -> JSONValue in
                switch segment {
                case .field(let name): .string(name)
                case .index(let index): .number(JSONNumber(index))
                }
            }
            return JSONValue.object(
                JSONObject([
                    JSONMember(name: "path", value: .array(path)),
                    JSONMember(name: "message", value: .string(mismatch.message)),
                ]))
        }
        let expected = (entry["errors"]?.array ?? []).map { error in
            JSONValue.object(
                JSONObject((error.object?.members ?? []).filter { $0.name == "path" || $0.name == "message" })
            ).sorted
        }
        if mismatches.map(\.sorted) != expected { return "errors \(JSONValue.array(mismatches).text)" }
        return mismatches.isEmpty ? try judge(found, entry["result"], internalValues) : nil
    }

    private func untyped(_ entry: JSONObject) throws -> String? {
        let arguments = entry["args"]?.array ?? []
        let literal = try DocumentParser.parseValue(Array((arguments.first?.string ?? "").utf8))
        var variables: CoercedVariables?
        if let given = arguments.last?.object, given["$undefined"] == nil {
            variables = CoercedVariables(
                Dictionary(uniqueKeysWithValues: try given.members.map { ($0.name, try held($0.value)) }))
        }
        return try judge(ScalarCoercion.untyped(literal, variables: variables), entry["result"], nil)
    }

    private func variables(_ entry: JSONObject) throws -> String? {
        let schema = try SchemaBuilder.schema(of: entry["schemaSDL"]?.string ?? "")
        let definitions = (entry["variableDefinitions"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
        // The case's document had its operation on a line of its own, indented by eight.
        let document = try DocumentParser.parse("\n      query (\(definitions)) { a }")
        let operation = try #require(document.operations.first)
        let maximum = entry["options"]?.object?["maxErrors"]?.number?.int64
        do throws(VariableErrors) {
            _ = try VariableCoercion.coerce(
                operation, entry["inputs"]?.object, in: schema, maximumErrors: maximum.map { Int($0) } ?? 50)
            return "no error"
        } catch {
            return compare(error.errors, with: entry["errors"])
        }
    }

    @Test func `the small functions answer as the reference's`() throws {
        try CaseFile.load("functions.json")?.replay { entry in
            let arguments = entry["args"]?.array ?? []
            let result = entry["result"]
            let text = arguments.first?.string ?? ""
            func same(_ found: JSONValue) -> String? {
                found == result ? nil : "gave \(found.text), expected \(result?.text ?? "")"
            }
            func document(_ value: JSONValue?) throws -> Document {
                try DocumentParser.parse(value?.object?["$document"]?.string ?? "", limits: .trusted)
            }
            switch entry["fn"]?.string {
            case "stripIgnoredCharacters":
                do throws(GraphQLError) {
                    let source = arguments.first?.sourceBytes ?? []
                    let stripped = try IgnoredCharacters.strip(source)
                    let again = try IgnoredCharacters.strip(stripped)
                    if again != stripped { return "not stable" }
                    return same(.string(String(decoding: stripped, as: UTF8.self)))
                } catch {
                    guard let expected = entry["error"] else { return "threw \(error.message)" }
                    return compare([error], with: .array([expected]))
                }
            case "naturalCompare":
                return same(.number(JSONNumber(Suggestions.naturalCompare(text, arguments[1].string ?? ""))))
            case "suggestionList":
                let names = (arguments[1].array ?? []).compactMap(\.string)
                return same(.array(Suggestions.list(text, names).map { .string($0) }))
            case "didYouMean":
                let kind = arguments.count > 1 ? arguments[0].string : nil
                let names = (arguments.last?.array ?? []).compactMap(\.string)
                return same(.string(Suggestions.didYouMean(names, kind: kind)))
            case "isPrintableAsBlockString": return same(.bool(BlockString.isPrintable(text)))
            case "printBlockString":
                let minimize = arguments.count > 1 && arguments[1].object?["minimize"]?.bool == true
                return same(.string(BlockString.print(text, minimize: minimize)))
            case "dedentBlockStringLines":
                let lines = (arguments.first?.array ?? []).map { Array(($0.string ?? "").utf8) }
                return same(.array(BlockString.dedent(lines).map { .string(String(decoding: $0, as: UTF8.self)) }))
            case "printString": return same(.string(Printer.printString(text)))
            case "sortValueNode":
                let value = try DocumentParser.parseValue(Array(text.utf8))
                return same(.string(Printer.printSorted(value)))
            case "assertName", "assertEnumValueName":
                let problem =
                    entry["fn"]?.string == "assertName" ? Names.problem(text) : Names.enumValueProblem(text)
                return problem == entry["error"]?.object?["message"]?.string ? nil : "gave \(problem ?? "nothing")"
            case "getOperationAST":
                let name = arguments.count > 1 ? arguments[1].string : nil
                let operation = try document(arguments.first).operation(named: name)
                return same(operation.map { .string(Printer.print($0)) } ?? .null)
            case "separateOperations":
                let parts = try document(arguments.first).separateOperations()
                let expected = Dictionary(
                    uniqueKeysWithValues: (result?.object?.members ?? []).map { ($0.name, $0.value.string ?? "") })
                return parts == expected ? nil : "gave \(parts)"
            case "concatAST":
                let parts = try (arguments.first?.array ?? []).map { Printer.print(try document($0)) }
                let joined = try DocumentParser.parse(parts.joined(separator: "\n"), limits: .trusted)
                return same(.string(Printer.print(joined)))
            case "getIntrospectionQuery":
                let options = arguments.first?.object ?? JSONObject()
                func option(_ name: String, _ fallback: Bool = false) -> Bool { options[name]?.bool ?? fallback }
                let query = IntrospectionQuery(
                    descriptions: option("descriptions", true), specifiedByURL: option("specifiedByUrl"),
                    directiveIsRepeatable: option("directiveIsRepeatable"),
                    schemaDescription: option("schemaDescription"),
                    inputValueDeprecation: option("inputValueDeprecation"), oneOf: option("oneOf"))
                // The same request; how it is laid out is nobody's business.
                let found = Printer.print(try DocumentParser.parse(query.text))
                return compare(found, with: Printer.print(try DocumentParser.parse(result?.string ?? "")))
            case "printSourceLocation":
                let source = arguments.first?.object ?? JSONObject()
                let place = arguments[1].object ?? JSONObject()
                let location = SourceLocation(
                    line: Int(place["line"]?.number?.int64 ?? 0), column: Int(place["column"]?.number?.int64 ?? 0))
                let firstLine = source["locationOffset"]?.object?["line"]?.number?.int64 ?? 1
                return same(
                    .string(
                        SourceExcerpt.print(
                            source["body"]?.string ?? "", at: location, name: source["name"]?.string ?? "",
                            firstLine: Int(firstLine))))
            default: return "unknown function"
            }
        }
    }
}
