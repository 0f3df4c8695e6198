// The rules on our own schema: each refuses what it is for and lets its neighbour through, with the dialect's path.
// The wording of all of them is replayed from the reference's cases in ConformanceTests.

import Base
import GraphQL
import Testing

@Suite struct ValidationTests {
    private let schema: Schema

    init() throws {
        schema = try SchemaBuilder.schema(of: Samples.schema)
    }

    private func errors(_ query: String) throws -> [GraphQLError] {
        Validation.validate(try DocumentParser.parse(query), schema)
    }

    @Test(arguments: [
        "{ item(id: 1) { id name size(unit: FOOT) tags } }", "{ node { ... on Item { name } ... on Box { weight } } }",
        "{ any { __typename ... on Node { id } } }", "query ($w: ItemFilter) { items(where: $w) { id } }",
        "query ($n: Int!) { items(limit: $n, where: {id: {_in: [1, $n]}}) { id } }",
        "{ a: item(id: 1) { ...f } } fragment f on Item { parent { id } }", "subscription { added { id } }",
        "subscription { added { id @skip(if: true) } }",
        "mutation { add(item: {name: \"x\", extra: {any: [thing]}}) { id } }", "{ pick(by: {id: 1}) }",
        "{ item(id: 1) { name @tag(name: \"a\") @tag(name: \"b\") } }", "{ items(order_by: asc) { id } }",
        "{ __schema { types { fields { type { fields { name } } } } } }",
        "{ node { ... on Item { x: size } ... on Box { x: id } } }".replacing("x: id", with: "y: id"),
    ])
    func `lets correct requests through`(_ query: String) throws {
        #expect(try errors(query).map(\.message) == [])
    }

