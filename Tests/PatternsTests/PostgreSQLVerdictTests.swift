// What PostgreSQL 15 (C.UTF-8) said of some thousand patterns and texts, recorded in `fixtures/patterns`: hand-written
// patterns for every construct, and generated ones. What differs on purpose is listed with its reason.
import Base
import Foundation
import TestSupport
import Testing

@testable import Patterns

@Suite
struct PostgreSQLVerdictTests {
    private struct Case: CustomStringConvertible {
        let kind: PatternKind
        let pattern: String
        let text: String
        /// `nil`: refused.
        let verdict: Bool?
        let message: String?

        var description: String { "\(kind) \(pattern.debugDescription) \(text.debugDescription)" }
    }

    private static func cases() throws -> [Case] {
        let file = Repository.fixtures.appendingPathComponent("patterns/postgresql.json")
        let kinds: [String: PatternKind] = [
            "_regex": .regular(ignoresCase: false), "_iregex": .regular(ignoresCase: true), "_similar": .similar,
        ]
        return try (JSONValue(test: Repository.text(of: file)).array ?? []).map { item in
            let parts = try #require(item.array)
            return try Case(
                kind: #require(kinds[parts[0].string ?? ""]), pattern: #require(parts[1].string),
                text: #require(parts[2].string), verdict: parts[3].bool, message: parts[3].string)
        }
    }

    /// Why a verdict is not PostgreSQL's, for the patterns that are known to differ.
    private static func difference(_ given: Case) -> String? {
        if given.pattern.contains("(?<=a*)") { return "PCRE looks behind for one length" }
        if given.pattern.hasPrefix("(?e)") || given.pattern.hasPrefix("(?b)") { return "advanced expressions only" }
        if given.pattern.contains("[:alpha:]"), given.text == "٣" { return "to a C library it is a letter" }
        return nil
    }

    @Test
    func `patterns mean what they mean in PostgreSQL`() throws {
        let cases = try Self.cases()
        #expect(cases.count > 3000)
        var different: [String] = []
        for given in cases {
            var verdict: Bool?
            var message: String?
            do {
                let pattern = try CompiledPattern(given.pattern, given.kind)
                verdict = try pattern.matches(given.text)
            } catch {
                message = (error as? PatternError)?.message ?? "\(error)"
            }
            if verdict == given.verdict, message == given.message || given.kind == .similar { continue }
            if Self.difference(given) != nil { continue }
            different.append(
                "\(given): \(verdict.map { "\($0)" } ?? message ?? ""), not \(given.verdict.map { "\($0)" } ?? given.message ?? "")"
            )
        }
        #expect(
            different.isEmpty, "\(different.count) of \(cases.count)\n\(different.prefix(400).joined(separator: "\n"))")
    }
}

extension CompiledPattern {
    func matches(_ text: String) throws -> Bool {
        var copy = text
        return try copy.withUTF8 { try unsafe matches($0) }
    }
}
