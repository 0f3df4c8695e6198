// The caches on a request's way (all bounded, all gone with the project): bytes → document; document, operation name and
// shape → validated operation; that and the variables' shape → prepared operation.
internal import Base
internal import Connectors
internal import Execution
internal import GraphQL
internal import Metadata
internal import Synchronization

package final class PlanCache: Sendable {
    struct DocumentEntry: Sendable {
        let id: Int
        let document: Document
    }

    struct OperationKey: Hashable, Sendable {
        let document: Int
        let shape: Int
        let name: String?
    }

    struct OperationEntry: Sendable {
        let id: Int
        let operation: ValidatedOperation
    }

    struct PlanKey: Hashable, Sendable {
        let operation: Int
        let variables: ByteKey
    }

    private struct Documents {
        var entries: BoundedCache<ByteKey, DocumentEntry>
        var nextID = 0
    }

    private struct Operations {
        var entries: BoundedCache<OperationKey, OperationEntry>
        var nextID = 0
    }

    private let documents: Mutex<Documents>
    private let operations: Mutex<Operations>
    private let plans: Mutex<BoundedCache<PlanKey, PreparedOperation>>

    /// Documents longer than this are parsed each time: they would push out what is asked often.
    static let maximumDocumentBytes = 64 << 10
    /// The same for the shape of variables.
    static let maximumKeyBytes = 8 << 10
    /// And for statements: the cache may hold a thousand of this size.
    static let maximumStatementBytes = 256 << 10

    init(_ sizes: ServerConfiguration.CacheSizes) {
        documents = Mutex(Documents(entries: BoundedCache(capacity: sizes.documents)))
        operations = Mutex(Operations(entries: BoundedCache(capacity: sizes.documents)))
        plans = Mutex(BoundedCache(capacity: sizes.plans))
    }

    func document<Failure: Error>(
        _ source: [UInt8], parse: ([UInt8]) throws(Failure) -> Document
    ) throws(Failure) -> DocumentEntry {
        let key = ByteKey(source)
        if let known = documents.withLock({ $0.entries.value(for: key) }) { return known }
        let document = try parse(source)
        return documents.withLock { documents in
            let entry = DocumentEntry(id: documents.nextID, document: document)
            documents.nextID += 1
            if source.count <= Self.maximumDocumentBytes { documents.entries.insert(entry, for: key) }
            return entry
        }
    }

    func operation<Failure: Error>(
        _ key: OperationKey, validate: () throws(Failure) -> ValidatedOperation
    ) throws(Failure) -> OperationEntry {
        if let known = operations.withLock({ $0.entries.value(for: key) }) { return known }
        let operation = try validate()
        return operations.withLock { operations in
            let entry = OperationEntry(id: operations.nextID, operation: operation)
            operations.nextID += 1
            operations.entries.insert(entry, for: key)
            return entry
        }
    }

    func plan<Failure: Error>(
        _ key: PlanKey, prepare: () throws(Failure) -> PreparedOperation
    ) throws(Failure) -> PreparedOperation {
        if let known = plans.withLock({ $0.value(for: key) }) { return known }
        let prepared = try prepare()
        let texts = prepared.statements.map(\.lowered.text) + (prepared.mutation?.lowered.texts ?? [])
        let isLarge = texts.reduce(0) { $0 + $1.utf8.count } > Self.maximumStatementBytes
        if key.variables.bytes.count <= Self.maximumKeyBytes, !isLarge {
            plans.withLock { $0.insert(prepared, for: key) }
        }
        return prepared
    }
}
