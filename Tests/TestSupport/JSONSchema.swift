// JSON Schema (https://json-schema.org/draft/2020-12), as far as the contracts in `schema/` use it: what an editor would say of
// a file. A keyword that is not known here stops the test, so that none is skipped.
package import Base
internal import Foundation

package struct JSONSchema: Sendable {
    private let root: JSONValue

    package init(_ root: JSONValue) {
        self.root = root
    }

    /// A file of `schema/`.
    package static func contract(_ name: String) -> JSONSchema {
        do {
            let file = Repository.root.appendingPathComponent("schema/\(name)")
            return JSONSchema(try JSONScanner.parse(Array(try Repository.text(of: file).utf8)))
        } catch {
            preconditionFailure("schema/\(name): \(error)")
        }
    }

    package func problems(_ value: JSONValue) -> [String] {
        problems(value, root, "")
    }

    private static let notes: Set<String> = ["$schema", "$defs", "title", "description", "default"]

    /// Stops at the first problem: of the branches for many kinds of one nested thing only the right one is followed down.
    private func accepts(_ value: JSONValue, _ schema: JSONValue, _ pointer: String) -> Bool {
        problems(value, schema, pointer, stopsAtFirst: true).isEmpty
    }

    private func problems(
        _ value: JSONValue, _ schema: JSONValue, _ pointer: String, stopsAtFirst: Bool = false
    ) -> [String] {
        guard let keywords = schema.object else {
            return schema == .bool(false) ? ["\(pointer): nothing may stand here"] : []
        }
        var problems: [String] = []
        for keyword in keywords.members where !Self.notes.contains(keyword.name) {
            problems += check(value, keyword.name, keyword.value, keywords, pointer, stopsAtFirst)
            if stopsAtFirst, !problems.isEmpty { break }
        }
        return problems
    }

    private func check(
        _ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ schema: JSONObject, _ pointer: String,
        _ stopsAtFirst: Bool
    ) -> [String] {
        let refuses = { (isRefused: Bool) in isRefused ? ["\(pointer): \(keyword) \(argument.text)"] : [] }
        switch keyword {
        case "$ref": return problems(value, resolve(argument.string ?? ""), pointer, stopsAtFirst: stopsAtFirst)
        case "type":
            let types = argument.array?.compactMap(\.string) ?? [argument.string ?? ""]
            return refuses(!types.contains { Self.isA($0, value) })
        case "enum": return refuses(!(argument.array ?? []).contains(value))
        case "const": return refuses(argument != value)
        case "anyOf": return refuses(!branches(argument).contains { accepts(value, $0, pointer) })
        case "oneOf":
            return refuses(branches(argument).count { accepts(value, $0, pointer) } != 1)
        case "allOf": return branches(argument).flatMap { problems(value, $0, pointer) }
        case "not": return refuses(accepts(value, argument, pointer))
        case "pattern":
            guard let text = value.string, let pattern = argument.string else { return [] }
            return refuses(text.range(of: pattern, options: .regularExpression) == nil)
        case "minLength":
            return refuses(value.string.map { $0.unicodeScalars.count < Self.integer(argument) } ?? false)
        case "minimum": return refuses(value.number?.double.map { $0 < Double(Self.integer(argument)) } ?? false)
        case "maximum": return refuses(value.number?.double.map { $0 > Double(Self.integer(argument)) } ?? false)
        case "minItems": return refuses(value.array.map { $0.count < Self.integer(argument) } ?? false)
        case "minProperties": return refuses(value.object.map { $0.count < Self.integer(argument) } ?? false)
        case "items":
            return (value.array ?? []).enumerated().flatMap {
                problems($0.element, argument, "\(pointer)/\($0.offset)")
            }
        default: return checkMembers(value, keyword, argument, schema, pointer, stopsAtFirst)
        }
    }

    private func checkMembers(
        _ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ schema: JSONObject, _ pointer: String,
        _ stopsAtFirst: Bool
    ) -> [String] {
        guard let object = value.object else { return [] }
        switch keyword {
        case "required":
            return (argument.array ?? []).compactMap(\.string).filter { object[$0] == nil }
                .map { "\(pointer): the member \($0) is missing" }
        case "dependentRequired":
            return (argument.object?.members ?? []).filter { object[$0.name] != nil }.flatMap { entry in
                check(value, "required", entry.value, schema, pointer, stopsAtFirst)
            }
        case "properties":
            var found: [String] = []
            for entry in argument.object?.members ?? [] {
                guard let member = object[entry.name] else { continue }
                found += problems(member, entry.value, "\(pointer)/\(entry.name)", stopsAtFirst: stopsAtFirst)
                if stopsAtFirst, !found.isEmpty { break }
            }
            return found
        case "additionalProperties":
            let known = schema["properties"]?.object
            return object.members.filter { known?[$0.name] == nil }
                .flatMap { problems($0.value, argument, "\(pointer)/\($0.name)") }
        case "propertyNames":
            return object.members.flatMap { problems(.string($0.name), argument, "\(pointer)/\($0.name)") }
        default: preconditionFailure("the keyword \"\(keyword)\" is not known to the tests")
        }
    }

    private func branches(_ argument: JSONValue) -> [JSONValue] { argument.array ?? [] }

    private func resolve(_ reference: String) -> JSONValue {
        let path = reference.split(separator: "/").dropFirst().map(String.init)
        guard reference.hasPrefix("#/"), let found = path.reduce(Optional(root), { $0?.object?[$1] }) else {
            preconditionFailure("there is no \"\(reference)\"")
        }
        return found
    }

    private static func integer(_ value: JSONValue) -> Int {
        value.number?.int64.map { Int($0) } ?? 0
    }

    private static func isA(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            true
        case ("integer", .number(let number)): number.int64 != nil
        default: false
        }
    }
}
