// Documents made to cost more than they weigh: one for each class that servers were brought down with, as large as the
// default limits let them be. Tests count the steps each takes, `HostileDocumentBenchmark` the time.
internal import Base
internal import Gateway
package import GraphQL
internal import Metadata

package struct HostileDocument: Sendable {
    package let name: String
    package let text: String
}

/// What became of a document before anything was planned.
package struct HostileVerdict: Sendable {
    /// The first error; `nil` when the document was accepted.
    package let message: String?
    /// Tokens read and steps of validation: what the document cost, the same on every machine.
    package let steps: Int
}

package enum HostileDocuments {
    /// Interfaces, long lists of fields, input objects that nest: what the classes need.
    package static let schema: Schema = {
        let fields = (0..<300).map { "field_number_\($0): Int" }.joined(separator: " ")
        let text = """
            type Query { a: Query b: Query c(x: Int, l: [Int], i: In): String i: Node n: Int \(fields) }
            type Subscription { a: Query n: Int }
            input In { a: In n: Int l: [In] }
            interface Node { a: Node n: Int }
            type One implements Node { a: Node n: Int s: String }
            type Two implements Node { a: Node n: Int s: Int }
            """
        guard let schema = try? SchemaBuilder.schema(of: text) else { preconditionFailure("the schema is sound") }
        return schema
    }()

    /// Reads, validates and measures a document within the gateway's default limits.
    package static func judge(_ document: HostileDocument) -> HostileVerdict {
        let limits = ServerConfiguration.Limits()
        var steps = 0
        do throws(GraphQLError) {
            let parsed = try DocumentParser.parse(
                document.text, limits: ParserLimits(bytes: limits.bodyBytes, tokens: limits.tokens))
            steps = parsed.tokenCount
            let name = parsed.operations.first?.name
            do throws(ValidationFailure) {
                let operation = try ValidatedOperation.validate(parsed, operationName: name, schema: schema)
                steps += operation.validationSteps
                do throws(GatewayError) {
                    try OperationLimits(limits).check(operation)
                    return HostileVerdict(message: nil, steps: steps)
                } catch {
                    return HostileVerdict(message: error.message, steps: steps)
                }
            } catch {
                return HostileVerdict(message: error.errors.first?.message, steps: steps + error.validationSteps)
            }
        } catch {
            // The parser stops at the limit that it names.
            return HostileVerdict(message: error.message, steps: limits.tokens)
        }
    }

    package static let all: [HostileDocument] =
        fragments + aliases + nesting + directives + overlaps + introspection + names

    private static func document(_ name: String, _ text: String) -> HostileDocument {
        HostileDocument(name: name, text: text)
    }

    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    private static func joined(_ count: Int, _ body: (Int) -> String) -> String {
        (0..<count).map(body).joined(separator: " ")
    }

    // MARK: Fragments (the class of CVE-2025-32032: named fragments expanded again at every use)

    private static let fragments: [HostileDocument] = [
        document(
            "fragments that double",
            "{ ...f0 } " + joined(700) { "fragment f\($0) on Query { a { ...f\($0 + 1) } b { ...f\($0 + 1) } }" }
                + " fragment f700 on Query { n }"),
        document(
            "fragments that double without fields",
            "{ ...f0 } " + joined(1_100) { "fragment f\($0) on Query { n ...f\($0 + 1) ...f\($0 + 1) }" }
                + " fragment f1100 on Query { n }"),
        document(
            "fragments that spread all later ones",
            "{ ...f0 } "
                + joined(118) { number in
                    "fragment f\(number) on Query { n \(joined(118 - number) { "...f\(number + $0 + 1)" }) }"
                } + " fragment f118 on Query { n }"),
        document(
            "a chain of fragments",
            "{ ...f0 } " + joined(1_700) { "fragment f\($0) on Query { ...f\($0 + 1) }" }
                + " fragment f1700 on Query { n x: a { n } }" + joined(40) { " fragment g\($0) on Query { n }" }),
        document(
            "a subscription down a chain of fragments",
            "subscription { ...f0 } " + joined(1_700) { "fragment f\($0) on Subscription { ...f\($0 + 1) }" }
                + " fragment f1700 on Subscription { n a { n } }"),
        document(
            "a cycle of fragments",
            "{ ...f0 } " + joined(1_700) { "fragment f\($0) on Query { ...f\(($0 + 1) % 1_700) }" }),
        document(
            "a chain of fragments with a way back from each",
            "{ ...f0 } " + joined(1_300) { "fragment f\($0) on Query { ...f0 ...f\($0 + 1) }" }
                + " fragment f1300 on Query { n }"),
        document(
            "operations times fragments",
            joined(450) { "query q\($0)($v: Int) { ...f0 }" }
                + joined(450) { " fragment f\($0) on Query { c(x: $v) ...f\($0 + 1) }" }
                + " fragment f450 on Query { n }"),
    ]

    // MARK: Aliases

    private static let aliases: [HostileDocument] = [
        document("aliases of one field", "{ \(joined(4_900) { "a\($0): n" }) }"),
        document("aliases of an object", "{ \(joined(2_400) { "a\($0): a { n }" }) }"),
        document("one field again and again", "{ \(repeated("n ", 14_000)) }"),
        document("root fields", "{ \(joined(48) { _ in joined(300) { "field_number_\($0)" } }) }"),
    ]

    // MARK: Nesting (the class of CVE-2023-28867: recursion without a bound)

    private static let nesting: [HostileDocument] = [
        document("deep selections", repeated("{ a ", 7_000) + "{ n }" + repeated("}", 7_000)),
        document("selections just as deep as can be read", repeated("{ a ", 190) + "{ n }" + repeated("}", 190)),
        document("deep inline fragments", "{" + repeated("... {", 7_000) + " n" + repeated("}", 7_001)),
        document("deep lists", "{ c(l: \(repeated("[", 7_000) + repeated("]", 7_000))) }"),
        document("lists just as deep as can be read", "{ c(l: \(repeated("[", 190) + repeated("]", 190))) }"),
        document(
            "deep input objects", "{ c(i: \(repeated("{a: ", 190) + "{n: 1, m: 2}" + repeated("}", 190))) }"),
        document(
            "wrong input objects inside each other",
            "{ \(joined(20) { "a\($0): c(i: \(repeated("[{a: ", 90) + "[1]" + repeated("}]", 90)))" }) }"),
        document(
            "deep types of variables", "query ($v: \(repeated("[", 7_000) + "Int" + repeated("]", 7_000))) { n }"),
        document(
            "deep types just as deep as can be read",
            "query (\(joined(24) { "$v\($0): \(repeated("[", 190) + "Int" + repeated("]!", 190))" })) { n }"),
        document("a long list", "{ c(l: [\(repeated("1,", 14_000))\"\"]) }"),
        document("a list of wrong values", "{ c(l: [\(repeated("\"x\",", 14_000))]) }"),
    ]

    // MARK: Directives (the class of CVE-2022-37734: a flood of them)

    private static let directives: [HostileDocument] = [
        document("unknown directives", "{ __typename \(repeated("@aa", 7_000)) }"),
        document("one directive again and again", "{ n \(repeated("@skip(if: true) ", 1_800)) }"),
        document(
            "directives on every field", "{ \(joined(700) { "a\($0): n @skip(if: true) @skip(if: false)" }) }"),
        document("unknown arguments", "{ c(\(joined(4_900) { "x\($0): 1" })) }"),
        document("one argument again and again", "{ c(\(repeated("x: 1 ", 4_900))) }"),
        document(
            "variables that nobody uses", "query (\(joined(3_500) { "$v\($0): Int" })) { n }"),
        document("variables that nobody defined", "{ \(joined(1_600) { "a\($0): c(x: $v\($0))" }) }"),
    ]

    // MARK: Fields that overlap

    private static let overlaps: [HostileDocument] = [
        document("conflicts of one key", "{ \(joined(1_800) { "x: c(x: \($0))" }) }"),
        document(
            "conflicts far down",
            "{ \(joined(60) { "a { a { b { a { x: c(x: \($0)) y: c(x: \($0)) } } } }" }) }"),
        document(
            "nested copies of one field",
            "{ " + (0..<9).reduce("x: n") { text, level in "a { \(text) } a { \(text)\(level == 0 ? " x: c" : "") }" }
                + " }"),
        document(
            "conflicts between fragments",
            "{ \(joined(500) { "...f\($0)" }) } "
                + joined(500) { "fragment f\($0) on Query { a { a { x: c(x: \($0)) } } }" }),
        document(
            "one key of two shapes on two types",
            "{ i { \(joined(900) { _ in "... on One { x: s } ... on Two { x: s }" }) } }"),
        document(
            "many types that could meet",
            "{ i { \(joined(450) { "... on One { a { x\($0 % 9): n } } ... on Two { a { x\($0 % 9): n } }" }) } "
                + "\(joined(31) { "y\($0): a { n }" }) }"),
        document(
            "long arguments compared again and again",
            "{ \(joined(60) { "c(l: [\(joined(200) { "\($0)" }), \($0)])" }) }"),
    ]

    // MARK: Introspection (the class of CVE-2024-40094)

    private static let introspection: [HostileDocument] = [
        document(
            "introspection that comes back to itself",
            "{ __schema { types { " + repeated("fields { type { ", 80) + "name" + repeated(" } }", 80) + " } } }"),
        document(
            "introspection through fragments that double",
            "{ __schema { types { ...f0 } } } "
                + joined(400) {
                    "fragment f\($0) on __Type { fields { type { ...f\($0 + 1) } } ofType { ...f\($0 + 1) } }"
                } + " fragment f400 on __Type { name }"),
        document(
            "introspection under many aliases",
            "{ \(joined(350) { "a\($0): __schema { types { fields { type { fields { name } } } } }" }) }"),
        document(
            "one type under many aliases", "{ \(joined(1_200) { "a\($0): __type(name: \"Query\") { name }" }) }"),
    ]

    // MARK: Names and messages

    private static let names: [HostileDocument] = [
        document("a name of half a megabyte", "{ \(repeated("n", 500_000)) }"),
        document(
            "a long operation name in every message",
            "query \(repeated("n", 200_000)) { \(joined(900) { "a\($0): c(x: $v\($0))" }) }"),
        document("unknown fields near known ones", "{ \(joined(300) { "field_numbed_\($0)" }) }"),
        document(
            "unknown types", joined(900) { "fragment f\($0) on Quer\($0) { n }" } + " { n }"),
        document("more tokens than allowed", "{ \(repeated("n ", 20_000)) }"),
        document("nothing but commas", repeated(",", 1_000_000)),
        document("nothing but comments", repeated("#\n", 500_000)),
        document("a string that never ends", "{ c(x: \"\(repeated("\\u0041", 160_000))"),
    ]
}
