// The documents a project holds, and which requests may bring their own. Trusted documents are there from the start;
// automatically persisted ones come from clients and are kept as long as there is room. It belongs to a project and goes
// with it.
internal import Base
internal import Metadata
internal import Synchronization

final class DocumentStore: Sendable {
    /// Whether a request that brings its document is answered as it stands, which is the common case.
    let takesAnyDocument: Bool
    private let holdsTrusted: Bool
    private let byIdentifier: [String: [UInt8]]
    private let byDigest: [DocumentDigest: [UInt8]]
    /// Where only trusted documents are answered: their texts.
    private let trustedTexts: Set<ByteKey>
    private let automatic: Mutex<PersistedDocuments>?

    init(_ configuration: DocumentsConfiguration, trusted: [TrustedDocument]) {
        takesAnyDocument = !configuration.only
        holdsTrusted = !trusted.isEmpty
        var byIdentifier: [String: [UInt8]] = [:]
        var byDigest: [DocumentDigest: [UInt8]] = [:]
        var texts: Set<ByteKey> = []
        for document in trusted {
            byIdentifier[document.identifier] = document.text
            for text in Self.spellings(document.text) {
                byDigest[DocumentDigest(of: text)] = document.text
                if configuration.only { texts.insert(ByteKey(text)) }
            }
        }
        self.byIdentifier = byIdentifier
        self.byDigest = byDigest
        trustedTexts = texts
        automatic =
            configuration.automatic && !configuration.only
            ? Mutex(PersistedDocuments(bytes: configuration.automaticBytes)) : nil
    }

    /// The text as it stands, and without the line breaks at its end, which editors add to files.
    private static func spellings(_ text: [UInt8]) -> [[UInt8]] {
        let end = text.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0
        return end == text.count ? [text] : [text, Array(text[..<end])]
    }

    struct Found {
        let text: [UInt8]
        /// Set where the text may be kept, once it has been found fit to.
        var digest: DocumentDigest?
    }

    /// The document of a request that names one, or that must bring one of the trusted.
    func document(of request: GraphQLRequest) throws(GatewayError) -> Found {
        switch request.reference {
        case nil: return Found(text: try trusted(request.query))
        case .identifier(let identifier): return Found(text: try known(identifier))
        case .hash(let hash):
            if let text = find(hash) { return Found(text: text) }
            guard takesAnyDocument else { throw Self.notTrusted }
            throw automatic == nil ? Self.persistedQueryNotSupported : Self.persistedQueryNotFound
        case .registration(let hash):
            guard takesAnyDocument else { return Found(text: try trusted(request.query)) }
            guard automatic != nil else { return Found(text: request.query) }
            let digest = DocumentDigest(of: request.query)
            guard digest == DocumentDigest(hexadecimal: hash) else {
                throw GatewayError(
                    .badRequest, "The \"sha256Hash\" of \"extensions.persistedQuery\" is not that of \"query\".")
            }
            return Found(text: request.query, digest: digest)
        }
    }

    func keep(_ text: [UInt8], _ digest: DocumentDigest) {
        automatic?.withLock { $0.insert(text, digest) }
    }

    private func trusted(_ text: [UInt8]) throws(GatewayError) -> [UInt8] {
        guard takesAnyDocument || trustedTexts.contains(ByteKey(text)) else { throw Self.notTrusted }
        return text
    }

    private func known(_ identifier: String) throws(GatewayError) -> [UInt8] {
        if let text = byIdentifier[identifier] { return text }
        let prefix = "sha256:"
        if identifier.hasPrefix(prefix), let text = find(identifier.dropFirst(prefix.count)) { return text }
        guard takesAnyDocument else { throw Self.notTrusted }
        throw GatewayError(.notFound, "There is no document of this \"documentId\".")
    }

    /// By hash; also by the identifier of a manifest, for some clients send that in its place.
    private func find(_ hash: some StringProtocol) -> [UInt8]? {
        if holdsTrusted, let text = byIdentifier[String(hash)] { return text }
        guard let digest = DocumentDigest(hexadecimal: hash) else { return nil }
        return byDigest[digest] ?? automatic?.withLock { $0.text(digest) }
    }

    // MARK: Refusals

    private static var notTrusted: GatewayError {
        GatewayError(.permissionDenied, "Only trusted documents are answered here, and this is none of them.")
    }

    // Clients know these two by their messages: the first makes them send the document with its hash, the second makes
    // them send documents without hashes from then on. https://www.apollographql.com/docs/apollo-server/performance/apq
    private static var persistedQueryNotFound: GatewayError { GatewayError(.notFound, "PersistedQueryNotFound") }
    private static var persistedQueryNotSupported: GatewayError {
        GatewayError(.notSupported, "PersistedQueryNotSupported")
    }
}
