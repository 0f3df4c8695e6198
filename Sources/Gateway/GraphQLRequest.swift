// One GraphQL request as every transport carries it: the body of a POST, the query string of a GET, later the payload of
// a WebSocket message (GraphQL over HTTP, section "Request Parameters").
package import Base
package import Connectors

package struct GraphQLRequest: Sendable {
    /// The document's UTF-8.
    package let query: [UInt8]
    package let operationName: String?
    package let variables: JSONObject?
    /// A document that the gateway holds, or is to hold; `nil` for a request that brings its own and says no more.
    let reference: DocumentReference?
    /// The trace that it is part of, where statements say so.
    package var trace: TraceParent?

    package init(query: [UInt8], operationName: String? = nil, variables: JSONObject? = nil) {
        self.init(query: query, operationName: operationName, variables: variables, reference: nil)
    }

    init(query: [UInt8], operationName: String?, variables: JSONObject?, reference: DocumentReference?) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
        self.reference = reference
    }

    /// The same request with other memory for its text.
    func with(query: [UInt8]) -> GraphQLRequest {
        var request = GraphQLRequest(
            query: query, operationName: operationName, variables: variables, reference: reference)
        request.trace = trace
        return request
    }

    /// What a request body holds: one request, or a list of them, each of which may be none.
    package enum Body: Sendable {
        case single(GraphQLRequest)
        case batch([Result<GraphQLRequest, GatewayError>])

        /// - Parameter header: `traceparent`. A trace that nobody keeps is none.
        func traced(by header: ArraySlice<UInt8>?) -> Body {
            guard let header, let trace = TraceParent(header), trace.isSampled else { return self }
            let traced = { (request: GraphQLRequest) in
                var request = request
                request.trace = trace
                return request
            }
            return switch self {
            case .single(let request): .single(traced(request))
            case .batch(let requests): .batch(requests.map { $0.map(traced) })
            }
        }
    }

    /// - Throws: `invalid-json` when it is not JSON, `bad-request` when it is not a request, `limit-exceeded`.
    package static func parse(_ body: [UInt8], limits: RequestLimits) throws(GatewayError) -> Body {
        let bytes = body.span
        var scanner = JSONScanner(maximumDepth: limits.variablesDepth)
        do {
            let result: Body
            if scanner.peek(bytes) == UInt8(ascii: "[") {
                result = try .batch(batch(bytes, &scanner, limits))
            } else {
                result = try .single(single(bytes, &scanner, limits))
            }
            try scanner.end(bytes)
            return result
        } catch let error as JSONError {
            if error.isTooDeep { throw limits.tooDeep }
            throw GatewayError(.invalidJSON, "The body is not valid JSON: \(error.message)", extensionPath: "$")
        } catch let error as GatewayError {
            throw error
        } catch {
            throw GatewayError(.unexpected, "internal error")
        }
    }

    private static func batch(
        _ bytes: Span<UInt8>, _ scanner: inout JSONScanner, _ limits: RequestLimits
    ) throws -> [Result<GraphQLRequest, GatewayError>] {
        try scanner.expect(UInt8(ascii: "["), bytes)
        guard scanner.peek(bytes) != UInt8(ascii: "]") else {
            throw GatewayError(.badRequest, "A batch holds at least one request.")
        }
        var requests: [Result<GraphQLRequest, GatewayError>] = []
        repeat {
            guard requests.count < limits.batch else {
                throw GatewayError(exceeded: .batch, "A batch holds at most \(limits.batch) requests.")
            }
            let start = scanner
            do {
                try requests.append(.success(single(bytes, &scanner, limits)))
            } catch let error as GatewayError {
                // An item that is no request has its own error; its neighbours are none the worse.
                scanner = start
                try scanner.skip(bytes)
                requests.append(.failure(error))
            }
        } while scanner.take(UInt8(ascii: ","), bytes)
        try scanner.expect(UInt8(ascii: "]"), bytes)
        return requests
    }

    /// One request at the scanner's place; what follows it is the caller's to read.
    static func single(
        _ bytes: Span<UInt8>, _ scanner: inout JSONScanner, _ limits: RequestLimits
    ) throws -> GraphQLRequest {
        guard scanner.peek(bytes) == UInt8(ascii: "{") else {
            // What is not JSON at all says so; other values are JSON, but no request.
            try scanner.skip(bytes)
            throw GatewayError(.badRequest, "A GraphQL request is a JSON object with \"query\".")
        }
        try scanner.expect(UInt8(ascii: "{"), bytes)
        var query: [UInt8]?
        var operationName: String?
        var variables: JSONObject?
        var identifier: String?
        var persisted: String?
        var seen = SeenKeys()
        if !scanner.take(UInt8(ascii: "}"), bytes) {
            repeat {
                let name = try scanner.key(bytes)
                try seen.note(name)
                switch name {
                case "query":
                    guard scanner.peek(bytes) == UInt8(ascii: "\"") else { throw wrong(name, "a string") }
                    query = try scanner.stringBytes(bytes)
                case "operationName":
                    let value = try scanner.value(bytes)
                    guard value.isNull || value.string != nil else { throw wrong(name, "a string") }
                    operationName = value.string
                case "variables":
                    let start = scanner.offset
                    let value = try scanner.value(bytes)
                    guard value.isNull || value.object != nil else { throw wrong(name, "an object") }
                    guard scanner.offset - start <= limits.variablesBytes else {
                        throw limits.tooLarge
                    }
                    variables = value.object
                case "extensions":
                    let value = try scanner.value(bytes)
                    guard value.isNull || value.object != nil else { throw wrong(name, "an object") }
                    persisted = try DocumentReference.persistedQuery(in: value.object)
                case "documentId":
                    let value = try scanner.value(bytes)
                    guard value.isNull || value.string != nil else { throw wrong(name, "a string") }
                    identifier = value.string
                default: try scanner.skip(bytes)
                }
            } while scanner.take(UInt8(ascii: ","), bytes)
            try scanner.expect(UInt8(ascii: "}"), bytes)
        }
        let reference = try DocumentReference.make(identifier, persisted, hasQuery: query != nil)
        // An empty name is what some clients send for none.
        return GraphQLRequest(
            query: query ?? [], operationName: operationName.flatMap { $0.isEmpty ? nil : $0 }, variables: variables,
            reference: reference)
    }

    static func wrong(_ name: String, _ wanted: String) -> GatewayError {
        GatewayError(.badRequest, "\"\(name)\" must be \(wanted).")
    }
}

