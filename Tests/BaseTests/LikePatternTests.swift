// LIKE in memory: the same answer as the plain recursive definition, in time bounded by text times pattern.
import Base
import Testing

struct LikePatternTests {
    @Test(arguments: [
        ("", "", true), ("", "a", false), ("%", "", true), ("%", "abc", true), ("_", "a", true), ("_", "", false),
        ("_", "ab", false), ("_", "😀", true), ("_", "e\u{301}", false), ("a%", "abc", true),
        ("%c", "abc", true), ("%b%", "abc", true), ("a_c", "abc", true), ("ABC", "abc", false),
        ("100\\%", "100%", true), ("100\\%", "1000", false), ("a\\_b", "a_b", true), ("a\\_b", "axb", false),
        ("\\\\", "\\", true), ("\\a", "a", true), ("%%", "x", true), ("%_%", "", false), ("a\nb", "a\nb", true),
        ("%", "a\nb", true), ("é", "e\u{301}", false),
    ])
    func `a pattern matches by code points`(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(LikePattern(pattern)?.matches(text) == matches)
    }

    @Test(arguments: ["\\", "a\\", "\\\\\\", "%\\"])
    func `a lone escape at the end is no pattern`(_ pattern: String) {
        #expect(LikePattern(pattern) == nil)
    }

    /// The definition, case by case.
    private static func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case "%": return matches(rest, text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
        case "_": return !text.isEmpty && matches(rest, text.dropFirst())
        case "\\": return text.first == rest.first && matches(rest.dropFirst(), text.dropFirst())
        default: return text.first == first && matches(rest, text.dropFirst())
        }
    }

    private static func words(_ alphabet: [String], upTo length: Int) -> [String] {
        var words = [""]
        var last = [""]
        for _ in 0..<length {
            last = last.flatMap { word in alphabet.map { word + $0 } }
            words += last
        }
        return words
    }

    @Test
    func `every short pattern agrees with the definition on every short text`() {
        let texts = Self.words(["a", "b", "%"], upTo: 4)
        var checked = 0
        for pattern in Self.words(["a", "%", "_", "\\"], upTo: 4) {
            guard let compiled = LikePattern(pattern) else { continue }
            for text in texts {
                checked += 1
                guard compiled.matches(text) == Self.matches(Array(pattern)[...], Array(text)[...]) else {
                    Issue.record("\(pattern) on \(text)")
                    return
                }
            }
        }
        #expect(checked > 20000)
    }

    @Test
    func `many runs over a long text end soon`() {
        let pattern = String(repeating: "%a", count: 200) + "%b"
        let text = String(repeating: "a", count: 10000)
        let start = ContinuousClock.now
        #expect(LikePattern(pattern)?.matches(text) == false)
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
