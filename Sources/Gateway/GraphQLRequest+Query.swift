// A request as the query string of a GET (GraphQL over HTTP, section "GET"): the parameters of a body as form fields,
// objects among them as JSON text.
internal import Base
internal import HTTP

extension GraphQLRequest {
    /// - Throws: `bad-request`, `invalid-json`, `limit-exceeded`: the same as for a body.
    static func parse(_ fields: FormFields, limits: RequestLimits) throws(GatewayError) -> GraphQLRequest {
        let query = try text("query", fields)
        let name = try text("operationName", fields)
        let identifier = try text("documentId", fields).flatMap { $0.isEmpty ? nil : $0 }
        if let text = fields["variables"], text.count > limits.variablesBytes { throw limits.tooLarge }
        let variables = try object("variables", fields, limits)
        let extensions = try object("extensions", fields, limits)
        let reference = try DocumentReference.make(
            identifier.map { String(decoding: $0, as: UTF8.self) },
            DocumentReference.persistedQuery(in: extensions), hasQuery: query != nil)
        return GraphQLRequest(
            query: query ?? [],
            operationName: name.flatMap { $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self) },
            variables: variables, reference: reference)
    }

    private static func text(_ name: StaticString, _ fields: FormFields) throws(GatewayError) -> [UInt8]? {
        guard let value = fields[name] else { return nil }
        guard fields.count(of: name) == 1 else {
            throw GatewayError(.badRequest, "The parameter \"\(name)\" occurs twice.")
        }
        guard value.span.firstInvalidUTF8() == nil else {
            throw GatewayError(.badRequest, "\"\(name)\" is not valid UTF-8.")
        }
        return value
    }

    private static func object(
        _ name: StaticString, _ fields: FormFields, _ limits: RequestLimits
    ) throws(GatewayError) -> JSONObject? {
        guard let text = try text(name, fields), !text.isEmpty else { return nil }
        let value: JSONValue
        do {
            value = try JSONScanner.parse(text, maximumDepth: limits.variablesDepth)
        } catch {
            if error.isTooDeep { throw limits.tooDeep }
            throw GatewayError(.invalidJSON, "\"\(name)\" is not valid JSON: \(error.message)")
        }
        guard value.isNull || value.object != nil else { throw wrong("\(name)", "an object") }
        return value.object
    }
}
