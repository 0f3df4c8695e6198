// The upgrade of a request for the GraphQL endpoint to a WebSocket: whether it may be, and in which sub-protocol. Who asks is
// found out afterwards, from what `connection_init` brings (`GraphQLOverWebSocketSession`).
internal import Base
internal import HTTP
internal import Metadata
internal import Transport

struct GraphQLOverWebSocket: Sendable {
    let served: ServedProject

    func answer(_ request: HTTPRequest) -> HTTPAnswer {
        let server = served.edition.project.configuration.server
        let handshake: WebSocketHandshake
        do throws(WebSocketRefusal) {
            handshake = try WebSocketHandshake.check(
                request,
                WebSocketTerms(server, subprotocols: GraphQLSubprotocol.allCases.map(\.rawValue)))
        } catch {
            var body = ByteBuffer()
            GraphQLOverHTTP.encode([error.gatewayError], internals: false, into: &body)
            return .ready(HTTPResponse(status: error.status, headers: error.headers, body: body))
        }
        let session: any WebSocketSession =
            if let subprotocol = handshake.subprotocol.flatMap(GraphQLSubprotocol.init(rawValue:)) {
                GraphQLOverWebSocketSession(served, subprotocol, request)
            } else {
                UnacceptableSubprotocolSession()
            }
        return .webSocket(WebSocketAcceptance(handshake, settings: WebSocketSettings(server), session: session))
    }
}

extension WebSocketRefusal {
    fileprivate var gatewayError: GatewayError {
        switch self {
        case .method: GatewayError(.methodNotAllowed, message)
        case .origin: GatewayError(.accessDenied, message)
        case .version, .notUpgrade, .key, .protocolVersion, .extensions, .body: GatewayError(.badRequest, message)
        }
    }
}
