// What clients and the gateway say to each other over a WebSocket: one JSON object a message, with `type`, and `id` and
// `payload` where the type has them. The two sub-protocols differ in the names of the types and in a few habits.
//
//     graphql-transport-ws   https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
//     graphql-ws (legacy)    https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md
internal import Base

/// The dialect of a connection, by its name in `Sec-WebSocket-Protocol`.
package enum GraphQLSubprotocol: String, Sendable, CaseIterable {
    case transport = "graphql-transport-ws"
    /// Of Apollo's first client, which is no longer looked after and still much in use.
    case legacy = "graphql-ws"
}

/// A message of a client.
enum GraphQLClientMessage: Sendable {
    case connectionInit(JSONObject?)
    /// A request that is too large is one all the same: its error goes to its `id`.
    case subscribe(id: String, Result<GraphQLRequest, GatewayError>)
    case complete(id: String)
    /// The payload as it came; it goes back with the pong.
    case ping([UInt8]?)
    case pong
    /// Legacy: the client is about to close.
    case terminate

    /// Bytes of an `id`. Clients count or draw UUIDs; every message about an operation repeats its id.
    static let idBytes = 128

    /// What is no message of the sub-protocol.
    struct Malformed: Error, Sendable, Hashable {
        /// For the close frame.
        let reason: String
    }

    static func parse(
        _ bytes: Span<UInt8>, _ subprotocol: GraphQLSubprotocol, limits: RequestLimits
    ) throws(Malformed) -> GraphQLClientMessage {
        var reader = GraphQLClientMessageReader(subprotocol, limits)
        do {
            return try reader.read(bytes)
        } catch let error as Malformed {
            throw error
        } catch let error as JSONError {
            throw Malformed(reason: "The message is not valid JSON: \(error.message)")
        } catch let error as GatewayError {
            throw Malformed(reason: error.message)
        } catch {
            throw Malformed(reason: "The message cannot be read.")
        }
    }
}

/// Reads the members of one message, which may come in any order: a payload means nothing before the type is known.
private struct GraphQLClientMessageReader {
    private typealias Malformed = GraphQLClientMessage.Malformed

    private enum Kind {
        case connectionInit, subscribe, complete, ping, pong, terminate
    }

    private let subprotocol: GraphQLSubprotocol
    private let limits: RequestLimits
    private var kind: Kind?
    private var id: String?
    /// Where the payload begins.
    private var payload: JSONScanner?
    private var request: Result<GraphQLRequest, GatewayError>?

    init(_ subprotocol: GraphQLSubprotocol, _ limits: RequestLimits) {
        self.subprotocol = subprotocol
        self.limits = limits
    }

    mutating func read(_ bytes: Span<UInt8>) throws -> GraphQLClientMessage {
        // One deeper than a request of its own: the payload is inside the message.
        var scanner = JSONScanner(maximumDepth: limits.variablesDepth + 1)
        guard scanner.take(UInt8(ascii: "{"), bytes) else {
            try scanner.skip(bytes)
            throw Malformed(reason: "A message is a JSON object.")
        }
        if !scanner.take(UInt8(ascii: "}"), bytes) {
            repeat { try readMember(bytes, &scanner) } while scanner.take(UInt8(ascii: ","), bytes)
            try scanner.expect(UInt8(ascii: "}"), bytes)
        }
        try scanner.end(bytes)
        return try message(bytes)
    }

