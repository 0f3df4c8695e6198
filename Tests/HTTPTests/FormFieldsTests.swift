// Queries of GET requests.

import HTTP
import Testing

struct FormFieldsTests {
    @Test(arguments: [
        ("", [(String, String)]()),
        ("query=%7Ba%7D&variables=%7B%22x%22%3A1%7D", [("query", "{a}"), ("variables", "{\"x\":1}")]),
        ("a=1+2%2B3&b&=c&&d=", [("a", "1 2+3"), ("b", ""), ("", "c"), ("d", "")]),
        ("a=b=c&%61=%C3%A9", [("a", "b=c"), ("a", "é")]),
    ])
    func `decodes pairs in order`(_ query: String, _ expected: [(String, String)]) throws {
        let fields = try FormFields(decoding: Array(query.utf8)[...]).fields
        #expect(fields.map { String(decoding: $0.name, as: UTF8.self) } == expected.map(\.0))
        #expect(fields.map { String(decoding: $0.value, as: UTF8.self) } == expected.map(\.1))
    }

    @Test(arguments: ["a=%", "a=%2", "a=%zz", "%g0=1", "a=%2x"])
    func `refuses a percent sign without two digits`(_ query: String) {
        #expect(throws: FormFields.Malformed.self) { try FormFields(decoding: Array(query.utf8)[...]) }
    }

    @Test func `finds the first field of a name`() throws {
        let fields = try FormFields(decoding: Array("a=1&b=2&a=3".utf8)[...])
        #expect(fields["a"] == Array("1".utf8))
        #expect(fields["c"] == nil)
    }
}
