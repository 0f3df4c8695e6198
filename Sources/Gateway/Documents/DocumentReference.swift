// How a request names a document without sending it: `documentId` (GraphQL over HTTP, appendix "Persisted Documents") or
// the hash of Apollo's automatic persisted queries, `extensions.persistedQuery`.
// https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md
internal import Base

enum DocumentReference: Sendable, Hashable {
    /// `documentId`.
    case identifier(String)
    /// The hash alone: the document is expected to be known.
    case hash(String)
    /// The hash beside the document: the gateway may keep it.
    case registration(hash: String)

    /// - Throws: `bad-request` when the request names no document, or two.
    static func make(
        _ identifier: String?, _ hash: String?, hasQuery: Bool
    ) throws(GatewayError) -> DocumentReference? {
        if let identifier {
            guard !hasQuery, hash == nil else {
                throw GatewayError(
                    .badRequest, "The request has \"documentId\" and another document; it must have one of them.")
            }
            return .identifier(identifier)
        }
        if let hash { return hasQuery ? .registration(hash: hash) : .hash(hash) }
        guard hasQuery else { throw GatewayError(.badRequest, "The request has no \"query\".") }
        return nil
    }

    /// The hash in a request's `extensions`; `nil` where they have none.
    static func persistedQuery(in extensions: JSONObject?) throws(GatewayError) -> String? {
        guard let value = extensions?["persistedQuery"], !value.isNull else { return nil }
        guard let object = value.object, object["version"]?.number?.int64 == 1,
            let hash = object["sha256Hash"]?.string, !hash.isEmpty
        else {
            throw GatewayError(
                .badRequest, "\"extensions.persistedQuery\" must be an object with \"version\": 1 and \"sha256Hash\".")
        }
        return hash
    }
}
