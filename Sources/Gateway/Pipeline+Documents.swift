// Which document a request asks for: its own, or one that the project holds; and whether the documents of a project fit
// its schema.
internal import Base
internal import GraphQL
internal import Metadata

extension Pipeline {
    /// The document's UTF-8. A request that brings its own, where any may be brought, costs two tests.
    func source(of request: GraphQLRequest) throws(RequestFailure) -> [UInt8] {
        if case nil = request.reference, project.documents.takesAnyDocument { return request.query }
        let found: DocumentStore.Found
        do throws(GatewayError) {
            found = try project.documents.document(of: request)
        } catch {
            throw RequestFailure(error)
        }
        if let digest = found.digest {
            // What does not parse would only take the place of what does.
            _ = try project.plans.document(found.text, parse: parse)
            project.documents.keep(found.text, digest)
        }
        return found.text
    }

    /// Checks trusted documents against the schema of a caller whom no rule binds: what is wrong there is wrong for all.
    /// - Throws: everything that is wrong with any of them.
    func check(_ documents: [TrustedDocument], now: Instant) throws(ConfigurationFailure) {
        if documents.isEmpty { return }
        let shape = project.shapes.context(of: Caller(kind: .admin), now: now, generation: project.generation)
        var errors: [ConfigurationError] = []
        for document in documents {
            do throws(RequestFailure) {
                try check(document, shape)
            } catch {
                errors += error.errors.map { document.error($0.message, at: $0.locations.first) }
            }
        }
        guard errors.isEmpty else { throw ConfigurationFailure(errors) }
    }

    private func check(_ document: TrustedDocument, _ shape: ShapeContext) throws(RequestFailure) {
        let prefix = "sha256:"
        if document.identifier.hasPrefix(prefix),
            DocumentDigest(hexadecimal: document.identifier.dropFirst(prefix.count))
                != DocumentDigest(of: document.text)
        {
            throw RequestFailure(
                GatewayError(
                    .validationFailed,
                    "the id \"\(document.identifier)\" is not the hash of the document, which is "
                        + DocumentDigest(of: document.text).hexadecimal))
        }
        let parsed = try parse(document.text)
        let operations = parsed.operations
        guard !operations.isEmpty else {
            throw RequestFailure(GatewayError(.validationFailed, "the document has no operation"))
        }
        for operation in operations { _ = try validate(parsed, operations.count > 1 ? operation.name : nil, shape) }
    }
}
