// A small project over HTTP without a socket: requests as text, responses as values.
import Auth
import Base
import Gateway
import HTTP
import Metadata
import TestSupport
import Transport

struct GatewayBench {
    let gateway: TestGateway
    private let handler: GatewayHandler

    static let sql = """
        create table users (id integer primary key, name text not null, boss_id int references users (id));
        insert into users values (1, 'ann', null), (2, 'ben', 1), (3, 'cy', 1), (4, 'dee', 2);
        """

    static let users = #"""
        "main.users": { "read": { "rule": "or", "clauses": [
          { "rule": "where", "where": { "id": { "_lte": 2 } } },
          { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor" } ] } }
        """#

    static let source = #"""
        "track": "all", "collections": { "users": { "computedFields": {
          "broken": { "expression": "json_extract(name, '$')", "type": "String" } } } }
        """#

    init(
        server: String = "", collections: String = GatewayBench.users, source: String = #""track": "all""#,
        documents: String = "", files: [(name: String, text: String)] = []
    ) async throws {
        gateway = try await TestGateway.make(
            sql: Self.sql, collections: collections, source: source, server: server, documents: documents, files: files)
        handler = GatewayHandler(ServedProject(gateway.project))
    }

    /// The same over whatever project is served.
    init(_ gateway: TestGateway, _ served: ServedProject) {
        self.gateway = gateway
        handler = GatewayHandler(served)
    }

    /// The response to a request written as HTTP, with line feeds for line ends.
    func send(_ head: String, _ body: String = "") async -> HTTPResponse {
        var text = head.split(separator: "\n").joined(separator: "\r\n") + "\r\nHost: localhost\r\n"
        if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
        var parser = RequestParser()
        var events: [RequestParser.Event] = []
        let bytes = Array((text + "\r\n" + body).utf8)
        parser.receive(bytes.span, into: &events)
        guard case .request(let request)? = events.first else { preconditionFailure("not a request: \(text)") }
        let handler = handler
        return await Task(executorPreference: TestGateway.loop) {
            await handler.answer(request, on: TestGateway.loop).response
        }.value
    }

    func post(_ body: String, _ headers: String = "Content-Type: application/json") async -> HTTPResponse {
        await send("POST /v1/graphql HTTP/1.1\n" + headers, body)
    }

    func post(query: String, _ headers: String = "") async -> HTTPResponse {
        await post(
            JSONValue.object(JSONObject([.init(name: "query", value: .string(query))])).text,
            "Content-Type: application/json" + (headers.isEmpty ? "" : "\n" + headers))
    }

    /// A token of the project, valid from now on.
    static func token(_ claims: String, expiresIn: Duration? = .seconds(600), key: String? = nil) async throws -> String
    {
        let secret = key ?? TestGateway.environment["PERIGEE_JWT_SECRET"] ?? ""
        return try await TokenSigner.sign(
            claims: JSONValue(test: claims).object ?? JSONObject(), key: Secret(Array(secret.utf8)),
            expiresIn: expiresIn,
            now: SystemClock.now().microseconds / 1_000_000)
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    /// `code: message` of the first error; nil for an answer with data.
    var failure: String? {
        guard let error = JSONValue(test: text).object?["errors"]?.array?.first?.object else { return nil }
        return "\(error["extensions"]?.object?["code"]?.string ?? ""): \(error["message"]?.string ?? "")"
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
