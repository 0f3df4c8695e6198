// Documents that use all of the language, for tests that take any.

enum Samples {
    static let kitchenSink = """
        "What it does." query Q($a: [Int!]! = [1, 2] @d, $b: In = {x: {y: "é\\u{1F600}"}, z: null}) @live {
          first: items(where: {_and: [{id: {_in: $a}}, {}]}, on: $b, t: true, e: ASC, f: -1.5e-3) @skip(if: false) {
            id ... on Item { name } ... @include(if: true) { size } ...parts @only
          }
          # a comment, with a comma
          text(block: \"""
            indented
              more \\\"""
          \""", plain: "tab\\t quote\\" 😀")
        }
        mutation { do }
        subscription S { ticks(limit: 3) { at } }
        fragment parts on Item @f { parent { ...on Item { id } } }
        """

    static let typeSystem = """
        "The API." schema @a { query: Q mutation: M }
        extend schema { subscription: S }
        \"""
        A type.
        \"""
        type Q implements A & B @x { "f" f(a: Int = 1 @y, "second" b: [T!]! = []): String! @deprecated(reason: "no") g: [[Int]] }
        extend type Q implements C @z { h: Int }
        interface A implements B { f: String! } extend interface A { i: Int }
        union U @u = Q | R extend union U = S
        enum E { A "b" B @deprecated } extend enum E { C }
        input I @oneOf { a: Int, b: String = "x" } extend input I { c: E = A }
        scalar D @specifiedBy(url: "https://example.com") extend scalar D @s
        directive @x("why" reason: String = "none") repeatable on OBJECT | FIELD_DEFINITION
        """

    static let all = [kitchenSink, typeSystem, "{a}", "query{a}", "query Q{a}", "query($a:Int){a(b:$a)}"]

    /// A small schema with every kind of type.
    static let schema = """
        type Query {
          item(id: ID!): Item
          items(where: ItemFilter, order_by: [Order!], limit: Int, tags: [String!] = ["a"]): [Item!]!
          node: Node
          any: Any
          pick(by: Pick!): String
        }
        type Mutation { add(item: ItemInput!): Item }
        type Subscription { added: Item, removed: Item }
        interface Node { id: ID! }
        type Item implements Node { id: ID!, name: String, size(unit: Unit = METRE): Float, parent: Item, tags: [String!]! }
        type Box implements Node { id: ID!, items: [Item!]!, weight: Int }
        union Any = Item | Box
        enum Unit { METRE FOOT @deprecated(reason: "old") }
        enum Order { asc desc }
        input IntFilter { _eq: Int, _in: [Int!] }
        input ItemFilter { _and: [ItemFilter!], _not: ItemFilter, id: IntFilter, name: String, unit: Unit = METRE }
        input ItemInput { name: String!, size: Float = 1.5, extra: JSON }
        input Pick @oneOf { id: ID, name: String }
        scalar JSON
        directive @tag(name: String!) repeatable on FIELD | QUERY
        """
}
