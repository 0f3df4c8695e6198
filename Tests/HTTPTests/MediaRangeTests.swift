// Elements of `Accept` and values of `Content-Type`.

import HTTP
import Testing

struct MediaRangeTests {
    private func text(_ ranges: [MediaRange]) -> String {
        ranges.map { range in
            let parameters = range.parameters.map { ";\($0.name)=\($0.value)" }.joined()
            return "\(range.type)\(parameters) \(range.weight)"
        }.joined(separator: " | ")
    }

    @Test(arguments: [
        ("*/*", "*/* 1000"),
        ("text/html, application/*;q=0.5", "text/html 1000 | application/* 500"),
        (" Application/JSON ; Charset=UTF-8 ;q=0.25", "application/json;charset=UTF-8 250"),
        ("a/b;q=0", "a/b 0"), ("a/b;q=1.000", "a/b 1000"), ("a/b;q=0.1239", "a/b 123"), ("a/b;q=0.", "a/b 0"),
        // What follows the weight says nothing about the type.
        ("a/b;x=1;q=0.1;y=2", "a/b;x=1 100"),
        (#"a/b;x="1,2;3\"4""#, #"a/b;x=1,2;3"4 1000"#),
        (#"a/b;x="1"#, #"a/b;x="1 1000"#),
        // Elements that are no media range are passed over.
        ("a, b/, /c, a/b/c, , d/e", "d/e 1000"), ("a/b;q=2", ""), ("a/b;q=1.001", ""), ("a/b;q=x", ""),
        ("a/b;q=-0", ""), ("a/b;q=0x5", ""), ("a/b;flag", ""), ("", ""),
    ])
    func `reads types, parameters and weights`(_ header: String, _ expected: String) {
        #expect(text(MediaRange.list(Array(header.utf8)[...])) == expected)
    }

    @Test(arguments: [
        ("a/b", true), ("a/b;charset=utf-8", true), ("a/b;charset=UTF8", true), ("a/b;charset=\"utf-8\"", true),
        ("a/b;charset=utf-16", false), ("a/b;charset=", false),
    ])
    func `knows which charset is UTF-8`(_ header: String, _ expected: Bool) {
        #expect(MediaRange(Array(header.utf8)[...])?.isUTF8 == expected)
    }
}
