// Lexer, parser and printer against the reference's own cases.

import Base
import GraphQL
import Testing

@Suite struct LanguageConformance {
    @Test func `lexer cases give the reference's tokens and errors`() throws {
        try CaseFile.load("lexer.json")?.replay { entry in
            let source = entry["source"]?.sourceBytes ?? []
            var found: [JSONValue] = []
            var error: GraphQLError?
            do throws(GraphQLError) {
                var lexer = Lexer()
                while true {
                    let token = try lexer.nextWithComments(source.span)
                    found.append(describe(token, source))
                    if token.kind == .endOfFile { break }
                }
            } catch let thrown {
                error = thrown
            }
            if let expected = entry["error"] {
                guard let error else { return "no error" }
                return compare([error], with: .array([expected]))
            }
            if let error { return "threw \(error.message)" }
            // A token after a comment was written down twice.
            let expected = (entry["tokens"]?.array ?? []).map(\.sorted).reduce(into: [JSONValue]()) { tokens, token in
                if tokens.last != token { tokens.append(token) }
            }
            let tokens = found.map(\.sorted)
            return tokens == expected
                ? nil : compare(JSONValue.array(tokens).text, with: JSONValue.array(expected).text)
        }
    }

    private func describe(_ token: Token, _ source: [UInt8]) -> JSONValue {
        let units = { (offset: Int) in
            source[..<offset].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : $1 >= 0xF0 ? 2 : 1) }
        }
        let location = SourceLocation(offset: token.range.lowerBound, in: source.span)
        var members = [
            JSONMember(name: "kind", value: .string(token.kind.text)),
            JSONMember(name: "start", value: .number(JSONNumber(units(token.range.lowerBound)))),
            JSONMember(name: "end", value: .number(JSONNumber(units(token.range.upperBound)))),
            JSONMember(name: "line", value: .number(JSONNumber(location.line))),
            JSONMember(name: "column", value: .number(JSONNumber(location.column))),
        ]
        if let value = token.value(in: source.span) {
            members.append(JSONMember(name: "value", value: .string(value)))
        }
        return .object(JSONObject(members))
    }

    @Test func `parser cases give the reference's trees and errors`() throws {
        try CaseFile.load("parser.json")?.replay { entry in
            let source = entry["source"]?.sourceBytes ?? []
            let options = entry["options"]?.object
            var limits = ParserLimits.trusted
            if let tokens = options?["maxTokens"]?.number?.int64 { limits.tokens = Int(tokens) }
            let withLocations = options?["noLocation"] == nil
            do throws(GraphQLError) {
                let document: Document
                let node: AnyNode?
                switch entry["fn"]?.string {
                case "parseValue", "parseConstValue":
                    let value = try DocumentParser.parseValue(
                        source, isConstant: entry["fn"]?.string == "parseConstValue", limits: limits)
                    (document, node) = (value.document, value.anyNode)
                case "parseType":
                    let type = try DocumentParser.parseType(source, limits: limits)
                    (document, node) = (type.document, type.anyNode)
                default:
                    document = try DocumentParser.parse(source, limits: limits)
                    node = nil
                }
                if entry["error"] != nil { return "no error" }
                let syntax = AbstractSyntax(document, withLocations: withLocations)
                let found = node.map { syntax.encode($0) } ?? syntax.encode(document)
                if let expected = entry["ast"], found.sorted != expected.sorted {
                    return compare(found.sorted.text, with: expected.sorted.text)
                }
                if let count = entry["tokenCount"]?.number?.int64, document.tokenCount != Int(count) {
                    return "\(document.tokenCount) tokens, expected \(count)"
                }
                let printed = node.map { Printer.print($0) } ?? Printer.print(document)
                return entry["printed"]?.string.flatMap { compare(printed, with: $0) }
            } catch {
                guard let expected = entry["error"] else { return "threw \(error.message)" }
                return compare([error], with: .array([expected]))
            }
        }
    }

    @Test func `every other document of the reference's tests prints the same`() throws {
        try CaseFile.load("parser-more.json")?.replay { entry in
            let source = entry["source"]?.sourceBytes ?? []
            if entry["fn"]?.string == "parseValue" {
                let value = try DocumentParser.parseValue(source, limits: .trusted)
                return compare(Printer.print(value), with: entry["printed"]?.string ?? "")
            }
            let document = try DocumentParser.parse(source, limits: .trusted)
            let printed = Printer.print(document)
            let again = Printer.print(try DocumentParser.parse(printed, limits: .trusted))
            if again != printed { return "printing is no fixed point: \(printed) then \(again)" }
            if let count = entry["tokenCount"]?.number?.int64, document.tokenCount != Int(count) {
                return "\(document.tokenCount) tokens, expected \(count)"
            }
            return compare(printed, with: entry["printed"]?.string ?? "")
        }
    }

    @Test func `trees print as the reference prints them`() throws {
        try CaseFile.load("printer.json")?.replay { entry in
            let kind = entry["ast"]?.object?["kind"]?.string ?? ""
            let source = entry["source"]?.string ?? PlainSource.text(entry["ast"])
            // Parts of a document are put into one to be parsed, and taken out again to be printed.
            let enclosed: String
            switch kind {
            case "Field": enclosed = "{ \(source) }"
            case "FieldDefinition": enclosed = "type T { \(source) }"
            case "InputValueDefinition": enclosed = "input T { \(source) }"
            case "EnumValueDefinition": enclosed = "enum T { \(source) }"
            case let kind where kind.hasSuffix("Value"):
                let value = try DocumentParser.parseValue(Array(source.utf8))
                return compare(Printer.print(value), with: entry["printed"]?.string ?? "")
            default: enclosed = source
            }
            let document = try DocumentParser.parse(enclosed, limits: .trusted)
            if enclosed == source {
                return compare(Printer.print(document), with: entry["printed"]?.string ?? "")
            }
            var found: String?
            document.forEachNode { node in
                guard "\(node.kind)".lowercased() == kind.lowercased() else { return .continue }
                found = Printer.print(node)
                return .stop
            }
            return compare(found ?? "", with: entry["printed"]?.string ?? "")
        }
    }
}
