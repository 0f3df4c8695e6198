// The public reference cases: where they lie, how they are read, how a replay is counted. Absent files skip aloud.

import Base
import Foundation
import GraphQL
import Testing

/// One of the case files.
struct CaseFile {
    let name: String
    /// Everything beside `cases`.
    let root: JSONObject
    let cases: [JSONObject]

    /// `nil`, with a line on standard output, when the file is not on this machine.
    static func load(_ name: String) throws -> CaseFile? {
        let folder = folder.appendingPathComponent("graphql-cases")
        let url = folder.appendingPathComponent(name)
        guard let data = FileManager.default.contents(atPath: url.path) else {
            print("conformance \(name): SKIPPED, no such file in \(folder.path)")
            return nil
        }
        let bytes = [UInt8](data)
        let value = try JSONScanner.parse(bytes, maximumDepth: 500)
        let root = try #require(value.object)
        let cases = try #require(root["cases"]?.array).compactMap(\.object)
        #expect(!cases.isEmpty)
        return CaseFile(name: name, root: root, cases: cases)
    }

    /// `PERIGEE_SHARED`, else `../shared` beside the package.
    static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["PERIGEE_SHARED"] { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared")
    }

    /// Replays every case; `body` returns what is wrong, or `nil`. A case listed in `NotApplicable` is replayed too: one
    /// that passes after all has to leave the list.
    func replay(_ body: (JSONObject) throws -> String?) {
        var passed = 0
        var notApplicable = 0
        var failures: [String] = []
        for entry in cases {
            let id = entry["id"]?.string ?? "?"
            var problem: String?
            do {
                problem = try body(entry)
            } catch {
                problem = "threw \(error)"
            }
            if NotApplicable.reasons[id] != nil {
                if problem != nil {
                    notApplicable += 1
                } else {
                    failures.append("\(id): passes, so it is to be taken from the list of what cannot apply")
                }
            } else if let problem {
                failures.append("\(id): \(problem)")
            } else {
                passed += 1
            }
        }
        // `scripts/conformance.sh` reads this line.
        print("conformance \(name): \(passed) pass, \(failures.count) fail, \(notApplicable) not applicable")
        for failure in failures.prefix(Int(ProcessInfo.processInfo.environment["SHOW"] ?? "5") ?? 5) {
            Issue.record("\(name) \(failure)")
        }
        let failed = failures.count
        #expect(failed == 0, "\(failed) cases of \(name) fail")
    }
}

extension JSONValue {
    /// Objects as unordered: members sorted by name, all the way down.
    var sorted: JSONValue {
        switch self {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map { JSONMember(name: $0.name, value: $0.value.sorted) }
                        .sorted { $0.name < $1.name }))
        case .array(let items): .array(items.map(\.sorted))
        case .null, .bool, .number, .string: self
        }
    }

    /// A source text: a string, or the code units of one with lone surrogates, then as three bytes each.
    var sourceBytes: [UInt8]? {
        if let string { return Array(string.utf8) }
        guard let units = object?["$utf16"]?.array?.compactMap({ $0.number?.int64 }) else { return nil }
        var bytes: [UInt8] = []
        var index = 0
        while index < units.count {
            var scalar = UInt32(units[index])
            index += 1
            if (0xD800...0xDBFF).contains(scalar), index < units.count, (0xDC00...0xDFFF).contains(units[index]) {
                scalar = 0x10000 + ((scalar - 0xD800) << 10 | (UInt32(units[index]) - 0xDC00))
                index += 1
            }
            switch scalar {
            case 0..<0x80: bytes.append(UInt8(scalar))
            case 0x80..<0x800: bytes += [UInt8(0xC0 | scalar >> 6), UInt8(0x80 | scalar & 0x3F)]
            case 0x800..<0x10000:
                bytes += [
                    UInt8(0xE0 | scalar >> 12), UInt8(0x80 | scalar >> 6 & 0x3F), UInt8(0x80 | scalar & 0x3F),
                ]
            default:
                bytes += [
                    UInt8(0xF0 | scalar >> 18), UInt8(0x80 | scalar >> 12 & 0x3F),
                    UInt8(0x80 | scalar >> 6 & 0x3F), UInt8(0x80 | scalar & 0x3F),
                ]
            }
        }
        return bytes
    }

    /// An error as the cases write it: message and locations.
    init(_ error: GraphQLError) {
        var members = [JSONMember(name: "message", value: .string(error.message))]
        if !error.locations.isEmpty {
            let locations = error.locations.map { location in
                JSONValue.object(
                    JSONObject([
                        JSONMember(name: "line", value: .number(JSONNumber(location.line))),
                        JSONMember(name: "column", value: .number(JSONNumber(location.column))),
                    ]))
            }
            members.append(JSONMember(name: "locations", value: .array(locations)))
        }
        self = .object(JSONObject(members))
    }
}

/// Whether the errors are the expected ones in any order; what differs, if not.
func compare(_ errors: [GraphQLError], with expected: JSONValue?) -> String? {
    let found = errors.map { JSONValue($0).sorted.text }.sorted()
    let wanted = (expected?.array ?? []).map { value -> String in
        let object = value.object ?? JSONObject()
        let kept = object.members.filter { $0.name == "message" || $0.name == "locations" }
        return JSONValue.object(JSONObject(kept)).sorted.text
    }.sorted()
    if found == wanted { return nil }
    return "found \(found.joined(separator: " ")), expected \(wanted.joined(separator: " "))"
}

/// Two texts, shown only where they begin to differ.
func compare(_ found: String, with expected: String) -> String? {
    if found == expected { return nil }
    let common = zip(found.unicodeScalars, expected.unicodeScalars).prefix { $0 == $1 }.count
    let start = max(0, common - 40)
    func excerpt(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.dropFirst(start).prefix(160)))
    }
    return "at \(common): found …\(excerpt(found))… expected …\(excerpt(expected))…"
}
