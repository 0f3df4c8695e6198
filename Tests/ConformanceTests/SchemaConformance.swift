// Schema builder, schema printer and introspection against the reference's own cases.

import Base
import GraphQL
import Testing

@Suite struct SchemaConformance {
    @Test func `schemas built from SDL print as the reference's`() throws {
        try CaseFile.load("build-schema.json")?.replay { entry in
            let sdl = entry["sdl"]?.string ?? ""
            let document = try parse(sdl)
            let base = try entry["schema"]?.string.map { SchemaBuilder.schema(of: try parse($0)) }
            if let error = entry["error"]?.object?["message"]?.string {
                let errors = Validation.validateTypeSystem(document, extending: base)
                return compare(errors.map(\.message).joined(separator: "\n\n"), with: error)
            }
            let schema =
                base.map { SchemaBuilder.extend($0, with: document) } ?? SchemaBuilder.schema(of: document)
            return compare(SchemaPrinter.print(schema), with: entry["printed"]?.string ?? "")
        }
    }

    /// Some cases have schemas of no definitions, written as no text.
    private func parse(_ sdl: String) throws -> Document {
        sdl.utf8.allSatisfy { $0 == 0x20 || $0 == 0x0A } ? .empty : try DocumentParser.parse(sdl, limits: .trusted)
    }

    @Test func `schemas print as the reference's`() throws {
        try CaseFile.load("print-schema.json")?.replay { entry in
            let schema: Schema
            if let answer = entry["introspection"] {
                schema = try ClientSchemaBuilder.schema(of: answer)
            } else {
                schema = SchemaBuilder.schema(of: try parse(entry["sdl"]?.string ?? ""))
            }
            switch entry["fn"]?.string {
            case "printSchema":
                return compare(SchemaPrinter.print(schema), with: entry["printed"]?.string ?? "")
            case "printIntrospectionSchema":
                return compare(SchemaPrinter.printIntrospection(schema), with: entry["printed"]?.string ?? "")
            case "lexicographicSortSchema":
                return compare(SchemaPrinter.print(schema.sortedByName), with: entry["printed"]?.string ?? "")
            default: return "unknown function"
            }
        }
    }

    @Test func `introspection answers as the reference does`() throws {
        guard let file = try CaseFile.load("introspection.json") else { return }
        let query = file.root["fullQuery"]?.string ?? ""
        file.replay { entry in
            if entry["fn"]?.string == "buildClientSchema" { return try clientSchema(entry) }
            let schema = SchemaBuilder.schema(of: try parse(entry["sdl"]?.string ?? ""))
            var query = query
            if entry["fn"]?.string == "introspectionFromSchema" {
                var options = IntrospectionQuery.full
                options.descriptions = entry["options"]?.object?["descriptions"]?.bool ?? true
                query = options.text
            }
            // Some of those schemas were made by hand, in an order no document has.
            let keepsOrder = entry["fn"]?.string == "introspect"
            let found = withoutIntrospectionTypes(try introspect(schema, query), keepsOrder).sorted
            let expected = withoutIntrospectionTypes(entry["result"] ?? .null, keepsOrder).sorted
            if found != expected { return compare(found.text, with: expected.text) }
            if let printed = entry["printed"]?.string {
                if let problem = compare(SchemaPrinter.print(schema), with: printed) { return problem }
            }
            if let sorted = entry["sorted"]?.string {
                return compare(SchemaPrinter.print(schema.sortedByName), with: sorted)
            }
            return nil
        }
    }

    private func clientSchema(_ entry: JSONObject) throws -> String? {
        do throws(GraphQLError) {
            let schema = try ClientSchemaBuilder.schema(of: entry["introspection"] ?? .null)
            guard let printed = entry["printed"]?.string else { return "no error" }
            return compare(SchemaPrinter.print(schema), with: printed)
        } catch {
            return error.message == entry["throws"]?.string ? nil : "threw \(error.message)"
        }
    }

    private func introspect(_ schema: Schema, _ query: String) throws -> JSONValue {
        let document = try DocumentParser.parse(query)
        let collector = FieldCollector(schema: schema, fragments: FragmentTable(document), variables: .none)
        let operation = try #require(document.operations.first)
        var buffer = ByteBuffer()
        buffer.append("{")
        for field in collector.collect(operation.selectionSet, on: schema.queryType ?? "") {
            buffer.append(jsonString: field.responseKey)
            buffer.append(":")
            var introspection = Introspection(schema: schema, collector: collector, order: .asDefined)
            try introspection.write(field, into: &buffer)
        }
        buffer.append("}")
        return try JSONScanner.parse(buffer.bytes, maximumDepth: 500)
    }

    private func withoutIntrospectionTypes(_ answer: JSONValue, _ keepsOrder: Bool) -> JSONValue {
        guard var root = answer.object, var schema = root["__schema"]?.object,
            let types = schema["types"]?.array
        else { return answer }
        let name = { (type: JSONValue) in type.object?["name"]?.string ?? "" }
        let kept = types.filter { !name($0).hasPrefix("__") }
        schema["types"] = .array(keepsOrder ? kept : kept.sorted { name($0) < name($1) })
        root["__schema"] = .object(schema)
        return .object(root)
    }

    @Test func `schemas are sound or not as the reference says`() throws {
        try CaseFile.load("schema-validation.json")?.replay { entry in
            let document = try parse(entry["sdl"]?.string ?? "")
            // Schemas put together by hand have no document to point at.
            let documents = entry["notReproducibleFromSDL"] == nil ? [document] : []
            let errors = SchemaValidation.validate(SchemaBuilder.schema(of: document), definedIn: documents)
            return compare(errors, with: entry["errors"])
        }
    }

    @Test func `what changes for clients is found as the reference finds it`() throws {
        try CaseFile.load("breaking-changes.json")?.replay { entry in
            let old = SchemaBuilder.schema(of: try parse(entry["old"]?.string ?? ""))
            let new = SchemaBuilder.schema(of: try parse(entry["new"]?.string ?? ""))
            let wantsBreaking = entry["fn"]?.string == "findBreakingChanges"
            let found = SchemaChanges.find(from: old, to: new).filter { $0.isBreaking == wantsBreaking }
            let changes = found.map { change in
                JSONValue.object(
                    JSONObject([
                        JSONMember(name: "type", value: .string(change.kind.rawValue)),
                        JSONMember(name: "description", value: .string(change.description)),
                    ]))
            }
            return compare(JSONValue.array(changes).text, with: entry["changes"]?.text ?? "")
        }
    }
}