    private mutating func readMember(_ bytes: Span<UInt8>, _ scanner: inout JSONScanner) throws {
        let name = try scanner.key(bytes)
        switch name {
        case "type":
            guard kind == nil else { throw Self.twice(name) }
            guard scanner.peek(bytes) == UInt8(ascii: "\"") else {
                throw Malformed(reason: "\"type\" must be a string.")
            }
            kind = try kind(named: scanner.string(bytes))
        case "id":
            guard id == nil else { throw Self.twice(name) }
            guard scanner.peek(bytes) == UInt8(ascii: "\"") else { throw Malformed(reason: "\"id\" must be a string.") }
            let text = try scanner.string(bytes)
            guard !text.isEmpty, text.utf8.count <= GraphQLClientMessage.idBytes else {
                throw Malformed(reason: "\"id\" must have 1 to \(GraphQLClientMessage.idBytes) bytes.")
            }
            id = text
        case "payload":
            guard payload == nil else { throw Self.twice(name) }
            _ = scanner.peek(bytes)
            payload = scanner
            switch kind {
            // Nearly always the type comes first, and the request is read where it stands.
            case .subscribe: request = try request(bytes, &scanner)
            // How deep it may be depends on the type.
            case nil: try skipDeep(bytes, &scanner)
            case .connectionInit, .complete, .ping, .pong, .terminate: try scanner.skip(bytes)
            }
        default: try scanner.skip(bytes)
        }
    }

    private func kind(named name: String) throws(Malformed) -> Kind {
        switch (subprotocol, name) {
        case (_, "connection_init"): return .connectionInit
        case (.transport, "subscribe"), (.legacy, "start"): return .subscribe
        case (.transport, "complete"), (.legacy, "stop"): return .complete
        case (.transport, "ping"): return .ping
        case (.transport, "pong"): return .pong
        case (.legacy, "connection_terminate"): return .terminate
        case (.transport, _):
            throw Malformed(
                reason: "\"type\" must be connection_init, subscribe, complete, ping or pong (graphql-transport-ws).")
        case (.legacy, _):
            throw Malformed(
                reason: "\"type\" must be connection_init, start, stop or connection_terminate (graphql-ws).")
        }
    }

    private func message(_ bytes: Span<UInt8>) throws -> GraphQLClientMessage {
        switch kind {
        case nil: throw Malformed(reason: "The message has no \"type\".")
        case .connectionInit: return try .connectionInit(object(bytes))
        case .subscribe:
            let id = try required(id)
            if let request { return .subscribe(id: id, request) }
            guard var payload else { throw Malformed(reason: "The message has no \"payload\".") }
            return try .subscribe(id: id, request(bytes, &payload))
        case .complete:
            _ = try text(bytes, isAny: true)
            return try .complete(id: required(id))
        case .ping: return try .ping(text(bytes))
        case .pong:
            _ = try text(bytes)
            return .pong
        case .terminate:
            _ = try text(bytes, isAny: true)
            return .terminate
        }
    }

    private func required(_ id: String?) throws(Malformed) -> String {
        guard let id else { throw Malformed(reason: "The message has no \"id\".") }
        return id
    }

    /// A request over a bound is refused by its id; what is no request at all is no message either.
    private func request(
        _ bytes: Span<UInt8>, _ scanner: inout JSONScanner
    ) throws -> Result<GraphQLRequest, GatewayError> {
        let start = scanner
        var inner = JSONScanner(offset: scanner.offset, maximumDepth: limits.variablesDepth)
        do {
            let request = try GraphQLRequest.single(bytes, &inner, limits)
            scanner = JSONScanner(offset: inner.offset, maximumDepth: start.maximumDepth)
            return .success(request)
        } catch let error as GatewayError where error.code == .limitExceeded {
            try scanner.skip(bytes)
            return .failure(error)
        } catch let error as JSONError where error.isTooDeep {
            scanner = start
            try skipDeep(bytes, &scanner)
            return .failure(limits.tooDeep)
        }
    }

    /// Passes over what may be deeper than anything that is taken, without building or counting it.
    private func skipDeep(_ bytes: Span<UInt8>, _ scanner: inout JSONScanner) throws {
        var inner = JSONScanner(offset: scanner.offset, maximumDepth: Self.deepest)
        try inner.skip(bytes)
        scanner = JSONScanner(offset: inner.offset, maximumDepth: scanner.maximumDepth)
    }

    /// Levels that a payload that is refused for its depth is still read through, to find where it ends.
    private static let deepest = 256

    /// The payload where it must be an object, may be null, and may be left out.
    private func object(_ bytes: Span<UInt8>) throws -> JSONObject? {
        guard var payload else { return nil }
        let value = try payload.value(bytes)
        guard value.isNull || value.object != nil else { throw Malformed(reason: "\"payload\" must be an object.") }
        return value.object
    }

