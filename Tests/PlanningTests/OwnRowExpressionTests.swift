// Which expressions read nothing but their own row.
import Metadata
import Planning
import TestSupport
import Testing

@Suite
struct OwnRowExpressionTests {
    /// - Returns: names of columns, or "anything".
    private static func reads(_ expression: String) throws -> String {
        let catalog = TestCatalog.blog
        let articles = try #require(catalog.collection(named: CollectionName(source: "main", collection: "articles")))
        guard let fields = OwnRowExpression.fields(of: expression, in: articles) else { return "anything" }
        return fields.map { articles.fields[$0].name }.sorted().joined(separator: " ")
    }

    @Test(arguments: [
        ("id", "id"), ("id + 1", "id"), ("(ID * 2.5e3) || title", "id title"), ("\"title\" || 'it''s select'", "title"),
        ("CASE WHEN id = 0 THEN abs(-9223372036854775808) ELSE id END", "id"), ("id::text", "id"), ("1", ""),
        ("coalesce(title, '-- none')", "title"), ("id - 1 / 2", "id"),
        ("(select 1)", "anything"), ("current_timestamp", "anything"), ("now()", "anything"), ("mine(id)", "anything"),
        ("id -- comment", "anything"), ("id /* x */", "anything"), ("$$x$$", "anything"), ("other.id", "anything"),
        ("\"lower\"(title)", "anything"), ("'open", "anything"), ("E'\\'' || title", "anything"),
        ("title ~ 'x'", "anything"),
        ("[id]", "anything"), ("random()", "anything"),
    ])
    func `an expression`(_ expression: String, _ expected: String) throws {
        #expect(try Self.reads(expression) == expected)
    }
}
