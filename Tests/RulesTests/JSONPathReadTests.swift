// The `path` argument end to end: what it answers for documents of every kind, and that it shows no more than the column.
import Gateway
import TestSupport
import Testing

@Suite
struct JSONPathReadTests {
    private static let sql = #"""
        create table docs (id integer primary key, body json, owner int);
        insert into docs values
          (1, '{"a": {"b": [10, 20.50, {"c": null}]}, "k k": "é\u00e9", "0": "zero"}', 1),
          (2, '[1, [2, 3]]', 2), (3, 'not json', 1), (4, null, 1), (5, 12.50, 1), (6, '{"a": 1, "a": 2}', 1),
          (7, ' {"a" : {"b" : [ 1 ]} } ', 1);
        """#

    private static func gateway(_ rules: String = #""read": {"rule": "allow"}"#) async throws -> TestGateway {
        try await TestGateway.make(sql: sql, collections: #""main.docs": { \#(rules) }"#)
    }

    private func part(_ path: String, _ gateway: TestGateway, _ variables: String? = nil) async -> String {
        let declared = path.hasPrefix("$") ? "query ($p: String) " : ""
        return await gateway.data("\(declared){ docs(order_by: {id: asc}) { body(path: \(path)) } }", variables)
            .replacing(#"{"body":"#, with: "").replacing("}]", with: "]").replacing("},", with: ",")
    }

    @Test(arguments: [
        (#""a.b[1]""#, #"{"docs":[20.50,null,null,null,null,null,null]}"#),
        (#""a.b[2].c""#, #"{"docs":[null,null,null,null,null,null,null]}"#),
        (#""$['k k']""#, #"{"docs":["é\u00e9",null,null,null,null,null,null]}"#),
        (#""[1][0]""#, #"{"docs":[null,2,null,null,null,null,null]}"#),
        (#""[0]""#, #"{"docs":[null,1,null,null,null,null,null]}"#),
        (#""['0']""#, #"{"docs":["zero",null,null,null,null,null,null]}"#),
        (#""a.b""#, #"{"docs":[[10, 20.50, {"c": null],null,null,null,null,null,[ 1 ]]}"#),
    ])
    func `a path answers the bytes that stand there, else null`(_ path: String, _ expected: String) async throws {
        #expect(await part(path, try Self.gateway()) == expected)
    }

    @Test
    func `a path of the whole document is the document`() async throws {
        let gateway = try await Self.gateway()
        let query = "{ docs(where: {id: {_in: [1, 2, 5]}}) { body(path: \"$\") } }"
        #expect(await gateway.data(query) == (await gateway.data("{ docs(where: {id: {_in: [1, 2, 5]}}) { body } }")))
    }

    @Test
    func `a path comes from a variable, null is none, a bad one is refused`() async throws {
        let gateway = try await Self.gateway()
        let query = "query ($p: String) { docs(where: {id: {_eq: 2}}) { body(path: $p) } }"
        #expect(await gateway.data(query, #"{"p": "[1][1]"}"#) == #"{"docs":[{"body":3}]}"#)
        #expect(await gateway.data(query, #"{"p": "[0]"}"#) == #"{"docs":[{"body":1}]}"#)
        #expect(await gateway.data(query, #"{"p": null}"#) == #"{"docs":[{"body":[1, [2, 3]]}]}"#)
        #expect(await gateway.data(query, "{}") == #"{"docs":[{"body":[1, [2, 3]]}]}"#)
        let message = "parse json path error: a name expected at character 2"
        let place = "$.selectionSet.docs.selectionSet.body.args.path"
        #expect(await gateway.failure(query, #"{"p": "a."}"#) == "parse-failed at \(place): \(message)")
        #expect(await gateway.failure("{ docs { body(path: \"a.\") } }") == "parse-failed at \(place): \(message)")
        #expect(await gateway.failure("{ docs { id(path: \"a\") } }").hasPrefix("validation-failed"))
    }

    @Test
    func `a guarded document has no parts either`() async throws {
        let own = #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": 2}"#
        let guarded = try await Self.gateway(#""read": {"rule": "allow"}, "fields": {"body": {"read": \#(own)}}"#)
        #expect(await part(#""[0]""#, guarded) == #"{"docs":[null,1,null,null,null,null,null]}"#)
        #expect(await part(#""a.b[0]""#, guarded) == #"{"docs":[null,null,null,null,null,null,null]}"#)
        let masked = try await Self.gateway(
            #""read": {"rule": "allow"}, "fields": {"body": {"read": {"rule": "mask", "with": null}}}"#)
        #expect(await part(#""[0]""#, masked) == #"{"docs":[null,null,null,null,null,null,null]}"#)
        let hidden = try await Self.gateway(#""read": \#(own)"#)
        #expect(await part(#""a.b[0]""#, hidden) == #"{"docs":[null]}"#)
    }
}
