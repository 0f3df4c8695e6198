// The caches of the pipeline: bounded, found again, and never an answer for another question.
import Base
import Execution
import GraphQL
import Metadata
import TestSupport
import Testing

@testable import Gateway
@testable import Rules

struct PlanCacheTests {
    private static func cache(documents: Int, plans: Int) -> PlanCache {
        var sizes = ServerConfiguration.CacheSizes()
        sizes.documents = documents
        sizes.plans = plans
        return PlanCache(sizes)
    }

    /// How often the documents had to be parsed.
    private static func parses(_ sources: [String], in cache: PlanCache) throws -> Int {
        var count = 0
        for source in sources {
            _ = try cache.document(Array(source.utf8)) { (bytes: [UInt8]) throws(GraphQLError) in
                count += 1
                return try DocumentParser.parse(bytes)
            }
        }
        return count
    }

    @Test
    func `a document is parsed once while it is remembered`() throws {
        let cache = Self.cache(documents: 10, plans: 10)
        #expect(try Self.parses(["{a}", "{b}", "{a}", "{b}"], in: cache) == 2)
        // Bytes, not meaning: a document with another space is another document.
        #expect(try Self.parses(["{a }", "{a}"], in: cache) == 1)
    }

    @Test
    func `a thousand documents do not stay in a cache of ten`() throws {
        let cache = Self.cache(documents: 10, plans: 10)
        let sources = (0..<1000).map { "{a\($0)}" }
        #expect(try Self.parses(sources, in: cache) == 1000)
        #expect(try Self.parses(Array(sources.prefix(900)), in: cache) == 900)
        #expect(try Self.parses(["{a899}"], in: cache) == 0)
    }

    @Test
    func `what is asked again and again outlives what is asked once`() throws {
        let cache = Self.cache(documents: 10, plans: 10)
        var parses = 0
        for index in 0..<500 { parses += try Self.parses(["{often}", "{once\(index)}"], in: cache) }
        #expect(parses == 501)
    }

    @Test
    func `a variable inside a document of a list is no part of a plan`() async throws {
        let gateway = try await TestGateway.make(
            sql: #"""
                CREATE TABLE t (id INTEGER PRIMARY KEY, doc JSONB);
                INSERT INTO t VALUES (1, '{"a":1}'), (2, '{"a":2}');
                """#, collections: #""main.t": { "read": { "rule": "allow" } }"#)
        let query = "query($a: Int) { t(where: {doc: {_in: [{a: $a}, {b: 1}]}}) { id } }"
        for id in [1, 2, 1] {
            #expect(await gateway.data(query, #"{"a":\#(id)}"#) == #"{"t":[{"id":\#(id)}]}"#)
        }
    }

    @Test
    func `a document that would push out many is parsed each time`() throws {
        let cache = Self.cache(documents: 10, plans: 10)
        let long = "{a} #" + String(repeating: "x", count: PlanCache.maximumDocumentBytes)
        #expect(try Self.parses([long, long, "{a}", "{a}"], in: cache) == 3)
    }

    @Test
    func `a document that does not parse is not remembered`() {
        let cache = Self.cache(documents: 10, plans: 10)
        for _ in 1...2 { #expect(throws: GraphQLError.self) { try Self.parses(["{"], in: cache) } }
    }

    @Test
    func `plans are kept by operation and shape of variables, in bounds`() throws {
        let cache = Self.cache(documents: 10, plans: 10)
        var made = 0
        let document = try DocumentParser.parse(Array("type Query { a: Int }".utf8))
        let operation = try ValidatedOperation.validate(
            DocumentParser.parse(Array("{a}".utf8)), operationName: nil, schema: SchemaBuilder.schema(of: document))
        var entries: [Int: PlanCache.OperationEntry] = [:]
        let entry = { (id: Int) in
            let entry = entries[id] ?? PlanCache.OperationEntry(id: id, operation: operation)
            entries[id] = entry
            return entry
        }
        let ask = { (operation: Int, variables: [UInt8]) in
            _ = cache.plan(entry(operation), ByteKey(variables)) { () throws(Never) in
                made += 1
                return .operation(
                    PreparedOperation(SecuredPlan(roots: []), catalog: TestCatalog.blog) { _, _ in
                        preconditionFailure("nothing is read")
                    })
            }
        }
        for _ in 1...2 { ask(1, [1]) }
        #expect(made == 1)
        ask(1, [2])
        ask(2, [1])
        #expect(made == 3)
        for index in 0..<1000 { ask(index, []) }
        // An entry remembers its last plan itself; one that is made anew asks the cache.
        entries.removeAll()
        ask(0, [])
        #expect(made == 1004)
        let long = Array(repeating: UInt8(0), count: PlanCache.maximumKeyBytes + 1)
        for _ in 1...2 { ask(0, long) }
        #expect(made == 1006)
        // The plan used last is found without the cache, and only for its own variables.
        for _ in 1...2 { ask(7, [7]) }
        ask(7, [8])
        #expect(made == 1008)
    }
}
