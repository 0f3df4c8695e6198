// What a misspelt name may have meant.
import Base
import Testing

struct SuggestionTests {
    @Test(
        arguments: [
            ("titel", ["title", "body"], ["title"]), ("Title", ["title"], ["title"]), ("title", ["title"], []),
            ("xyz", ["title"], []), ("", ["a", "b"], ["a", "b"]),
            ("coment", ["comment", "comments"], ["comment"]), ("ab", ["ac", "ad", "xyzw"], ["ac", "ad"]),
            ("a1", ["a2", "a3", "a4", "a5", "a6", "a7", "a8"], ["a2", "a3", "a4", "a5", "a6"]), ("name", [], []),
        ] as [(String, [String], [String])])
    func `the nearest names are told`(_ name: String, _ candidates: [String], _ expected: [String]) {
        #expect(suggestions(for: name, in: candidates) == expected)
    }

    @Test(
        arguments: [
            ([], nil), (["a"], #"did you mean "a"?"#), (["a", "b"], #"did you mean "a" or "b"?"#),
            (["a", "b", "c"], #"did you mean "a", "b" or "c"?"#),
        ] as [([String], String?)])
    func `the question lists them`(_ names: [String], _ expected: String?) {
        #expect(didYouMean(names) == expected)
    }
}
