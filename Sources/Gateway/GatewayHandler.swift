internal import Base
// Routes: which path is answered by which protocol (dialect of the API, section 1). Adding a transport is one case here.
package import HTTP
package import Reactor
package import Transport

// A class, like what it holds: handed from loop to request it costs one reference.
package final class GatewayHandler: HTTPHandler {
    private let served: ServedProject
    private let graphQL: GraphQLOverHTTP
    private let sockets: GraphQLOverWebSocket

    package init(_ served: ServedProject) {
        self.served = served
        graphQL = GraphQLOverHTTP(served: served)
        sockets = GraphQLOverWebSocket(served: served)
    }

    package func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        if request.method == .options, let answer = served.edition.finish.cors?.preflight(request) {
            return .ready(answer)
        }
        if request.hasPath("/v1/graphql") || request.hasPath("/graphql") {
            if request.wantsUpgrade, WebSocketHandshake.isAsked(by: request) { return sockets.answer(request) }
            return graphQL.answer(request, on: loop)
        }
        if request.hasPath("/healthz") || request.hasPath("/readyz") {
            return .ready(read(request) { .init(status: .ok, text: "ok\n") })
        }
        if request.hasPath("/") { return .ready(read(request, console)) }
        return .ready(
            Self.failure(
                .notFound, GatewayError(.notFound, "There is nothing at this path; GraphQL is at /v1/graphql.")))
    }

    private func read(_ request: HTTPRequest, _ answer: () -> HTTPResponse) -> HTTPResponse {
        guard request.method == .get || request.method == .head else {
            return Self.failure(
                .methodNotAllowed, GatewayError(.methodNotAllowed, "Use GET."),
                headers: [HTTPHeader("Allow", "GET, HEAD")])
        }
        return answer()
    }

    private func console() -> HTTPResponse {
        let page = ConsolePage.render()
        return HTTPResponse(
            contentType: .html,
            headers: [
                HTTPHeader("Content-Security-Policy", page.contentSecurityPolicy),
                HTTPHeader("Cache-Control", "no-store"),
                HTTPHeader("X-Content-Type-Options", "nosniff"),
            ], body: page.body)
    }

    private static func failure(_ status: HTTPStatus, _ error: GatewayError, headers: [HTTPHeader] = []) -> HTTPResponse
    {
        var buffer = ByteBuffer()
        GraphQLOverHTTP.encode([error], internals: false, into: &buffer)
        return HTTPResponse(status: status, headers: headers, body: buffer)
    }
}