package struct RequestLimits: Sendable, Hashable {
    package let batch: Int
    package let variablesBytes: Int
    package let variablesDepth: Int

    package init(batch: Int, variablesBytes: Int, variablesDepth: Int = JSONScanner.defaultDepth) {
        self.batch = batch
        self.variablesBytes = variablesBytes
        self.variablesDepth = variablesDepth
    }

    var tooLarge: GatewayError {
        GatewayError(exceeded: .variablesBytes, "The variables are larger than \(variablesBytes) bytes.")
    }

    var tooDeep: GatewayError {
        GatewayError(exceeded: .variablesDepth, "The JSON of the request nests deeper than \(variablesDepth) levels.")
    }
}

/// The keys of one request object. Those a request usually has are a bit each, so that they cost no memory.
private struct SeenKeys {
    private var known: UInt8 = 0
    private var others: [String] = []

    /// Keys of a request object, those nobody knows included.
    private static let maximum = 32

    mutating func note(_ name: String) throws(GatewayError) {
        let isNew: Bool
        if let bit = Self.bit(name) {
            isNew = known & bit == 0
            known |= bit
        } else {
            isNew = !others.contains(name)
            others.append(name)
        }
        guard isNew else { throw GatewayError(.badRequest, "The key \"\(name)\" occurs twice.") }
        guard known.nonzeroBitCount + others.count <= Self.maximum else {
            throw GatewayError(.badRequest, "A GraphQL request has at most \(Self.maximum) keys.")
        }
    }

    private static func bit(_ name: String) -> UInt8? {
        switch name {
        case "query": 1
        case "variables": 2
        case "operationName": 4
        case "extensions": 8
        default: nil
        }
    }
}
