// A planned, secured and lowered operation: everything about a request that does not depend on its values. It is what
// the plan cache keeps; executing it binds values, asks each source once and copies the answers into place.
package import Base
package import Connectors
package import GraphQL
package import Metadata
package import Planning
package import Rules
internal import Synchronization

package final class PreparedOperation: Sendable {
    /// One statement for each source the operation reads.
    package final class Statement: Sendable {
        package let source: SourceID
        package let lowered: any LoweredStatement
        /// In binding order.
        let values: [PreparedValue]
        /// Where encrypted columns stand in its cells; empty for a statement without any.
        let sealed: [SealedPlaces?]
        private let sealedFields: Set<FieldReference>
        /// What it reads, where that is more than one thing.
        private let reads: [SecuredRead]
        private let single = Mutex<[Statement]?>(nil)

        init(
            source: SourceID, lowered: any LoweredStatement, reads: [SecuredRead], sealed: Set<FieldReference> = []
        ) {
            self.source = source
            self.lowered = lowered
            self.reads = reads.count > 1 ? reads : []
            values = lowered.parameters.map { PreparedValue($0) }
            sealedFields = sealed
            let places = sealed.isEmpty ? [] : reads.map { SealedPlaces.of($0, sealed) }
            self.sealed = places.contains { $0 != nil } ? places : []
        }

        /// - Throws: what a value of the request does not fit.
        package func values(_ binder: ParameterBinder) throws(GatewayError) -> [BoundValue] { try binder.bind(values) }

        /// Its reads as a statement each: what tells which of them fails. Made when first asked for, and kept.
        func alone(_ lower: (SecuredRead) -> any LoweredStatement) -> [Statement] {
            if reads.isEmpty { return [self] }
            return single.withLock { single in
                if let single { return single }
                let made = reads.map {
                    Statement(source: source, lowered: lower($0), reads: [$0], sealed: sealedFields)
                }
                single = made
                return made
            }
        }
    }

    /// Where the value of a root field comes from.
    package enum Content: Sendable {
        /// A cell of the mutation, by its number.
        case written(Int)
        case cell(statement: Int, index: Int)
        /// JSON text that is the same each time.
        case constant([UInt8])
        case introspection(CollectedField)
        /// Rows that become a page by cursor.
        case connection(statement: Int, index: Int, PreparedConnection)
    }

    package struct Member: Sendable {
        let responseKey: String
        /// `"key":`
        let key: [UInt8]
        package let content: Content
    }

    let catalog: Catalog
    package let members: [Member]
    package let statements: [Statement]
    /// Set for an operation that writes: then it is all there is, beside names of types.
    package let mutation: PreparedMutation?
    /// Set where one statement answers everything, apart from text that is the same each time.
    let frame: AnswerFrame?
    /// What it may cost, where that depends on the values of a request; `nil` where it was decided once for all of them.
    package let cost: CostEstimate?
    /// What the audit log says of the rules that were asked; empty where there is none.
    package let decisions: [UInt8]
    /// What its answer depends on; `nil` for what is answered once.
    package let dependencies: DependencyRegion?

    /// - Parameters:
    ///   - sealed: columns that are stored encrypted.
    ///   - dependencies: what the answer of a subscription depends on.
    ///   - written: what a mutation may change.
    ///   - lower: the connector's lowering for a source.
    ///   - lowerWrites: the same for writes; all of an operation's are for one source.
    package init(
        _ plan: SecuredPlan, catalog: Catalog, cost: CostEstimate? = nil, decisions: [UInt8] = [],
        sealed: Set<FieldReference> = [], dependencies: DependencyRegion? = nil, written: WrittenRegion = .init(),
        lower: (SourceID, [SecuredRead]) -> any LoweredStatement,
        lowerWrites: (SourceID, [SecuredWrite]) -> any LoweredMutation = { _, _ in
            preconditionFailure("nothing is written")
        }
    ) {
        self.catalog = catalog
        self.cost = cost
        self.decisions = decisions
        self.dependencies = dependencies
        let writes = plan.writes
        mutation = writes.first.map { first in
            let source = catalog[first.collection].source
            return PreparedMutation(
                source: source, lowered: lowerWrites(source, writes), region: written, catalog: catalog,
                sealed: sealed.isEmpty ? [] : writes.map { SealedPlaces.of($0.answer, sealed) })
        }
        var written = 0
        var sources: [SourceID] = []
        var reads: [[SecuredRead]] = []
        var members: [Member] = []
        for root in plan.roots {
            var key = ByteBuffer()
            key.append(jsonString: root.responseKey)
            key.append(UInt8(ascii: ":"))
            let content: Content
            switch root.content {
            case .typename(let name):
                var value = ByteBuffer()
                value.append(jsonString: name)
                content = .constant(value.bytes)
            case .introspection(let field): content = .introspection(field)
            case .write:
                content = .written(written)
                written += 1
            case .read(let read):
                let source = catalog[read.collection].source
                let statement = sources.firstIndex(of: source) ?? sources.count
                if statement == sources.count {
                    sources.append(source)
                    reads.append([])
                }
                let index = reads[statement].count
                if case .connection(let connection) = read.selection {
                    content = .connection(
                        statement: statement, index: index, PreparedConnection(connection, read))
                } else {
                    content = .cell(statement: statement, index: index)
                }
                reads[statement].append(read)
            }
            members.append(Member(responseKey: root.responseKey, key: key.bytes, content: content))
        }
        self.members = members
        statements = zip(sources, reads).map {
            Statement(source: $0, lowered: lower($0, $1), reads: $1, sealed: sealed)
        }
        frame = statements.count == 1 && statements[0].sealed.isEmpty ? Self.frame(members) : nil
    }

    /// Whether the answer holds what is made for one caller, besides what its statements are given: cursors.
    package var isMadeForCaller: Bool {
        members.contains { member in
            switch member.content {
            case .connection, .introspection: true
            case .written, .cell, .constant: false
            }
        }
    }

    private static func frame(_ members: [Member]) -> AnswerFrame? {
        var pieces: [[UInt8]] = []
        var piece = ByteBuffer()
        piece.append("{\"data\":{")
        for (index, member) in members.enumerated() {
            if index > 0 { piece.append(UInt8(ascii: ",")) }
            piece.append(contentsOf: member.key)
            switch member.content {
            case .constant(let bytes): piece.append(contentsOf: bytes)
            // The statement's reads stand in the order of their fields.
            case .cell(_, pieces.count):
                pieces.append(piece.bytes)
                piece = ByteBuffer()
            case .cell, .written, .introspection, .connection: return nil
            }
        }
        piece.append("}}")
        return AnswerFrame(pieces: pieces + [piece.bytes])
    }
}
