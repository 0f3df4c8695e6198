// One GraphQL request as every transport carries it: the body of a POST, the query string of a GET, later the payload of
// a WebSocket message (GraphQL over HTTP, section "Request Parameters").
package import Base

package struct GraphQLRequest: Sendable {
    /// The document's UTF-8.
    package let query: [UInt8]
    package let operationName: String?
    package let variables: JSONObject?

    package init(query: [UInt8], operationName: String? = nil, variables: JSONObject? = nil) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
    }

    /// What a request body holds: one request, or a list of them.
    package enum Body: Sendable {
        case single(GraphQLRequest)
        case batch([GraphQLRequest])
    }

    /// - Throws: `invalid-json` when it is not JSON, `bad-request` when it is not a request, `limit-exceeded`.
    package static func parse(_ body: [UInt8], limits: RequestLimits) throws(GatewayError) -> Body {
        let bytes = body.span
        var scanner = JSONScanner()
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
            throw GatewayError(.invalidJSON, "The body is not valid JSON: \(error.message)", extensionPath: "$")
        } catch let error as GatewayError {
            throw error
        } catch {
            throw GatewayError(.unexpected, "internal error")
        }
    }

    private static func batch(
        _ bytes: Span<UInt8>, _ scanner: inout JSONScanner, _ limits: RequestLimits
    ) throws -> [GraphQLRequest] {
        try scanner.expect(UInt8(ascii: "["), bytes)
        var requests: [GraphQLRequest] = []
        repeat {
            guard requests.count < limits.batch else {
                throw GatewayError(.limitExceeded, "A batch holds at most \(limits.batch) requests.")
            }
            try requests.append(single(bytes, &scanner, limits))
        } while scanner.take(UInt8(ascii: ","), bytes)
        try scanner.expect(UInt8(ascii: "]"), bytes)
        return requests
    }

    private static func single(
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
        var seen: [String] = []
        if !scanner.take(UInt8(ascii: "}"), bytes) {
            repeat {
                let name = try scanner.key(bytes)
                guard !seen.contains(name) else {
                    throw GatewayError(.badRequest, "The key \"\(name)\" occurs twice.")
                }
                guard seen.count < maximumKeys else {
                    throw GatewayError(.badRequest, "A GraphQL request has at most \(maximumKeys) keys.")
                }
                seen.append(name)
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
                        throw GatewayError(
                            .limitExceeded, "The variables are larger than \(limits.variablesBytes) bytes.")
                    }
                    variables = value.object
                case "extensions":
                    let value = try scanner.value(bytes)
                    guard value.isNull || value.object != nil else { throw wrong(name, "an object") }
                default: try scanner.skip(bytes)
                }
            } while scanner.take(UInt8(ascii: ","), bytes)
            try scanner.expect(UInt8(ascii: "}"), bytes)
        }
        guard let query else {
            throw GatewayError(.badRequest, "The request has no \"query\".")
        }
        // An empty name is what some clients send for none.
        return GraphQLRequest(
            query: query, operationName: operationName.flatMap { $0.isEmpty ? nil : $0 }, variables: variables)
    }

    /// Keys of a request object, those nobody knows included.
    private static let maximumKeys = 32

    private static func wrong(_ name: String, _ wanted: String) -> GatewayError {
        GatewayError(.badRequest, "\"\(name)\" must be \(wanted).")
    }
}

package struct RequestLimits: Sendable, Hashable {
    package let batch: Int
    package let variablesBytes: Int

    package init(batch: Int, variablesBytes: Int) {
        self.batch = batch
        self.variablesBytes = variablesBytes
    }
}
