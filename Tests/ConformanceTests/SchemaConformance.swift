// Schema builder, schema printer and introspection against the reference's own cases.

import Base
import GraphQL
import Testing

@Suite struct SchemaConformance {
    @Test func `schemas built from SDL print as the reference's`() throws {
        try CaseFile.load("build-schema.json")?.replay { entry in
            let sdl = entry["sdl"]?.string ?? ""
            if entry["error"] != nil { return nil }
            let document = try parse(sdl)
            let schema: Schema
            if let base = entry["schema"]?.string {
                schema = SchemaBuilder.extend(SchemaBuilder.schema(of: try parse(base)), with: document)
            } else {
                schema = SchemaBuilder.schema(of: document)
            }
            return compare(SchemaPrinter.print(schema), with: entry["printed"]?.string ?? "")
        }
    }

    /// Some cases have schemas of no definitions, written as no text.
    private func parse(_ sdl: String) throws -> Document {
        sdl.isEmpty ? .empty : try DocumentParser.parse(sdl, limits: .trusted)
    }

    @Test func `schemas print as the reference's`() throws {
        try CaseFile.load("print-schema.json")?.replay { entry in
            guard let sdl = entry["sdl"]?.string else { throw CaseSkipped(reason: "from introspection") }
            let schema = try SchemaBuilder.schema(of: sdl)
            switch entry["fn"]?.string {
            case "printSchema":
                return compare(SchemaPrinter.print(schema), with: entry["printed"]?.string ?? "")
            case "printIntrospectionSchema":
                return compare(SchemaPrinter.printIntrospection(schema), with: entry["printed"]?.string ?? "")
            default: throw CaseSkipped(reason: entry["fn"]?.string ?? "")
            }
        }
    }

    @Test func `introspection answers as the reference does`() throws {
        guard let file = try CaseFile.load("introspection.json") else { return }
        let query = file.root["fullQuery"]?.string ?? ""
        file.replay { entry in
            guard entry["fn"]?.string == "introspect" else { throw CaseSkipped(reason: "buildClientSchema") }
            let schema = try SchemaBuilder.schema(of: entry["sdl"]?.string ?? "")
            let answer = try introspect(schema, query)
            let found = withoutIntrospectionTypes(answer)
            let expected = (entry["result"] ?? .null)
            return found == expected ? nil : compare(found.text, with: expected.text)
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

    private func withoutIntrospectionTypes(_ answer: JSONValue) -> JSONValue {
        guard var root = answer.object, var schema = root["__schema"]?.object,
            let types = schema["types"]?.array
        else { return answer }
        schema["types"] = .array(types.filter { !($0.object?["name"]?.string ?? "").hasPrefix("__") })
        root["__schema"] = .object(schema)
        return .object(root)
    }
}
