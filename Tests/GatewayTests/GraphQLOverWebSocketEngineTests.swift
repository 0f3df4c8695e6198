// The engine as conversations: what a client sends, what the gateway does, in both sub-protocols. No socket, no clock.
import Base
import Testing

@testable import Gateway

@Suite
struct GraphQLOverWebSocketEngineTests {
    /// One connection, and what it has done, as text.
    private struct Conversation {
        var engine: GraphQLOverWebSocketEngine

        init(
            _ subprotocol: GraphQLSubprotocol = .transport, maximum: Int = 3, variablesDepth: Int = 8,
            variablesBytes: Int = 1000
        ) {
            engine = GraphQLOverWebSocketEngine(
                subprotocol,
                limits: RequestLimits(batch: 1, variablesBytes: variablesBytes, variablesDepth: variablesDepth),
                maximum: maximum)
        }

        /// Acknowledged, and that read off.
        static func ready(_ subprotocol: GraphQLSubprotocol = .transport, maximum: Int = 3) -> Conversation {
            var conversation = Conversation(subprotocol, maximum: maximum)
            _ = conversation.says(#"{"type":"connection_init"}"#)
            _ = conversation.authenticated()
            return conversation
        }

        /// What the gateway does about a message; a document that begins with "subscription" is one.
        mutating func says(_ message: String) -> [String] {
            text(engine.received(Array(message.utf8).span, isSubscription: Self.isSubscription))
        }

        mutating func authenticated(internals: Bool = false) -> [String] {
            text(engine.authenticated(showsInternals: internals, isSubscription: Self.isSubscription))
        }

        mutating func subscribes(_ id: String, _ query: String = "subscription{a}") -> [String] {
            let type = engine.subprotocol == .transport ? "subscribe" : "start"
            return says(#"{"id":"\#(id)","type":"\#(type)","payload":{"query":"\#(query)"}}"#)
        }

        mutating func next(_ number: UInt64, _ result: String, hasRoom: Bool = true) -> [String] {
            text(engine.next(number, Array(result.utf8), hasRoom: hasRoom))
        }

        mutating func does(_ action: (inout GraphQLOverWebSocketEngine) -> [GraphQLOverWebSocketEngine.Action])
            -> [String]
        {
            text(action(&engine))
        }

        private static func isSubscription(_ request: GraphQLRequest) -> Bool {
            request.query.starts(with: "subscription".utf8)
        }

        private func text(_ actions: [GraphQLOverWebSocketEngine.Action]) -> [String] {
            actions.map { action in
                switch action {
                case .authenticate(let payload): "authenticate \(payload.map { JSONValue.object($0).text } ?? "-")"
                case .begin(let number, let request):
                    "begin \(number) \(String(decoding: request.query, as: UTF8.self))"
                case .cancel(let number): "cancel \(number)"
                case .send(let message): message.text
                case .close(let code, let reason): "close \(code.rawValue) \(reason)"
                }
            }
        }
    }

    // MARK: Opening

    @Test(arguments: ["", #","payload":null"#, #","payload":{}"#, #","payload":{"headers":{"Authorization":"x"}}"#])
    func `a connection is acknowledged once its credentials hold`(_ payload: String) {
        var client = Conversation()
        let shown = payload.contains("{") ? String(payload.dropFirst(#","payload":"#.count)) : "-"
        #expect(client.says(#"{"type":"connection_init"\#(payload)}"#) == ["authenticate \(shown)"])
        #expect(client.authenticated() == [#"{"type":"connection_ack"}"#])
        #expect(client.engine.isAcknowledged)
    }

    @Test func `legacy clients get a sign of life beside the acknowledgement`() {
        var client = Conversation(.legacy)
        #expect(client.says(#"{"type":"connection_init","payload":{}}"#) == ["authenticate {}"])
        #expect(client.does { $0.keepAlive(hasRoom: true) } == [])
        #expect(client.authenticated() == [#"{"type":"connection_ack"}"#, #"{"type":"ka"}"#])
        #expect(client.does { $0.keepAlive(hasRoom: true) } == [#"{"type":"ka"}"#])
    }

    @Test(arguments: GraphQLSubprotocol.allCases)
    func `a second initialisation closes with 4429`(_ subprotocol: GraphQLSubprotocol) {
        for isReady in [false, true] {
            var client = Conversation(subprotocol)
            _ = client.says(#"{"type":"connection_init"}"#)
            if isReady { _ = client.authenticated() }
            #expect(
                client.says(#"{"type":"connection_init"}"#) == ["close 4429 Too many initialisation requests"])
            #expect(client.authenticated() == [])
            #expect(client.says(#"{"type":"connection_init"}"#) == [])
        }
    }

    @Test(arguments: GraphQLSubprotocol.allCases)
    func `without initialisation in time it closes with 4408`(_ subprotocol: GraphQLSubprotocol) {
        var client = Conversation(subprotocol)
        #expect(client.does { $0.initTimedOut() } == ["close 4408 Connection initialisation timeout"])
        client = .ready(subprotocol)
        #expect(client.does { $0.initTimedOut() } == [])
    }

    @Test func `an operation before the acknowledgement closes with 4401`() {
        var client = Conversation()
        #expect(client.subscribes("1") == ["close 4401 Unauthorized"])
        client = Conversation()
        _ = client.says(#"{"type":"connection_init"}"#)
        #expect(client.subscribes("1") == ["close 4401 Unauthorized"])
    }

    @Test func `legacy operations wait for the acknowledgement, but not for the initialisation`() {
        var client = Conversation(.legacy)
        #expect(
            client.subscribes("0") == [
                #"{"type":"error","id":"0","payload":{"message":"\"connection_init\" comes before \"start\".","extensions":{"path":"$","code":"bad-request"}}}"#
            ])
        _ = client.says(#"{"type":"connection_init"}"#)
        #expect(client.subscribes("1") == [])
        #expect(client.subscribes("2") == [])
        #expect(client.subscribes("1", "{b}") == [])
        #expect(client.says(#"{"type":"stop","id":"2"}"#) == [])
        #expect(client.authenticated() == [#"{"type":"connection_ack"}"#, #"{"type":"ka"}"#, "begin 1 {b}"])
        // As many as wait are bounded.
        client = Conversation(.legacy, maximum: 100)
        _ = client.says(#"{"type":"connection_init"}"#)
        for id in 1...16 { #expect(client.subscribes("\(id)") == []) }
        #expect(client.subscribes("17").first?.contains(#""limit":"perConnection""#) == true)
        #expect(client.authenticated().count == 2 + 16)
    }

    @Test func `credentials that do not hold close with 4403`() {
        let error = GatewayError(.invalidJWT, "Could not verify JWT: JWTExpired")
        var client = Conversation()
        _ = client.says(#"{"type":"connection_init"}"#)
        #expect(client.does { $0.refused(error) } == ["close 4403 Could not verify JWT: JWTExpired"])
        #expect(client.engine.isClosed)
        client = Conversation(.legacy)
        _ = client.says(#"{"type":"connection_init"}"#)
        #expect(client.subscribes("1") == [])
        #expect(
            client.does { $0.refused(error) } == [
                #"{"type":"connection_error","payload":{"message":"Could not verify JWT: JWTExpired","extensions":{"path":"$","code":"invalid-jwt"}}}"#,
                "close 4403 Could not verify JWT: JWTExpired",
            ])
    }

    @Test(arguments: [(ErrorCode.unavailable, 1013), (.unexpected, 1011), (.accessDenied, 4403)])
    func `who is at fault decides the code`(_ code: ErrorCode, _ close: Int) {
        var client = Conversation()
        _ = client.says(#"{"type":"connection_init"}"#)
        #expect(client.does { $0.refused(GatewayError(code, "why")) } == ["close \(close) why"])
    }

    // MARK: Operations

    @Test(arguments: [(GraphQLSubprotocol.transport, "next", "complete"), (.legacy, "data", "stop")])
    func `a subscription gets results until its client completes it`(
        _ subprotocol: GraphQLSubprotocol, _ next: String, _ complete: String
    ) {
        var client = Conversation.ready(subprotocol)
        #expect(client.subscribes("a") == ["begin 1 subscription{a}"])
        #expect(client.next(1, #"{"data":1}"#) == [#"{"type":"\#(next)","id":"a","payload":{"data":1}}"#])
        #expect(client.next(1, #"{"data":2}"#) == [#"{"type":"\#(next)","id":"a","payload":{"data":2}}"#])
        #expect(client.says(#"{"id":"a","type":"\#(complete)"}"#) == ["cancel 1"])
        // What was on its way is dropped, and nothing completes what the client has completed.
        #expect(client.next(1, #"{"data":3}"#) == [])
        #expect(client.says(#"{"id":"a","type":"\#(complete)"}"#) == [])
        #expect(client.does { $0.ended(1, hasRoom: true) } == [])
        // The id is free.
        #expect(client.subscribes("a") == ["begin 2 subscription{a}"])
        #expect(client.next(1, "{}") == [])
    }

    @Test(arguments: GraphQLSubprotocol.allCases)
    func `a query gets one result and is complete`(_ subprotocol: GraphQLSubprotocol) {
        var client = Conversation.ready(subprotocol)
        let next = subprotocol == .transport ? "next" : "data"
        #expect(client.subscribes("q", "{b}") == ["begin 1 {b}"])
        #expect(client.next(1, #"{"data":{}}"#) == [#"{"type":"\#(next)","id":"q","payload":{"data":{}}}"#])
        #expect(client.does { $0.ended(1, hasRoom: true) } == [#"{"type":"complete","id":"q"}"#])
        #expect(client.subscribes("q", "{b}") == ["begin 2 {b}"])
    }

    @Test func `errors end an operation, and nothing completes it`() {
        let first = GatewayError(.validationFailed, "one")
        let second = GatewayError(.unavailable, "two", underlying: "why")
        var client = Conversation.ready()
        _ = client.subscribes("e")
        #expect(
            client.does { $0.ended(1, [first, second], hasRoom: true) } == [
                #"{"type":"error","id":"e","payload":[{"message":"one","extensions":{"path":"$","code":"validation-failed"}},{"message":"two","extensions":{"path":"$","code":"unavailable"}}]}"#
            ])
        #expect(client.does { $0.ended(1, hasRoom: true) } == [])
        client = .ready(.legacy)
        _ = client.subscribes("e")
        #expect(
            client.does { $0.ended(1, [first], hasRoom: true) } == [
                #"{"type":"error","id":"e","payload":{"message":"one","extensions":{"path":"$","code":"validation-failed"}}}"#
            ])
        _ = client.subscribes("f")
        #expect(
            client.does { $0.ended(2, [first, second], hasRoom: true) } == [
                #"{"type":"error","id":"f","payload":{"message":"one","errors":[{"message":"one","extensions":{"path":"$","code":"validation-failed"}},{"message":"two","extensions":{"path":"$","code":"unavailable"}}]}}"#
            ])
        // Admins are told what the surroundings said.
        client = Conversation()
        _ = client.says(#"{"type":"connection_init"}"#)
        _ = client.authenticated(internals: true)
        _ = client.subscribes("e")
        #expect(client.does { $0.ended(1, [second], hasRoom: true) }.first?.contains(#""internal":"why""#) == true)
    }

    @Test func `an id that is taken closes with 4409`() {
        var client = Conversation.ready()
        _ = client.subscribes("1")
        #expect(client.subscribes("1") == ["cancel 1", "close 4409 Subscriber for 1 already exists"])
        #expect(client.next(1, "{}") == [])
    }

    @Test func `a legacy id that is taken begins anew`() {
        var client = Conversation.ready(.legacy)
        _ = client.subscribes("1")
        #expect(client.subscribes("1", "{b}") == ["cancel 1", "begin 2 {b}"])
        #expect(client.next(1, "{}") == [])
        #expect(client.next(2, "{}") == [#"{"type":"data","id":"1","payload":{}}"#])
    }

    @Test func `operations are bounded, those that are being given up included`() {
        var client = Conversation.ready(maximum: 2)
        _ = client.subscribes("1")
        _ = client.subscribes("2")
        let refusal =
            #"{"type":"error","id":"3","payload":[{"message":"A connection has at most 2 operations at a time.","extensions":{"path":"$","code":"limit-exceeded","limit":"perConnection"}}]}"#
        #expect(client.subscribes("3") == [refusal])
        #expect(client.says(#"{"id":"1","type":"complete"}"#) == ["cancel 1"])
        #expect(client.subscribes("3") == [refusal])
        #expect(client.does { $0.ended(1, hasRoom: true) } == [])
        #expect(client.subscribes("3") == ["begin 3 subscription{a}"])
        #expect(client.does { $0.ended(2, hasRoom: true) } == [#"{"type":"complete","id":"2"}"#])
        #expect(client.subscribes("4") == ["begin 4 subscription{a}"])
    }

    @Test func `a ping is answered with its payload, at any time`() {
        var client = Conversation()
        #expect(client.says(#"{"type":"ping"}"#) == [#"{"type":"pong"}"#])
        #expect(client.says(#"{"type":"ping","payload":null}"#) == [#"{"type":"pong"}"#])
        #expect(
            client.says(#"{"payload": {"a": [1, "\u00e9"]} , "type":"ping"}"#)
                == [#"{"type":"pong","payload":{"a": [1, "\u00e9"]}}"#])
        #expect(client.says(#"{"type":"pong","payload":{"b":1}}"#) == [])
        _ = client.says(#"{"type":"connection_init"}"#)
        #expect(client.says(#"{"type":"ping"}"#) == [#"{"type":"pong"}"#])
    }

    @Test func `a legacy client may say that it leaves`() {
        var client = Conversation.ready(.legacy)
        _ = client.subscribes("1")
        #expect(client.says(#"{"type":"connection_terminate"}"#) == ["cancel 1", "close 1000 "])
    }

    // MARK: Messages that are none

    @Test(arguments: [
        ("", "is not valid JSON"), ("nonsense", "is not valid JSON"), ("[]", "a JSON object"), ("1", "a JSON object"),
        ("{}", "no \"type\""), (#"{"type":1}"#, "\"type\" must be a string"),
        (#"{"type":"start"}"#, "graphql-transport-ws"),
        (#"{"type":"next","id":"1","payload":{}}"#, "\"type\" must be"),
        (#"{"type":"connection_ack"}"#, "\"type\" must be"),
        (#"{"type":"ping"}x"#, "is not valid JSON"), (#"{"type":"ping","type":"ping"}"#, "occurs twice"),
        (#"{"type":"ping","payload":[]}"#, "\"payload\" must be an object"),
        (#"{"type":"connection_init","payload":1}"#, "\"payload\" must be an object"),
        (#"{"type":"complete"}"#, "no \"id\""), (#"{"type":"complete","id":""}"#, "\"id\" must have"),
        (#"{"type":"complete","id":1}"#, "\"id\" must be a string"),
        (#"{"type":"complete","id":"1","id":"1"}"#, "occurs twice"),
        (#"{"type":"subscribe","id":"1"}"#, "no \"payload\""),
        (#"{"type":"subscribe","payload":{"query":"{a}"}}"#, "no \"id\""),
        (#"{"type":"subscribe","id":"1","payload":null}"#, "GraphQL request"),
        (#"{"type":"subscribe","id":"1","payload":{}}"#, "\"query\""),
        (#"{"type":"subscribe","id":"1","payload":{"query":1}}"#, "\"query\" must be"),
        (#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#, "\"variables\" must be"),
        (#"{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}"#, "\"operationName\" must be"),
        (#"{"type":"subscribe","id":"1","payload":{"query":"{a}","extensions":1}}"#, "\"extensions\" must be"),
        (#"{"type":"subscribe","id":"1","payload":{"query":"{a}"},"payload":{"query":"{b}"}}"#, "occurs twice"),
        (#"{"type":"subscribe","id":"1","payload":{"query":"{a}","query":"{b}"}}"#, "occurs twice"),
    ])
    func `what is no message closes with 4400`(_ message: String, _ reason: String) {
        var client = Conversation.ready()
        let actions = client.says(message)
        #expect(actions.count == 1)
        #expect(actions.first?.hasPrefix("close 4400 ") == true, "\(actions)")
        #expect(actions.first?.contains(reason) == true, "\(actions)")
    }

    @Test func `ids have a bound, and binary messages are none`() {
        var client = Conversation.ready()
        #expect(client.subscribes(String(repeating: "x", count: 128)) == ["begin 1 subscription{a}"])
        #expect(
            client.subscribes(String(repeating: "x", count: 129)).last == "close 4400 \"id\" must have 1 to 128 bytes.")
        client = .ready()
        #expect(client.does { $0.receivedBinary() } == ["close 4400 Messages are text."])
        #expect(client.says("nonsense") == [])
    }

    @Test(arguments: [#"{"type":"subscribe"}"#, #"{"type":"ping"}"#, #"{"type":"complete","id":"1"}"#])
    func `legacy clients have other types`(_ message: String) {
        var client = Conversation.ready(.legacy)
        #expect(
            client.says(message) == [
                "close 4400 \"type\" must be connection_init, start, stop or connection_terminate (graphql-ws)."
            ])
    }

    @Test func `members come in any order, and unknown ones are passed over`() {
        var client = Conversation.ready()
        #expect(
            client.says(
                #" { "payload" : {"variables":{"a":[1]},"query":"{a}"} , "more":{"x":[]}, "id":"1","type":"subscribe"} "#
            )
                == ["begin 1 {a}"])
        #expect(client.says(#"{"type":"subscribe","payload":{"query":"{b}"},"id":"2"}"#) == ["begin 2 {b}"])
    }

    @Test func `a request over a bound is refused by its id`() {
        let deep = String(repeating: "[", count: 9) + String(repeating: "]", count: 9)
        let large = "\"" + String(repeating: "x", count: 1000) + "\""
        for (value, limit) in [(deep, "variablesDepth"), (large, "variablesBytes")] {
            for message in [
                #"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":{"a":\#(value)}}}"#,
                #"{"type":"subscribe","payload":{"query":"{a}","variables":{"a":\#(value)}},"id":"1"}"#,
            ] {
                var client = Conversation.ready()
                let actions = client.says(message)
                #expect(actions.count == 1)
                #expect(actions.first?.hasPrefix(#"{"type":"error","id":"1","#) == true, "\(actions)")
                #expect(actions.first?.contains(#""limit":"\#(limit)""#) == true, "\(actions)")
                #expect(client.subscribes("1") == ["begin 1 subscription{a}"])
            }
        }
    }

    @Test func `any cut of a message is no message, or none at all`() {
        let message = #"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":{"a":"\u00e9"}}}"#
        for length in 0..<message.utf8.count {
            var client = Conversation.ready()
            #expect(client.says(String(message.prefix(length))).first?.hasPrefix("close 4400") == true)
        }
    }

    @Test(arguments: GraphQLSubprotocol.allCases)
    func `no change of one byte does anything but begin, refuse or close`(_ subprotocol: GraphQLSubprotocol) {
        let type = subprotocol == .transport ? "subscribe" : "start"
        let message = Array(
            #"{"id":"1","type":"\#(type)","payload":{"query":"{a}","variables":{"a":[1.5e3,"\u00e9"]}}}"#.utf8)
        for index in message.indices {
            for byte in [0, 0x22, 0x2C, 0x30, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x80, 0xFF] as [UInt8] {
                var changed = message
                changed[index] = byte
                var client = Conversation.ready(subprotocol)
                let done = client.does { $0.received(changed.span) { _ in false } }
                #expect(done.count == 1)
                let isKnown = ["begin 1 ", "close 4400 ", #"{"type":"error","id":"#].contains { done[0].hasPrefix($0) }
                #expect(isKnown, "\(String(decoding: changed, as: UTF8.self)): \(done)")
            }
        }
    }

    // MARK: Clients that read slowly

    @Test func `without room the newest result waits, each operation in its turn`() {
        var client = Conversation.ready()
        _ = client.subscribes("a")
        _ = client.subscribes("b")
        #expect(client.next(1, "1", hasRoom: false) == [])
        #expect(client.next(2, "2", hasRoom: false) == [])
        #expect(client.next(1, "3", hasRoom: false) == [])
        // Room again: no result overtakes those that wait.
        #expect(client.next(2, "4", hasRoom: true) == [])
        #expect(client.engine.pendingBytes == 1)
        #expect(client.does { $0.takePending() } == [#"{"type":"next","id":"a","payload":3}"#])
        #expect(client.does { $0.takePending() } == [#"{"type":"next","id":"b","payload":4}"#])
        #expect(client.does { $0.takePending() } == [])
        #expect(client.engine.pendingBytes == nil)
        #expect(client.next(1, "5") == [#"{"type":"next","id":"a","payload":5}"#])
    }

    @Test func `the end of an operation waits for its result`() {
        var client = Conversation.ready(maximum: 1)
        _ = client.subscribes("q", "{a}")
        #expect(client.next(1, "1", hasRoom: false) == [])
        #expect(client.does { $0.ended(1, hasRoom: true) } == [])
        // It counts until it has been sent.
        #expect(client.subscribes("r").first?.contains("limit-exceeded") == true)
        #expect(client.does { $0.takePending() } == [#"{"type":"next","id":"q","payload":1}"#])
        #expect(client.engine.pendingBytes == 0)
        #expect(client.does { $0.takePending() } == [#"{"type":"complete","id":"q"}"#])
        #expect(client.subscribes("r") == ["begin 2 subscription{a}"])
        // One that is completed while it waits is not sent.
        #expect(client.next(2, "2", hasRoom: false) == [])
        #expect(client.does { $0.ended(2, hasRoom: true) } == [])
        #expect(client.says(#"{"id":"r","type":"complete"}"#) == [])
        #expect(client.engine.pendingBytes == nil)
        #expect(client.subscribes("s") == ["begin 3 subscription{a}"])
        // An error takes the place of what waits.
        #expect(client.next(3, "3", hasRoom: false) == [])
        #expect(client.does { $0.ended(3, [GatewayError(.timeout, "late")], hasRoom: true) } == [])
        #expect(client.does { $0.takePending() }.first?.hasPrefix(#"{"type":"error","id":"s""#) == true)
        #expect(client.engine.pendingBytes == nil)
    }

    @Test func `without room the end waits too, and signs of life are left out`() {
        var client = Conversation.ready(.legacy)
        _ = client.subscribes("q", "{a}")
        _ = client.subscribes("r", "{a}")
        #expect(client.next(1, "1") == [#"{"type":"data","id":"q","payload":1}"#])
        // The result was a large one, and is on its way.
        #expect(client.does { $0.ended(1, hasRoom: false) } == [])
        #expect(client.does { $0.keepAlive(hasRoom: false) } == [])
        #expect(!client.engine.isUnderWay(1))
        #expect(client.next(2, "2", hasRoom: true) == [])
        #expect(client.does { $0.takePending() } == [#"{"type":"complete","id":"q"}"#])
        #expect(client.does { $0.takePending() } == [#"{"type":"data","id":"r","payload":2}"#])
        #expect(client.does { $0.ended(2, hasRoom: true) } == [#"{"type":"complete","id":"r"}"#])
    }

    // MARK: The end of credentials, of the server, of the socket

    @Test(arguments: GraphQLSubprotocol.allCases)
    func `what a token carried ends with it`(_ subprotocol: GraphQLSubprotocol) {
        var client = Conversation.ready(subprotocol)
        _ = client.subscribes("a")
        _ = client.subscribes("b")
        let actions = client.does { $0.refused(GatewayError(.invalidJWT, "Could not verify JWT: JWTExpired")) }
        #expect(actions.count == 5)
        #expect(actions[0].hasPrefix(#"{"type":"error","id":"a","#))
        #expect(actions[0].contains(#""code":"invalid-jwt""#))
        #expect(actions[1].hasPrefix(#"{"type":"error","id":"b","#))
        #expect(Array(actions[2...]) == ["cancel 1", "cancel 2", "close 4403 Could not verify JWT: JWTExpired"])
        #expect(client.next(1, "{}") == [])
        #expect(client.subscribes("c") == [])
    }

    @Test func `a server that ends answers queries and lets subscriptions go`() {
        var client = Conversation.ready()
        _ = client.subscribes("s")
        _ = client.subscribes("q", "{a}")
        #expect(client.does { $0.drain() } == [])
        #expect(client.subscribes("t") == [])
        #expect(client.next(2, "1") == [#"{"type":"next","id":"q","payload":1}"#])
        #expect(
            client.does { $0.ended(2, hasRoom: true) } == [
                #"{"type":"complete","id":"q"}"#, "cancel 1", "close 1001 The server is shutting down",
            ])
        client = .ready()
        _ = client.subscribes("s")
        #expect(client.does { $0.drain() } == ["cancel 1", "close 1001 The server is shutting down"])
        client = .ready()
        _ = client.subscribes("q", "{a}")
        #expect(client.next(1, "1", hasRoom: false) == [])
        #expect(client.does { $0.ended(1, hasRoom: true) } == [])
        #expect(client.does { $0.drain() } == [])
        #expect(client.does { $0.takePending() } == [#"{"type":"next","id":"q","payload":1}"#])
        #expect(client.does { $0.takePending() }.last == "close 1001 The server is shutting down")
    }

    @Test func `a socket that is gone gives up what was under way`() {
        var client = Conversation.ready()
        _ = client.subscribes("a")
        _ = client.subscribes("b")
        #expect(client.does { $0.closed() } == ["cancel 1", "cancel 2"])
        #expect(client.does { $0.closed() } == [])
        #expect(client.does { $0.ended(1, hasRoom: true) } == [])
    }
}
