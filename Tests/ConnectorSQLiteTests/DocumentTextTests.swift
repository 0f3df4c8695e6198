// JSON documents as PostgreSQL's text of them; the expected texts are those that `'…'::jsonb::text` gives there.
import Planning
import Testing

@testable import ConnectorSQLite

@Suite
struct DocumentTextTests {
    @Test(
        arguments: [
            (#"{"b":1,"a":2,"aa":0}"#, #"{"a": 2, "b": 1, "aa": 0}"#), (#"{"a":1,"a":2}"#, nil),
            ("[1,2,[ ],{ }]", "[1, 2, [], {}]"), (#""a\u00e9\n\u0001""#, #""aé\n\u0001""#), ("null", "null"),
            ("not json", nil), ("1.50", "1.50"), (" 7 ", "7"),
        ] as [(String, String?)])
    func `documents`(_ document: String, _ expected: String?) throws {
        let database = try TemporaryDatabase()
        #expect(
            try database.ask("select perigee_json_text(?1)", [.text(document)]) == expected)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("-0.0", "0.0"), ("1e2", "100"), ("1.5e3", "1500"), ("1.25e1", "12.5"),
        ("1E-3", "0.001"),
        ("12.340e1", "123.40"), ("-5e-1", "-0.5"), ("0e5", "0"), ("1e5000", "1e5000"),
    ])
    func `numbers have no exponent`(_ number: String, _ expected: String) {
        #expect(DocumentText.plain(number) == expected)
    }
}
