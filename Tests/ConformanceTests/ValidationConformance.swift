// Validation rules, of requests and of schema documents, against the reference's own cases.

import Base
import GraphQL
import Testing

@Suite struct ValidationConformance {
    @Test func `requests are refused as the reference refuses them`() throws {
        guard let file = try CaseFile.load("validation.json") else { return }
        var schemas: [String: Schema] = [:]
        for member in file.root["schemas"]?.object?.members ?? [] {
            schemas[member.name] = try SchemaBuilder.schema(of: member.value.object?["sdl"]?.string ?? "")
        }
        file.replay { entry in
            let schema = try #require(schemas[entry["schema"]?.string ?? ""])
            let document = try DocumentParser.parse(entry["query"]?.string ?? "", limits: .trusted)
            var limits = ValidationLimits.standard
            if let maximum = entry["options"]?.object?["maxErrors"]?.number?.int64 { limits.errors = Int(maximum) }
            let errors =
                entry["rule"]?.string.map {
                    Validation.validate(document, schema, ruleNames: [$0], limits: limits)
                } ?? Validation.validate(document, schema, limits: limits)
            if let problem = compare(errors, with: entry["errors"]) { return problem }
            guard let expected = entry["allErrors"] else { return nil }
            return compare(Validation.validate(document, schema), with: expected).map { "all rules: \($0)" }
        }
    }

    @Test func `type system documents are refused as the reference refuses them`() throws {
        try CaseFile.load("sdl-validation.json")?.replay { entry in
            let text = entry["sdl"]?.string ?? ""
            let document = text.isEmpty ? .empty : try DocumentParser.parse(text, limits: .trusted)
            let base = try entry["schema"]?.string.map { try SchemaBuilder.schema(of: $0) }
            if let rule = entry["rule"]?.string {
                let errors = Validation.validateTypeSystem(document, extending: base, ruleNames: [rule])
                if let problem = compare(errors, with: entry["errors"]) { return "\(rule): \(problem)" }
            }
            guard let expected = entry["allErrors"] else { return nil }
            let errors = Validation.validateTypeSystem(document, extending: base)
            return compare(errors, with: expected).map { "all rules: \($0)" }
        }
    }
}
