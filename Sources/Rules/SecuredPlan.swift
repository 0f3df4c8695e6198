// The only form in which a request reaches a database. Its initialiser is this module's: there is no other way from a
// plan to a statement than through the rules.
package import Metadata
package import Planning

package struct SecuredPlan: Sendable {
    package let roots: [RootField<Secured>]

    init(roots: [RootField<Secured>]) {
        self.roots = roots
    }

    /// The reads of one source in response order: what becomes one statement.
    package func reads(of source: SourceID, catalog: Catalog) -> [SecuredRead] {
        reads.filter { catalog[$0.collection].source == source }
    }

    /// The writes in response order: what becomes one transaction.
    package var writes: [SecuredWrite] {
        roots.compactMap { root in
            if case .write(let write) = root.content { return write }
            return nil
        }
    }

    package var reads: [SecuredRead] {
        roots.compactMap { root in
            if case .read(let read) = root.content { return read }
            return nil
        }
    }
}
