// A mutation as one connector lowered it: all writes of one operation, for one transaction. What can go wrong in it says
// which write it belongs to, so that one place decides what callers are told.
package import Base
package import Metadata
package import Planning
package import Rules

package protocol LoweredMutation: Sendable {
    /// In binding order.
    var parameters: [Parameter] { get }
    /// One cell for each write.
    var cellCount: Int { get }
    /// What is decided from the values sent, before anything is written.
    var earlyChecks: [EarlyCheck] { get }
    var places: [WritePlace] { get }
    /// The statements, for `perigee explain` and golden files.
    var texts: [String] { get }
    /// The same for one request that is part of a trace, where its tag says so.
    func traced(by trace: TraceParent) -> any LoweredMutation
}

extension LoweredMutation {
    package func traced(by trace: TraceParent) -> any LoweredMutation { self }
}

/// A check on the row written, as far as the values sent decide it. It only ever refuses: what is not decided is left to
/// the check in the transaction.
package struct EarlyCheck: Sendable {
    package let predicate: SecuredPredicate
    /// What is sent, by field; `nil` for null. A field that is not here takes whatever the database gives it.
    package let values: [Int: Parameter?]
    package let collection: CollectionID

    package init(predicate: SecuredPredicate, values: [Int: Parameter?], collection: CollectionID) {
        self.predicate = predicate
        self.values = values
        self.collection = collection
    }
}

/// Where a statement of a mutation stands: what an error of the database in it may say, and where.
package struct WritePlace: Sendable {
    package enum Kind: Sendable, Hashable {
        case insert
        case update
        case delete
        case read
    }

    package let kind: Kind
    package let collection: TrackedCollection
    /// Fields that the caller may read in clear.
    package let disclosed: Set<Int>
    package let errorPath: String

    package init(kind: Kind, collection: TrackedCollection, disclosed: Set<Int>, errorPath: String) {
        self.kind = kind
        self.collection = collection
        self.disclosed = disclosed
        self.errorPath = errorPath
    }
}

/// Why nothing of a mutation was written.
package struct WriteFailure: Error, Sendable {
    package enum Reason: Sendable {
        /// A rule, or what the dialect asks of nested rows.
        case refused(GatewayError)
        /// - Parameter place: index into `places`; `nil` where there is no more to say about it.
        case failed(ConnectorError, place: Int?)
    }

    package let reason: Reason
    /// Which write it was; `nil` for the transaction as a whole.
    package let position: WritePosition?

    /// Whether the database may have committed all the same, or may yet: it was not heard of any more.
    package var mayBeCommitted: Bool {
        switch reason {
        case .refused: false
        case .failed(let error, _): error.leavesOutcomeOpen
        }
    }

    package static func refused(_ error: GatewayError, at position: WritePosition?) -> WriteFailure {
        WriteFailure(reason: .refused(error), position: position)
    }

    package static func failed(
        _ error: ConnectorError, place: Int? = nil, at position: WritePosition? = nil
    ) -> WriteFailure {
        WriteFailure(reason: .failed(error, place: place), position: position)
    }
}

/// Where in the response something of a mutation stands.
package struct WritePosition: Sendable, Hashable {
    /// The number of the write among those of the operation.
    package let write: Int
    /// The way down from its value.
    package let path: [PathSegment]

    package init(write: Int, path: [PathSegment] = []) {
        self.write = write
        self.path = path
    }
}
