// Which pages of other origins may read answers: the headers that browsers ask for, and the question they ask before.
// https://fetch.spec.whatwg.org/#http-cors-protocol
//
//     preflight   OPTIONS with Origin and Access-Control-Request-Method   204, what may be sent
//     request     with Origin                                             the answer as ever, and whether the page may read it
//
// An origin that is not allowed gets no such header: its browser keeps the answer from the page. What a request does, it does
// in any case: who may do what is said by rules, never by an origin.
internal import Base
internal import HTTP
internal import Metadata

struct CORSPolicy: Sendable {
    private let configuration: CORSConfiguration
    private let allowedHeaders: String
    private let exposedHeaders: String?
    private let maxAge: String

    /// What the gateway itself reads of a browser's request, beyond what pages may always send.
    private static let ownHeaders = ["Authorization", "Content-Type", "X-Hasura-Role", "Traceparent"]

    init(_ configuration: CORSConfiguration) {
        self.configuration = configuration
        let known = Set(Self.ownHeaders.map { $0.lowercased() })
        let further = configuration.headers.filter { !known.contains($0.lowercased()) }
        allowedHeaders = (Self.ownHeaders + further).joined(separator: ", ")
        exposedHeaders = configuration.exposed.isEmpty ? nil : configuration.exposed.joined(separator: ", ")
        maxAge = "\(configuration.maxAge.components.seconds)"
    }

    /// The answer to a browser that asks what it may send; `nil` for every other request, and for an origin that may nothing.
    func preflight(_ request: HTTPRequest) -> HTTPResponse? {
        guard request.method == .options, request.header(named: "access-control-request-method") != nil,
            let origin = allowed(request)
        else { return nil }
        return HTTPResponse(
            status: .noContent, contentType: nil,
            headers: originHeaders(origin) + [
                HTTPHeader("Access-Control-Allow-Methods", "GET, POST"),
                HTTPHeader("Access-Control-Allow-Headers", allowedHeaders),
                HTTPHeader("Access-Control-Max-Age", maxAge),
            ])
    }

    /// Adds what tells a browser whether the page may read it.
    func apply(to response: inout HTTPResponse, _ request: HTTPRequest) {
        guard let origin = allowed(request), !isTold(response) else { return }
        response.headers += originHeaders(origin)
        if let exposedHeaders {
            response.headers.append(HTTPHeader("Access-Control-Expose-Headers", exposedHeaders))
        }
    }

    /// Whether the answer depends on who asks, as caches must know also of one without such headers.
    var variesByOrigin: Bool { configuration.origins != .any }

    private func isTold(_ response: HTTPResponse) -> Bool {
        response.headers.contains { $0.name == "Access-Control-Allow-Origin" }
    }

    private func originHeaders(_ origin: String) -> [HTTPHeader] {
        var headers = [HTTPHeader("Access-Control-Allow-Origin", origin)]
        if configuration.credentials { headers.append(HTTPHeader("Access-Control-Allow-Credentials", "true")) }
        return headers
    }

    /// What stands in `Access-Control-Allow-Origin`; `nil` where the request is of no page, or of one that may not.
    private func allowed(_ request: HTTPRequest) -> String? {
        guard request.headerCount(named: "origin") == 1, let origin = request.headerText(named: "origin") else {
            return nil
        }
        switch configuration.origins {
        case .any: return "*"
        case .some(let known): return known.contains(origin.lowercased()) ? origin : nil
        }
    }
}