    /// The same as it is written; `nil` for null.
    /// - Parameter isAny: whether it means nothing, so that it may be whatever it is.
    private func text(_ bytes: Span<UInt8>, isAny: Bool = false) throws -> [UInt8]? {
        guard var payload else { return nil }
        let start = payload.offset
        if isAny {
            try payload.skip(bytes)
            return nil
        }
        switch payload.peek(bytes) {
        case UInt8(ascii: "{"):
            try payload.skip(bytes)
            var copy = ByteBuffer(capacity: payload.offset - start)
            copy.append(contentsOf: bytes.extracting(start..<payload.offset))
            return copy.bytes
        case UInt8(ascii: "n"): return nil
        default: throw Malformed(reason: "\"payload\" must be an object.")
        }
    }

    private static func twice(_ name: String) -> Malformed {
        Malformed(reason: "The key \"\(name)\" occurs twice.")
    }
}

/// A message of the gateway: what stands before the result, and the result, whose bytes many messages share. With a result
/// a brace ends it.
package struct GraphQLServerMessage: Sendable, Hashable {
    let head: [UInt8]
    let result: [UInt8]?

    private init(_ head: ByteBuffer, _ result: [UInt8]? = nil) {
        self.head = head.bytes
        self.result = result
    }

    static let acknowledgement = GraphQLServerMessage(ByteBuffer(#"{"type":"connection_ack"}"#))
    /// Legacy: the connection lives.
    static let keepAlive = GraphQLServerMessage(ByteBuffer(#"{"type":"ka"}"#))

    static func pong(_ payload: [UInt8]?) -> GraphQLServerMessage {
        guard let payload else { return GraphQLServerMessage(ByteBuffer(#"{"type":"pong"}"#)) }
        return GraphQLServerMessage(ByteBuffer(#"{"type":"pong","payload":"#), payload)
    }

    /// Legacy: the connection cannot be.
    static func connectionError(_ error: GatewayError) -> GraphQLServerMessage {
        var head = ByteBuffer(#"{"type":"connection_error","payload":"#)
        error.encode(into: &head)
        head.append(UInt8(ascii: "}"))
        return GraphQLServerMessage(head)
    }

    static func next(_ id: String, _ result: [UInt8], _ subprotocol: GraphQLSubprotocol) -> GraphQLServerMessage {
        var head = head(subprotocol == .transport ? "next" : "data", id)
        head.append(",\"payload\":")
        return GraphQLServerMessage(head, result)
    }

    /// - Parameter errors: at least one.
    static func error(
        _ id: String, _ errors: [GatewayError], internals: Bool, _ subprotocol: GraphQLSubprotocol
    ) -> GraphQLServerMessage {
        var head = head("error", id)
        head.append(",\"payload\":")
        switch subprotocol {
        case .transport: GatewayError.encode(errors, internals: internals, into: &head)
        case .legacy where errors.count == 1: errors[0].encode(into: &head, internals: internals)
        case .legacy:
            // One error, says the protocol; its clients look for `errors` in it where there are more.
            head.append("{\"message\":")
            head.append(jsonString: errors.first?.message ?? "")
            head.append(",\"errors\":")
            GatewayError.encode(errors, internals: internals, into: &head)
            head.append(UInt8(ascii: "}"))
        }
        head.append(UInt8(ascii: "}"))
        return GraphQLServerMessage(head)
    }

    static func complete(_ id: String) -> GraphQLServerMessage {
        var head = head("complete", id)
        head.append(UInt8(ascii: "}"))
        return GraphQLServerMessage(head)
    }

    private static func head(_ type: StaticString, _ id: String) -> ByteBuffer {
        var head = ByteBuffer(capacity: 48 + id.utf8.count)
        head.append("{\"type\":\"")
        head.append(type)
        head.append("\",\"id\":")
        head.append(jsonString: id)
        return head
    }

    /// The whole message.
    package var text: String {
        String(decoding: head, as: UTF8.self) + (result.map { String(decoding: $0, as: UTF8.self) + "}" } ?? "")
    }
}
