// The key of a plan: the same for variables that only fill parameters otherwise, different as soon as the plan would be.
import TestSupport
import Testing

@testable import Planning

struct VariableShapeTests {
    private let bench = PlanBench.blog

    private static let filter = "query($w: articles_bool_exp) { articles(where: $w) { id } }"
    private static let several =
        "query($i: Int, $s: String, $l: [Int!], $b: Boolean) { articles(limit: $i, where: {title: {_eq: $s}, id: {_in: $l}, body: {_is_null: $b}}) { id } }"
    private static let order =
        "query($o: [articles_order_by!], $d: [articles_select_column!]) { articles(order_by: $o, distinct_on: $d) { id } }"
    private static let two = "query($a: String, $b: String) { articles(where: {title: {_eq: $a, _neq: $b}}) { id } }"

    @Test(
        arguments: [
            (filter, #"{"w": {"id": {"_eq": 1}}}"#, #"{"w": {"id": {"_eq": 2}}}"#, true),
            (filter, #"{"w": {"id": {"_in": [1]}}}"#, #"{"w": {"id": {"_in": [1, 2, 3]}}}"#, true),
            (filter, #"{"w": {"id": {"_eq": 1}}}"#, #"{"w": {"id": {"_neq": 1}}}"#, false),
            (filter, #"{"w": {"id": {"_eq": 1}}}"#, #"{"w": {"views": {"_eq": 1}}}"#, false),
            (filter, #"{"w": {"id": {"_eq": 1}}}"#, #"{"w": {"_not": {"id": {"_eq": 1}}}}"#, false),
            (filter, #"{"w": {"_and": [{}]}}"#, #"{"w": {"_or": [{}]}}"#, false),
            (filter, #"{"w": {"_and": []}}"#, #"{"w": {"_and": [{}]}}"#, false),
            (filter, #"{"w": {"_and": {}}}"#, #"{"w": {"_and": [{}]}}"#, true),
            (filter, #"{"w": {}}"#, #"{"w": null}"#, false),
            (filter, "{}", #"{"w": null}"#, false),
            (filter, #"{"w": {"published": {"_eq": true}}}"#, #"{"w": {"published": {"_eq": false}}}"#, false),
            (
                filter, #"{"w": {"id": {"_gt": 1}, "views": {"_gt": 1}}}"#, #"{"w": {"id": {"_gt": 1, "_lt": 1}}}"#,
                false
            ),
            (
                filter, #"{"w": {"_or": [{"id": {"_gt": 1}}, {"views": {"_gt": 1}}]}}"#,
                #"{"w": {"_or": [{"id": {"_gt": 1}, "views": {"_gt": 1}}]}}"#, false
            ),
            (
                filter, #"{"w": {"author": {"name": {"_eq": "a"}}}}"#, #"{"w": {"editor": {"name": {"_eq": "a"}}}}"#,
                false
            ),
            (several, #"{"i": 9, "s": "a", "l": [1], "b": true}"#, #"{"i": 9, "s": "bc", "l": [], "b": true}"#, true),
            // The numbers of rows that are usual are the plan's, others are not.
            (several, #"{"i": 1}"#, #"{"i": 9}"#, false),
            (several, #"{"i": 950}"#, #"{"i": 1000}"#, false),
            (several, #"{"i": 101}"#, #"{"i": 103}"#, true),
            (several, #"{"i": 1050}"#, #"{"i": 2000}"#, true),
            (several, #"{"i": 100}"#, #"{"i": 101}"#, false),
            (several, #"{"i": 1, "b": true}"#, #"{"i": 1, "b": false}"#, false),
            (several, #"{"i": 1}"#, #"{"i": null}"#, false),
            (several, #"{"i": 1}"#, "{}", false),
            (several, #"{"s": "a"}"#, #"{"i": 1}"#, false),
            (several, #"{"l": [1]}"#, #"{"l": 1}"#, true),
            (order, #"{"o": {"id": "asc"}}"#, #"{"o": {"id": "desc"}}"#, false),
            (order, #"{"o": {"id": "asc"}}"#, #"{"o": [{"id": "asc"}]}"#, true),
            (order, #"{"o": [{"id": "asc"}, {"views": "asc"}]}"#, #"{"o": [{"views": "asc"}, {"id": "asc"}]}"#, false),
            (order, #"{"o": [{"id": "asc", "views": "asc"}]}"#, #"{"o": [{"id": "asc"}, {"views": "asc"}]}"#, false),
            (order, #"{"d": ["id"]}"#, #"{"d": ["title"]}"#, false),
            (order, #"{"d": ["id", "title"]}"#, #"{"d": ["id"]}"#, false),
            (two, #"{"a": "x"}"#, #"{"b": "x"}"#, false),
            (two, #"{"a": null, "b": "x"}"#, #"{"a": "x", "b": null}"#, false),
            // What a value holds cannot pose as structure.
            (two, #"{"a": ".", "b": "-"}"#, #"{"a": "0", "b": "{a:.}"}"#, true),
        ] as [(String, String, String, Bool)])
    func `keys are equal just when the plans are`(_ query: String, _ left: String, _ right: String, _ isEqual: Bool)
        throws
    {
        let keys = try [left, right].map { try bench.key(query, $0) }
        #expect((keys[0] == keys[1]) == isEqual)
        if isEqual { #expect(bench.text(query, left) == bench.text(query, right)) }
    }

    @Test
    func `the order of members that are sent does not split the plans of plain variables`() throws {
        #expect(try bench.key(Self.several, #"{"i": 1, "s": "a"}"#) == bench.key(Self.several, #"{"s": "a", "i": 1}"#))
    }

    @Test
    func `a query without variables has the empty key`() throws {
        #expect(try bench.key("{ articles { id } }", "{}").isEmpty)
    }
}
