// JSON in and out (RFC 8259): what is refused, what stays exact, and that reading and skipping agree.
import Base
import TestSupport
import Testing

struct JSONScannerTests {
    private static func accepts(_ text: String) -> Bool {
        accepts(bytes: Array(text.utf8))
    }

    private static func accepts(bytes: [UInt8]) -> Bool {
        (try? JSONScanner.parse(bytes)) != nil
    }

    /// Whether passing over the value takes the same text.
    private static func skips(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var scanner = JSONScanner()
        do {
            try scanner.skip(bytes.span)
            try scanner.end(bytes.span)
            return true
        } catch {
            return false
        }
    }

    private static let valid = [
        "null", "true", "false", "0", "-0", "1.5", "-1.5e+10", "1E5", "123456789012345678901234567890", #""""#,
        #""é😀\n\"\\\/\u00e9\ud83d\ude00""#, "[]", "[1]", "[1,[2,{}],null]", "{}", #"{"a":1}"#,
        #"{"a":{"b":[true,false]},"":""}"#, " \t\r\n[ 1 , 2 ]\n", #"{"a b":"c:d,e}f]"}"#,
    ]

    private static let invalid = [
        "", " ", "nul", "nulll", "True", "+1", "01", "1.", ".5", "1e", "-", "1 2", "[1,]", "[,1]", "[1 2]", "[", "]",
        "{", "}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, #"{"a":1 "b":2}"#, "{1:2}",
        #"""#, #""a"#, "\"\u{1}\"", "\"a\nb\"", #""\x""#, #""\u12""#, #""\ud83d""#, #""\ud83d\u0041""#, #""\ude00""#,
        "'a'", "// c\n1", "NaN", "Infinity", "\u{FEFF}1", #"{"a":1,"a":2}"#, #"{"a":{"b":1,"b":1}}"#, "[1}", "{]",
    ]

    @Test(arguments: valid)
    func `JSON is read, written and read again the same`(_ text: String) throws {
        let value = try JSONScanner.parse(Array(text.utf8))
        #expect(try JSONScanner.parse(Array(value.text.utf8)) == value)
        #expect(Self.skips(text))
    }

    @Test(arguments: invalid)
    func `anything else is refused`(_ text: String) {
        #expect(!Self.accepts(text))
        #expect(!Self.skips(text))
    }

    @Test
    func `every short text is read and skipped alike`() {
        let alphabet = ["{", "}", "[", "]", ",", ":", "\"", "1", "-", " ", "\\", "t"]
        var words = [""]
        for _ in 0..<4 { words = words + words.flatMap { word in alphabet.map { word + $0 } } }
        for word in Set(words) where Self.accepts(word) != Self.skips(word) { Issue.record("\(word)") }
    }

    @Test
    func `what ends a run of plain text is found at every offset`() throws {
        for length in 0...40 {
            let plain = String(repeating: "x", count: length)
            #expect(try JSONScanner.parse(Array("\"\(plain)\"".utf8)) == .string(plain))
            #expect(
                try JSONScanner.parse(Array("\"\(plain)\\n~\(plain)é\(plain)\"".utf8))
                    == .string("\(plain)\n~\(plain)é\(plain)"))
            for byte in [UInt8(0), 0x1F, 0x0A, 0x80, 0xFF] {
                #expect(!Self.accepts(bytes: Array("\"\(plain)".utf8) + [byte] + Array("\(plain)\"".utf8)))
            }
            for byte in [UInt8(0x20), 0x21, 0x23, 0x5B, 0x5D, 0x7F] {
                #expect(Self.accepts(bytes: Array("\"\(plain)".utf8) + [byte] + Array("\(plain)\"".utf8)))
            }
        }
    }

    @Test
    func `a text cut short anywhere is refused`() {
        let text = #"{"a":[1,{"b":"c\u00e9"},true,null],"d":"é"}"#
        let bytes = Array(text.utf8)
        for end in bytes.indices { #expect(throws: JSONError.self) { try JSONScanner.parse(Array(bytes[..<end])) } }
    }

    @Test
    func `nesting has a bound`() {
        let nest = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(Self.accepts(nest(JSONScanner.defaultDepth)))
        for text in [nest(JSONScanner.defaultDepth + 1), nest(100_000), String(repeating: #"{"a":"#, count: 100_000)] {
            #expect(!Self.accepts(text))
            #expect(!Self.skips(text))
        }
    }

    @Test
    func `bytes that are not UTF-8 are refused`() {
        for bad in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xAF]] as [[UInt8]] {
            let bytes = Array("\"a".utf8) + bad + Array("\"".utf8)
            #expect(throws: JSONError.self) { try JSONScanner.parse(bytes) }
        }
    }

    @Test(arguments: [
        ("[1,]", 3, "Found \"]\" where a value should be."), ("", 0, "The JSON ends where a value should be."),
        (#"{"a":1,"a":2}"#, 7, "The key \"a\" occurs twice in one object."),
        (#"["ab"#, 1, "The string that starts here is never closed."),
        ("[1 2]", 3, "Found \"2\" where \",\" or \"]\" should be."),
    ])
    func `an error tells where and what`(_ text: String, _ offset: Int, _ message: String) {
        do {
            _ = try JSONScanner.parse(Array(text.utf8))
            Issue.record("\(text) was taken")
        } catch {
            #expect(error == JSONError(message: message, offset: offset))
        }
    }

    @Test
    func `numbers keep their text and members their order`() throws {
        let text = #"{"z":1.10,"a":9007199254740993,"m":1E5}"#
        #expect(try JSONScanner.parse(Array(text.utf8)).text == text)
    }

    @Test
    func `an object of many members refuses the same name twice`() {
        let members = (0..<100).map { #""k\#($0)":\#($0)"# }
        #expect(Self.accepts("{\(members.joined(separator: ","))}"))
        for index in [0, 7, 8, 99] { #expect(!Self.accepts("{\(members.joined(separator: ",")),\(members[index])}")) }
    }
}

struct JSONValueTests {
    @Test(
        arguments: [
            ("1", 1), ("1.0", 1), ("1e2", 100), ("-0", 0), ("9223372036854775807", Int64.max),
            ("9223372036854775808", nil), ("1.5", nil),
        ] as [(String, Int64?)])
    func `a whole number is an integer however it is written`(_ text: String, _ value: Int64?) {
        #expect(JSONNumber(text: text).int64 == value)
    }

    @Test
    func `members are set, replaced and removed by name`() {
        var object = JSONObject()
        object["a"] = .null
        object["b"] = .bool(true)
        object["a"] = .string("x")
        #expect(JSONValue.object(object).text == #"{"a":"x","b":true}"#)
        object["a"] = nil
        #expect(object.keys == ["b"])
        #expect(object["c"] == nil)
    }

    @Test(arguments: [
        ("plain é😀/", #""plain é😀/""#), ("\"\\", #""\"\\""#), ("\u{8}\t\n\u{c}\r", #""\b\t\n\f\r""#),
        ("\0\u{1f}\u{7f}", "\"\\u0000\\u001f\u{7f}\""), ("\u{2028}", "\"\u{2028}\""),
    ])
    func `a string escapes what it must`(_ text: String, _ expected: String) {
        #expect(JSONValue.string(text).text == expected)
        #expect(JSONValue(test: expected) == .string(text))
    }
}
