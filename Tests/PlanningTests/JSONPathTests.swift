// The `path` argument of JSON columns: every form that is read, and where the others stop.
import Base
import TestSupport
import Testing

@testable import Planning

struct JSONPathTests {
    @Test(arguments: [
        ("$", "[]"), ("a", #"["a"]"#), (".a.b", #"["a","b"]"#), ("$.a.b", #"["a","b"]"#), ("a[0]", #"["a",0]"#),
        ("[3]", "[3]"),
        ("['k']", #"["k"]"#), (#"["k"]"#, #"["k"]"#), ("$['a.b'][12].c", #"["a.b",12,"c"]"#), ("a-b_c", #"["a-b_c"]"#),
        ("ключ.🚀", #"["ключ","🚀"]"#), (#"['it\'s']"#, #"["it's"]"#), (#"["a\\b"]"#, #"["a\\b"]"#), ("['']", #"[""]"#),
        (".0", #"["0"]"#),
        (#"['say "x"']"#, #"["say \"x\""]"#),
    ])
    func `paths are lists of steps`(_ text: String, _ steps: String) throws {
        #expect(try JSONPath(.string(text), at: "$").text == steps)
    }

    @Test(arguments: [
        ("", "a path such as $, a.b or a[0] expected at character 0"), (".", "a name expected at character 1"),
        ("a.", "a name expected at character 2"), ("a..b", "a name expected at character 2"),
        ("a b", #""." or "[" expected at character 1"#),
        ("a[", "an index or a quoted name expected at character 2"),
        ("a[-1]", "an index or a quoted name expected at character 2"),
        ("a[1", #""]" expected at character 3"#), ("a['k]", "a closing quote expected at character 5"),
        ("$a", #""." or "[" expected at character 1"#),
        ("a[99999999999999999999]", "an index or a quoted name expected at character 2"),
        ("a[b]", "an index or a quoted name expected at character 2"),
        ("a[0]b", #""." or "[" expected at character 4"#),
    ])
    func `a malformed path says where`(_ text: String, _ problem: String) {
        #expect {
            try JSONPath(.string(text), at: "$.here")
        } throws: { error in
            guard let error = error as? GatewayError else { return false }
            return error.code == .parseFailed && error.message == "parse json path error: \(problem)"
                && error.extensionPath == "$.here"
        }
    }

    @Test
    func `a path has a bound, and is text`() {
        #expect(throws: GatewayError.self) { try JSONPath(.string(String(repeating: "a", count: 1001)), at: "$") }
        #expect(throws: GatewayError.self) { try JSONPath(.bool(true), at: "$") }
    }
}
