// Bounds of matching, malformed text, and patterns made of texts.
import Testing

@testable import Patterns

@Suite
struct CompiledPatternTests {
    private static let regular = PatternKind.regular(ignoresCase: false)

    private static func duration(_ body: () throws -> Void) rethrows -> Duration {
        try ContinuousClock().measure(body)
    }

    @Test(arguments: [
        ("(a+)+$", ""), ("^(a+)+$", ""), ("(a|aa)+$", ""), ("^(a|a)*$", ""), ("(a*)*!$", "?"), ("(.*a){25}c", "c"),
        ("(a+)\\1+$", ""), ("(a+)+$|b+$", ""),
    ])
    func `a pattern with too many ways ends in an error, soon`(_ expression: String, _ before: String) throws {
        let pattern = try CompiledPattern(expression, Self.regular)
        let text = before + String(repeating: "a", count: 5000) + "!" + (before == "?" ? "?" : "")
        let took = Self.duration {
            #expect(throws: PatternTooCostly.self) { try pattern.matches(text) }
        }
        #expect(took < .seconds(5))
        // It goes on to serve texts that suit it.
        #expect(try !pattern.matches("x"))
    }

    @Test(arguments: [
        ("foo.*bar", true), ("[a-z]+@[a-z]+\\.com", true), ("needle$", true), ("^needle", false), ("nothing", false),
        (".*nothing.*", false), ("(one|two|three) (?=of)", false), ("\\mfoo\\M", true),
    ])
    func `ordinary patterns reach the end of long texts`(_ expression: String, _ expected: Bool) throws {
        let pattern = try CompiledPattern(expression, Self.regular)
        let text =
            String(repeating: "Some words of prose, and more of them. ", count: 20_000) + "foo x bar me@here.com needle"
        var found: Bool?
        let took = try Self.duration { found = try pattern.matches(text) }
        #expect(found == expected)
        #expect(took < .seconds(5))
    }

    @Test
    func `the heavier a step, the fewer there are`() throws {
        // Each place of the text is compared with tens of thousands of characters.
        let pattern = try CompiledPattern("(a{250}){200}(?!a)", Self.regular)
        let took = Self.duration {
            #expect(throws: PatternTooCostly.self) {
                try pattern.matches(String(repeating: "a", count: 1_000_000))
            }
        }
        #expect(took < .seconds(5))
    }

    @Test(
        arguments: [
            (".", [0xFF], true), ("^\u{FFFD}$", [0xFF], true), ("a.b", [0x61, 0xC3, 0x62], true), ("é", [0xC3], false),
            ("a$", [0xFF, 0x61], true), ("b", [0x61, 0x00, 0x62], true), ("^a.b$", [0x61, 0x00, 0x62], true),
            ("^$", [], true),
        ] as [(String, [UInt8], Bool)])
    func `malformed text is repaired, a null byte is a character`(
        _ expression: String, _ text: [UInt8], _ expected: Bool
    ) throws {
        let pattern = try CompiledPattern(expression, Self.regular)
        let found = try unsafe text.withUnsafeBufferPointer { try unsafe pattern.matches($0) }
        #expect(found == expected)
    }

    @Test(arguments: [
        "", "a", "a.b", "%_\\", "(a|b)*", "[a]", "{1}", "***=x", "(?i)", "a\\", "^$", "\\d+", "é\n", "]", "\\Q", "(",
    ])
    func `a text as a pattern matches just itself`(_ text: String) throws {
        for kind in [Self.regular, .regular(ignoresCase: true), .similar] {
            let literal = kind.literally(text)
            try kind.check(literal)
            let pattern = try CompiledPattern(literal, kind)
            #expect(try pattern.matches(text), "\(kind)")
            #expect(try pattern.matches("x" + text + "x") == (kind != .similar), "\(kind)")
            #expect(try pattern.matches("Z") == (text.isEmpty && kind != .similar), "\(kind)")
        }
    }

    @Test(
        arguments: [
            ("a\\", .like, "LIKE pattern must not end with escape character"),
            ("a\\", .similar, "LIKE pattern must not end with escape character"),
            ("a\\", regular, #"invalid regular expression: invalid escape \ sequence"#),
            ("(?<=a*)b", regular, "invalid regular expression: lookbehind assertion is not fixed length"),
            ("((((a{255}){255}){255}){255})", regular, "invalid regular expression: regular expression is too large"),
            (String(repeating: "(", count: 101), regular, "invalid regular expression: too many nested parentheses"),
            (String(repeating: "a", count: 10_001), regular, "The pattern is longer than 10000 bytes."),
            (String(repeating: "a", count: 10_001), .like, "The pattern is longer than 10000 bytes."),
        ] as [(String, PatternKind, String)])
    func `a pattern is refused before it meets a text`(_ text: String, _ kind: PatternKind, _ message: String) {
        let problem = #expect(throws: PatternError.self) { try kind.check(text) }
        #expect(problem?.message == message)
    }
}