    @Test(arguments: [
        (
            "{ item(id: 1) { nam } }", "Cannot query field \"nam\" on type \"Item\". Did you mean \"name\"?",
            "$.selectionSet.item.selectionSet.nam"
        ),
        (
            "{ x: item(id: 1) { y: nam } }", "Cannot query field \"nam\" on type \"Item\". Did you mean \"name\"?",
            "$.selectionSet.item.selectionSet.nam"
        ),
        (
            "{ items(wher: {}) { id } }", "Unknown argument \"wher\" on field \"Query.items\". Did you mean \"where\"?",
            "$.selectionSet.items"
        ),
        (
            "{ items(where: {id: {_ne: 1}}) { id } }",
            "Field \"_ne\" is not defined by type \"IntFilter\". Did you mean \"_eq\" or \"_in\"?",
            "$.selectionSet.items.args.where.id._ne"
        ),
        (
            "{ items(where: {_and: [{}, {id: {_in: [1, \"2\"]}}]}) { id } }",
            "Int cannot represent non-integer value: \"2\"",
            "$.selectionSet.items.args.where._and[1].id._in[1]"
        ),
        (
            "{ items(limit: 3000000000) { id } }",
            "Int cannot represent non 32-bit signed integer value: 3000000000", "$.selectionSet.items.args.limit"
        ),
        (
            "{ items(where: {_not: 1}) { id } }", "Expected value of type \"ItemFilter\", found 1.",
            "$.selectionSet.items.args.where._not"
        ),
        (
            "{ items(tags: [null]) { id } }", "Expected value of type \"String!\", found null.",
            "$.selectionSet.items.args.tags[0]"
        ),
        (
            "{ item { id } }",
            "Field \"item\" argument \"id\" of type \"ID!\" is required, but it was not provided.",
            "$.selectionSet.item.args.id"
        ),
        (
            "query ($l: String) { items(limit: $l) { id } }",
            "Variable \"$l\" of type \"String\" used in position expecting type \"Int\".",
            "$.selectionSet.items.args.limit"
        ),
        ("{ items(limit: $l) { id } }", "Variable \"$l\" is not defined.", "$.selectionSet.items.args.limit"),
        ("query ($l: Int) { items { id } }", "Variable \"$l\" is never used.", "$"),
        ("query ($l: Xyzzy) { items(limit: $l) { id } }", "Unknown type \"Xyzzy\".", "$"),
        ("query ($l: Item) { items(limit: $l) { id } }", "Variable \"$l\" cannot be non-input type \"Item\".", "$"),
        ("{ items { ...f } }", "Unknown fragment \"f\".", "$.selectionSet.items.selectionSet.f"),
        ("{ items { id } } fragment f on Item { id }", "Fragment \"f\" is never used.", "$"),
        (
            "{ items { ...f } } fragment f on Item { nop }", "Cannot query field \"nop\" on type \"Item\".",
            "$.selectionSet.items.selectionSet.f.selectionSet.nop"
        ),
        (
            "{ items { ...f } } fragment f on Item { parent { ...g } } fragment g on Item { parent { ...f } }",
            "Cannot spread fragment \"f\" within itself via \"g\".",
            "$.selectionSet.items.selectionSet.f.selectionSet.parent.selectionSet.g.selectionSet.parent.selectionSet"
        ),
        (
            "{ items { ...f } } fragment f on Unit { id }",
            "Fragment \"f\" cannot condition on non composite type \"Unit\".", "$.selectionSet.items.selectionSet.f"
        ),
        (
            "{ items { ... on Box { id } } }",
            "Fragment cannot be spread here as objects of type \"Item\" can never be of type \"Box\".",
            "$.selectionSet.items"
        ),
        (
            "{ items }",
            "Field \"items\" of type \"[Item!]!\" must have a selection of subfields. Did you mean \"items { ... }\"?",
            "$.selectionSet.items"
        ),
        (
            "{ items { id { x } } }",
            "Field \"id\" must not have a selection since type \"ID!\" has no subfields.",
            "$.selectionSet.items.selectionSet.id"
        ),
        (
            "{ items { a: id a: name } }",
            "Fields \"a\" conflict because \"id\" and \"name\" are different fields. Use different aliases on the fields to fetch both if this was intentional.",
            "$.selectionSet.items.selectionSet.id"
        ),
        ("{ items { id @nope } }", "Unknown directive \"@nope\".", "$.selectionSet.items.selectionSet.id"),
        ("{ ... @tag(name: \"x\") { items { id } } }", "Directive \"@tag\" may not be used on INLINE_FRAGMENT.", "$"),
        (
            "{ items { id @skip(if: true) @skip(if: true) } }",
            "The directive \"@skip\" can only be used once at this location.",
            "$.selectionSet.items.selectionSet.id"
        ),
        (
            "{ items(limit: 1, limit: 2) { id } }", "There can be only one argument named \"limit\".",
            "$.selectionSet.items"
        ),
        (
            "{ items(where: {name: \"a\", name: \"b\"}) { id } }", "There can be only one input field named \"name\".",
            "$.selectionSet.items.args.where.name"
        ),
        (
            "subscription { added { id } removed { id } }",
            "Anonymous Subscription must select only one top level field.", "$.selectionSet.removed"
        ),
        (
            "subscription S($a: Boolean!) { added @skip(if: $a) { id } removed @include(if: $a) { id } }",
            "Subscription \"S\" must not use `@skip` or `@include` directives in the top level selection.",
            "$.selectionSet.added"
        ),
        (
            "subscription { ...F } fragment F on Subscription { ... @include(if: true) { added { id } } }",
            "Anonymous Subscription must not use `@skip` or `@include` directives in the top level selection.",
            "$.selectionSet.F"
        ),
        (
            "{ pick(by: {id: 1, name: \"a\"}) }", "OneOf Input Object \"Pick\" must specify exactly one key.",
            "$.selectionSet.pick.args.by"
        ),
        (
            "{ items(order_by: up) { id } }", "Value \"up\" does not exist in \"Order\" enum.",
            "$.selectionSet.items.args.order_by[0]"
        ),
        (
            "{ items(where: {_and: {id: {_in: 1.5}}}) { id } }", "Int cannot represent non-integer value: 1.5",
            "$.selectionSet.items.args.where._and[0].id._in[0]"
        ),
        (
            "{ items(where: {_and: [{id: {_in: [1, \"x\"]}}]}) { id } }",
            "Int cannot represent non-integer value: \"x\"",
            "$.selectionSet.items.args.where._and[0].id._in[1]"
        ),
        ("type A { a: Int }", "The \"A\" definition is not executable.", "$"),
    ])
    func `refuses with the reference's words and the dialect's path`(
        _ query: String, _ message: String, _ path: String
    ) throws {
        let found = try errors(query)
        let error = try #require(found.first { $0.message == message }, "\(found.map(\.message))")
        #expect(error.extensionPath == path)
        #expect(error.kind == .validation)
        #expect(!error.locations.isEmpty)
    }

    @Test func `directives in a fragment that does not apply to a subscription are not at its top`() throws {
        let found = try errors("subscription { added { id } ... on Item { name @skip(if: true) } }").map(\.message)
        #expect(!found.isEmpty)
        #expect(!found.contains { $0.contains("@skip") })
    }

    @Test func `errors stop at the limit`() throws {
        let fields = (0..<500).map { "f\($0)" }.joined(separator: " ")
        let found = try errors("{ \(fields) }")
        #expect(found.count == ValidationLimits.standard.errors + 1)
        #expect(found.last?.message == "Too many validation errors, error limit reached. Validation aborted.")
    }
}
