// GraphQL over HTTP: POST with a JSON body, GET for queries, batches as lists (the GraphQL-over-HTTP draft; dialect of the
// API, section 5, for what travels with status 200).
internal import Auth
internal import Base
internal import Execution
internal import GraphQL
internal import HTTP
internal import Metadata
internal import Outbound
internal import Reactor
internal import Transport

struct GraphQLOverHTTP: Sendable {
    let served: ServedProject

    /// Answers without suspending unless a signature must be verified or a source be waited for.
    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        guard let accepted = AcceptedMedia(request) else {
            return .ready(
                Self.failure(
                    GatewayError(
                        .badRequest,
                        "None of the media types of \"Accept\" can be answered; use application/json, application/graphql-response+json, text/event-stream, or multipart/mixed with subscriptionSpec=1.0."
                    ),
                    status: .notAcceptable, .json))
        }
        let media = accepted.errors
        let edition = served.edition
        let body: GraphQLRequest.Body
        do throws(Refusal) {
            let asked = try read(request, edition.limits)
            body = edition.tagsTraces ? asked.traced(by: request.header(named: "traceparent")) : asked
        } catch {
            return .ready(Self.failure(error.error, status: error.status, media, headers: error.headers))
        }
        let clock = RequestClock()
        let credentials: Credentials
        do throws(GatewayError) {
            credentials = try RequestCredentials.read(request, edition.project.credentialPlaces)
        } catch {
            return .ready(Self.refusal(error, media))
        }
        let exchange = Exchange(
            isGet: request.method == .get, note: request.note, clock: clock, accepted: accepted, loop: loop,
            edition: edition, credentials: credentials,
            headers: RequestCredentials.forwarded(request, edition.project.forwardedHeaders))
        if let caller = edition.project.authenticator.cached(credentials, now: clock.seconds) {
            return answer(body, caller, exchange)
        }
        // Whatever may become a stream cannot be a response that is waited for.
        guard accepted.stream == nil else { return .promised(authenticated(body, exchange)) }
        return .later {
            do throws(GatewayError) {
                let caller = try await edition.caller(credentials, clock, on: loop)
                return await answer(body, caller, exchange).response
            } catch {
                request.note?.caller = "unverified"
                return Self.refusal(error, media)
            }
        }
    }

    private func authenticated(_ body: GraphQLRequest.Body, _ exchange: Exchange) -> PromisedAnswer {
        let promise = PromisedAnswer(on: exchange.loop)
        let task = exchange.loop.task {
            do throws(GatewayError) {
                let caller = try await exchange.edition.caller(
                    exchange.credentials, exchange.clock, on: exchange.loop)
                promise.fulfil(answer(body, caller, exchange))
            } catch {
                exchange.note?.caller = "unverified"
                promise.fulfil(.ready(Self.refusal(error, exchange.media)))
            }
        }
        promise.begun(TaskWork(task))
        return promise
    }

    /// What belongs to one request and its answer, whatever it asks.
    private struct Exchange: Sendable {
        let isGet: Bool
        let note: RequestNote?
        let clock: RequestClock
        let accepted: AcceptedMedia
        let loop: EventLoop
        let edition: Edition
        let credentials: Credentials
        /// Those that webhooks of rules are handed.
        let headers: [OutboundRequest.Header]
        var pipeline: Pipeline { edition.pipeline }
        var media: ResponseMedia { accepted.errors }
    }

    private func answer(_ body: GraphQLRequest.Body, _ caller: Caller, _ exchange: Exchange) -> HTTPAnswer {
        let deadline = UInt64(exchange.loop.now.nanoseconds) + exchange.edition.timeoutNanoseconds
        if let note = exchange.note {
            note.caller = caller.kind.word
            note.end("read", at: MonotonicInstant.now.nanoseconds)
            if case .batch(let requests) = body { note.batch = requests.count }
        }
        switch body {
        case .single(let request):
            if exchange.isGet, let refusal = refuseMutation(request, exchange) { return .ready(refusal) }
            if let stream = stream(request, caller, exchange) { return .stream(stream.acceptance) }
            do throws(RequestFailure) {
                let progress = try exchange.pipeline.begin(
                    request, caller: caller, now: exchange.clock.instant, deadline: deadline, loop: exchange.loop,
                    headers: exchange.headers, note: exchange.note)
                switch progress {
                case .answered(let response):
                    return .ready(HTTPResponse(contentType: exchange.media.contentType, body: response.body))
                case .waiting(let waiting):
                    if let promise = promise(waiting, caller, exchange) { return .promised(promise) }
                    return .later { await finish(waiting, caller, exchange) }
                }
            } catch {
                return .ready(Self.failure(error, caller, exchange.media))
            }
        case .batch(let requests):
            guard exchange.accepted.single != nil else {
                return .ready(
                    Self.failure(
                        GatewayError(.badRequest, "A batch is not answered as a stream; accept application/json."),
                        status: .badRequest, exchange.media))
            }
            return .later { await batch(requests, caller, deadline, exchange) }
        }
    }

    /// The answer as a stream, where the client takes one: for a subscription, or for whatever it is if it prefers that.
    private func stream(_ request: GraphQLRequest, _ caller: Caller, _ exchange: Exchange) -> ResultStream? {
        guard let media = exchange.accepted.stream,
            exchange.accepted.prefersStream || exchange.pipeline.operationKind(of: request) == .subscription
        else { return nil }
        return ResultStream(
            media.format,
            OperationStart(served: served, caller: caller, headers: exchange.headers, loop: exchange.loop), request,
            exchange.credentials,
            keepAlive: exchange.edition.project.configuration.server.subscriptions.keepAlive)
    }

    /// `nil` where the source has to be waited for by a task.
    private func promise(_ waiting: Pipeline.Waiting, _ caller: Caller, _ exchange: Exchange) -> PromisedAnswer? {
        let promise = PromisedAnswer(on: exchange.loop)
        let contentType = exchange.media.contentType
        do throws(RequestFailure) {
            let work = try exchange.pipeline.start(waiting) { response in
                promise.fulfil(
                    response.map { .ready(HTTPResponse(contentType: contentType, body: $0.body)) }
                        ?? .later { await finish(waiting, caller, exchange) })
            }
            guard let work else { return nil }
            promise.begun(work)
        } catch {
            promise.fulfil(.ready(Self.failure(error, caller, exchange.media)))
        }
        return promise
    }

    private func finish(_ waiting: Pipeline.Waiting, _ caller: Caller, _ exchange: Exchange) async -> HTTPResponse {
        do throws(RequestFailure) {
            return HTTPResponse(
                contentType: exchange.media.contentType, body: try await exchange.pipeline.finish(waiting).body)
        } catch {
            return Self.failure(error, caller, exchange.media)
        }
    }

    /// Items run in order, each with its own data or errors.
    private func batch(
        _ requests: [Result<GraphQLRequest, GatewayError>], _ caller: Caller, _ deadline: UInt64, _ exchange: Exchange
    ) async -> HTTPResponse {
        var buffer = ByteBuffer()
        buffer.append(UInt8(ascii: "["))
        for (index, request) in requests.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            do throws(RequestFailure) {
                let answer = try await exchange.pipeline.answer(
                    RequestFailure.unwrap(request), caller: caller, now: exchange.clock.instant, deadline: deadline,
                    loop: exchange.loop, headers: exchange.headers)
                buffer.append(contentsOf: answer.body)
            } catch {
                Self.encode(error.errors, internals: caller.kind == .admin, into: &buffer)
            }
        }
        buffer.append(UInt8(ascii: "]"))
        return HTTPResponse(contentType: exchange.media.contentType, body: buffer)
    }

    // MARK: Reading the request

    /// A request that is refused before it is GraphQL.
    private struct Refusal: Error {
        let status: HTTPStatus
        let error: GatewayError
        var headers: [HTTPHeader] = []
    }

    private func read(
        _ request: HTTPRequest, _ limits: RequestLimits
    ) throws(Refusal) -> GraphQLRequest.Body {
        switch request.method {
        case .post: return try readBody(request, limits)
        case .get: return try .single(readQuery(request, limits))
        default:
            throw Refusal(
                status: .methodNotAllowed, error: GatewayError(.methodNotAllowed, "Use POST, or GET for queries."),
                headers: [HTTPHeader("Allow", "GET, POST")])
        }
    }

    private func readBody(
        _ request: HTTPRequest, _ limits: RequestLimits
    ) throws(Refusal) -> GraphQLRequest.Body {
        do throws(GatewayError) {
            try RequestMedia.check(request)
        } catch {
            throw Refusal(status: .unsupportedMediaType, error: error)
        }
        do throws(GatewayError) {
            return try GraphQLRequest.parse(request.body, limits: limits)
        } catch {
            throw Refusal(status: .badRequest, error: error)
        }
    }

    private func readQuery(_ request: HTTPRequest, _ limits: RequestLimits) throws(Refusal) -> GraphQLRequest {
        let fields: FormFields
        do throws(FormFields.Malformed) {
            fields = try request.queryFields()
        } catch {
            throw Refusal(
                status: .badRequest,
                error: GatewayError(.badRequest, "The query string is not percent-encoded correctly."))
        }
        do throws(GatewayError) {
            return try GraphQLRequest.parse(fields, limits: limits)
        } catch {
            throw Refusal(status: .badRequest, error: error)
        }
    }

    /// Mutations never by GET, whatever the schema has.
    private func refuseMutation(_ request: GraphQLRequest, _ exchange: Exchange) -> HTTPResponse? {
        guard exchange.pipeline.isMutation(request) else { return nil }
        return Self.failure(
            GatewayError(.methodNotAllowed, "Mutations are sent by POST."), status: .methodNotAllowed, exchange.media,
            headers: [HTTPHeader("Allow", "POST")])
    }

    // MARK: Writing errors

    static func encode(_ errors: [GatewayError], internals: Bool, into buffer: inout ByteBuffer) {
        buffer.append("{\"errors\":")
        GatewayError.encode(errors, internals: internals, into: &buffer)
        buffer.append(UInt8(ascii: "}"))
    }

    /// Of credentials.
    private static func refusal(_ error: GatewayError, _ media: ResponseMedia) -> HTTPResponse {
        // https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1: a 401 says what would be accepted.
        let status = media.status(of: error.code)
        let headers = status == .unauthorized ? [HTTPHeader("WWW-Authenticate", "Bearer")] : []
        return failure(error, status: status, media, headers: headers)
    }

    private static func failure(_ failure: RequestFailure, _ caller: Caller, _ media: ResponseMedia) -> HTTPResponse {
        var buffer = ByteBuffer()
        encode(failure.errors, internals: caller.kind == .admin, into: &buffer)
        let code = failure.errors.first?.code ?? .unexpected
        return HTTPResponse(status: media.status(of: code), contentType: media.contentType, body: buffer)
    }

    private static func failure(
        _ error: GatewayError, status: HTTPStatus, _ media: ResponseMedia, headers: [HTTPHeader] = []
    ) -> HTTPResponse {
        var buffer = ByteBuffer()
        encode([error], internals: false, into: &buffer)
        return HTTPResponse(status: status, contentType: media.contentType, headers: headers, body: buffer)
    }
}

/// The instant of a request, read from the wall clock once.
struct RequestClock {
    let instant: Instant

    init() {
        instant = SystemClock.now()
    }

    /// Seconds since 1970.
    var seconds: Int64 { instant.microseconds / 1_000_000 }
}
