// The caches on a request's way (all bounded, all gone with the project): bytes → document; bytes, operation name and
// shape → validated operation; that and the variables' shape → prepared operation. A request that was seen before finds
// its operation with one look-up, and with it the plan it was last answered with.
internal import Base
internal import Connectors
internal import Execution
internal import GraphQL
internal import Metadata
internal import Rules
internal import Synchronization

package final class PlanCache: Sendable {
    struct OperationKey: Hashable, Sendable {
        let query: ByteKey
        let shape: Int
        let name: String?
    }

    /// What a plan has come to.
    enum Preparation: Sendable {
        case operation(PreparedOperation)
        /// Somebody must be asked first; a query of another source is prepared beside.
        case question(VerdictQuestion, PreparedOperation?)
    }

    final class OperationEntry: Sendable {
        let id: Int
        let operation: ValidatedOperation
        /// Most operations are asked again with variables of the same shape.
        fileprivate let lastPlan = Mutex<LastPlan?>(nil)

        init(id: Int, operation: ValidatedOperation) {
            self.id = id
            self.operation = operation
        }
    }

    fileprivate struct LastPlan: Sendable {
        let variables: ByteKey
        let plan: Preparation
    }

    private struct PlanKey: Hashable, Sendable {
        let operation: Int
        let variables: ByteKey
        /// Verdicts that the plan has asked for.
        let answers: [Bool]
    }

    private struct Operations {
        var entries: BoundedCache<OperationKey, OperationEntry>
        var nextID = 0
    }

    private let documents: Mutex<BoundedCache<ByteKey, Document>>
    private let operations: Mutex<Operations>
    private let plans: Mutex<BoundedCache<PlanKey, Preparation>>

    /// Documents longer than this are parsed each time: they would push out what is asked often.
    static let maximumDocumentBytes = 64 << 10
    /// The same for the shape of variables.
    static let maximumKeyBytes = 8 << 10
    /// And for statements: the cache may hold a thousand of this size.
    static let maximumStatementBytes = 256 << 10

    init(_ sizes: ServerConfiguration.CacheSizes) {
        documents = Mutex(BoundedCache(capacity: sizes.documents))
        operations = Mutex(Operations(entries: BoundedCache(capacity: sizes.documents)))
        plans = Mutex(BoundedCache(capacity: sizes.plans))
    }

    func document<Failure: Error>(
        _ source: [UInt8], parse: ([UInt8]) throws(Failure) -> Document
    ) throws(Failure) -> Document {
        let key = ByteKey(source)
        if let known = documents.withLock({ $0.value(for: key) }) { return known }
        let document = try parse(source)
        if source.count <= Self.maximumDocumentBytes { documents.withLock { $0.insert(document, for: key) } }
        return document
    }

    func operation<Failure: Error>(
        _ key: OperationKey, validate: () throws(Failure) -> ValidatedOperation
    ) throws(Failure) -> OperationEntry {
        if let known = operations.withLock({ $0.entries.recent(key) ?? $0.entries.value(for: key) }) { return known }
        let operation = try validate()
        return operations.withLock { operations in
            let entry = OperationEntry(id: operations.nextID, operation: operation)
            operations.nextID += 1
            if key.query.bytes.count <= Self.maximumDocumentBytes { operations.entries.insert(entry, for: key) }
            return entry
        }
    }

    /// The plan of an operation for variables of a shape (`VariableShape`), once these verdicts are known.
    func plan<Failure: Error>(
        _ entry: OperationEntry, _ variables: ByteKey, answers: [Bool] = [], prepare: () throws(Failure) -> Preparation
    ) throws(Failure) -> Preparation {
        if answers.isEmpty, let last = entry.lastPlan.withLock({ $0 }), last.variables == variables { return last.plan }
        let key = PlanKey(operation: entry.id, variables: variables, answers: answers)
        let known = plans.withLock { $0.value(for: key) }
        let prepared = if let known { known } else { try prepare() }
        if variables.bytes.count <= Self.maximumKeyBytes, !prepared.isLarge {
            if known == nil { plans.withLock { $0.insert(prepared, for: key) } }
            if answers.isEmpty { entry.lastPlan.withLock { $0 = LastPlan(variables: variables, plan: prepared) } }
        }
        return prepared
    }
}

extension PlanCache.Preparation {
    fileprivate var isLarge: Bool {
        guard case .operation(let operation) = self else { return false }
        let texts = operation.statements.map(\.lowered.text) + (operation.mutation?.lowered.texts ?? [])
        return texts.reduce(0) { $0 + $1.utf8.count } > PlanCache.maximumStatementBytes
    }
}

// Not generic, and therefore specialised: what another module writes about a generic dictionary is not.
extension BoundedCache<PlanCache.OperationKey, PlanCache.OperationEntry> {
    fileprivate func recent(_ key: PlanCache.OperationKey) -> PlanCache.OperationEntry? { young[key] }
}
