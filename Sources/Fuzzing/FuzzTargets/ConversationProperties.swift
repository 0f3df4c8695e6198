// Conversations of GraphQL over a WebSocket, in both sub-protocols: what is no JSON ends them, the members of a message may come in
// any order, nothing is done after the end, work is begun and given up once, and what is said is a message about something
// the client has named. The first byte of an input says which sub-protocol and which bounds; each line that follows is a
// message of the client, or one letter for what the gateway tells the engine.

internal import Base
internal import Gateway

enum ConversationProperties {
    static func check(_ input: [UInt8]) -> FuzzTarget.Outcome {
        guard let first = input.first else { return FuzzTarget.Outcome(problem: nil, signature: 0) }
        var signature = Signature()
        var conversation = Conversation(first)
        for line in input.dropFirst().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            do throws(Broken) {
                try conversation.take(Array(line), &signature)
            } catch {
                return FuzzTarget.Outcome(problem: error.property, signature: signature.value)
            }
        }
        return FuzzTarget.Outcome(problem: nil, signature: signature.value)
    }
}

/// A property that does not hold.
private struct Broken: Error {
    let property: String

    static func check(_ holds: Bool, _ property: String) throws(Broken) {
        if !holds { throw Broken(property: property) }
    }
}

private struct Conversation {
    private var engine: GraphQLOverWebSocketEngine
    private let maximum: Int
    private var isOver = false
    private var authentications = 0
    /// Begun and not told to have ended, in the order of their beginning; whether each was given up.
    private var begun: [(number: UInt64, isCancelled: Bool)] = []
    private var lastNumber: UInt64 = 0
    /// What the client has said so far: an identifier that is answered stands in it.
    private var named: Set<String> = []

    private static let result = Array(#"{"data":null}"#.utf8)

    init(_ settings: UInt8) {
        maximum = settings & 2 != 0 ? 1 : 3
        engine = GraphQLOverWebSocketEngine(
            settings & 1 != 0 ? .legacy : .transport,
            limits: RequestLimits(batch: 1, variablesBytes: 200, variablesDepth: settings & 4 != 0 ? 4 : 16),
            maximum: maximum)
    }

    mutating func take(_ line: [UInt8], _ signature: inout Signature) throws(Broken) {
        let actions = line.count == 1 ? tell(line[0]) : try receive(line)
        for (index, action) in actions.enumerated() {
            try Broken.check(!isOver, "something is done after the end")
            signature.add(message: Self.describe(action))
            try note(action)
            if isOver { try Broken.check(index == actions.count - 1, "something is done after the end") }
        }
        signature.add(magnitude: begun.count)
    }

    // MARK: What happens

    /// What the gateway tells the engine.
    private mutating func tell(_ letter: UInt8) -> [GraphQLOverWebSocketEngine.Action] {
        let oldest = begun.first?.number
        switch letter {
        case UInt8(ascii: "a"):
            // It is told of what it has asked for.
            return authentications == 0
                ? [] : engine.authenticated(showsInternals: false, isSubscription: Self.isSubscription)
        case UInt8(ascii: "r"): return engine.refused(GatewayError(.accessDenied, "refused"))
        case UInt8(ascii: "n"), UInt8(ascii: "N"):
            return oldest.map { engine.next($0, Self.result, hasRoom: letter == UInt8(ascii: "n")) } ?? []
        case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "w"):
            guard let oldest else { return [] }
            begun.removeFirst()
            return engine.ended(
                oldest, letter == UInt8(ascii: "E") ? [GatewayError(.unavailable, "failed")] : [],
                hasRoom: letter != UInt8(ascii: "w"))
        case UInt8(ascii: "p"): return engine.takePending()
        case UInt8(ascii: "k"): return engine.keepAlive(hasRoom: true)
        case UInt8(ascii: "d"): return engine.drain()
        case UInt8(ascii: "t"): return engine.initTimedOut()
        case UInt8(ascii: "b"): return engine.receivedBinary()
        case UInt8(ascii: "x"): return engine.closed()
        default: return []
        }
    }

    private mutating func receive(_ message: [UInt8]) throws(Broken) -> [GraphQLOverWebSocketEngine.Action] {
        let wasClosed = engine.isClosed
        let value = try? JSONScanner.parse(message)
        if case .object(let object)? = value, case .string(let id)? = object["id"] { named.insert(id) }
        let before = engine
        let actions = engine.received(message.span, isSubscription: Self.isSubscription)
        if wasClosed {
            try Broken.check(actions.isEmpty, "a message is answered after the end")
        } else if !SimpleJSONReader.accepts(message) {
            try Broken.check(engine.isClosed, "a message that is no JSON is taken")
        } else if case .object(let object)? = value {
            try checkOrder(object, actions, before)
        } else {
            try Broken.check(engine.isClosed, "a message that is no object is taken")
        }
        return actions
    }

    /// The same message with its members the other way round leads to the same.
    private func checkOrder(
        _ object: JSONObject, _ actions: [GraphQLOverWebSocketEngine.Action], _ before: GraphQLOverWebSocketEngine
    ) throws(Broken) {
        var other = before
        var text = ByteBuffer()
        text.append(json: .object(JSONObject(object.members.reversed())))
        let others = other.received(text.bytes.span, isSubscription: Self.isSubscription)
        try Broken.check(
            others.map(Self.describe) == actions.map(Self.describe), "in another order it is another message")
    }

    private static func isSubscription(_ request: GraphQLRequest) -> Bool {
        request.query.starts(with: "subscription".utf8)
    }

    // MARK: What is done

    private mutating func note(_ action: GraphQLOverWebSocketEngine.Action) throws(Broken) {
        switch action {
        case .authenticate:
            authentications += 1
            try Broken.check(authentications == 1, "who it is, is asked twice")
        case .begin(let number, _):
            try Broken.check(engine.isAcknowledged, "something begins before it is known who asks")
            try Broken.check(number > lastNumber, "a number is used again")
            lastNumber = number
            begun.append((number, false))
            try Broken.check(begun.count <= maximum, "more is begun than may be")
        case .cancel(let number):
            guard let index = begun.firstIndex(where: { $0.number == number }), !begun[index].isCancelled else {
                throw Broken(property: "what is not under way is given up")
            }
            begun[index].isCancelled = true
        case .send(let message): try check(message)
        case .close:
            isOver = true
            try Broken.check(engine.isClosed, "it goes on after a Close")
            try Broken.check(begun.allSatisfy(\.isCancelled), "something is under way after the end")
        }
    }

    private func check(_ message: GraphQLServerMessage) throws(Broken) {
        let text = Array(message.text.utf8)
        guard SimpleJSONReader.accepts(text), case .object(let object)? = try? JSONScanner.parse(text),
            case .string(let type)? = object["type"]
        else { throw Broken(property: "what is said is no message") }
        switch type {
        case "connection_ack", "connection_error", "ka", "pong": break
        case "next", "data", "error", "complete":
            guard case .string(let id)? = object["id"] else { throw Broken(property: "an answer has no id") }
            try Broken.check(named.contains(id), "an answer is about nothing that was asked")
        default: throw Broken(property: "a message of no known type")
        }
    }

    private static func describe(_ action: GraphQLOverWebSocketEngine.Action) -> String {
        switch action {
        case .authenticate(let payload): payload == nil ? "authenticate" : "authenticate with a payload"
        case .begin(_, let request): isSubscription(request) ? "begin a subscription" : "begin"
        case .cancel: "cancel"
        case .send(let message): message.text
        case .close(let code, _): "close \(code)"
        }
    }
}
