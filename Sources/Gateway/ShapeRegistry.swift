// The schema views in use, one for each authorization shape: shared by all callers of the shape, bounded, and gone with the
// project they belong to.
package import Base
package import GraphQL
internal import Metadata
package import Rules
internal import Synchronization

/// One authorization shape's view of the project.
package final class ShapeContext: Sendable {
    /// Unique within the project; part of cache keys in place of the shape itself.
    package let id: Int
    package let view: ShapeView
    package let schema: Schema

    init(id: Int, view: ShapeView, types: GeneratedTypes, sharing shared: SharedTypes) {
        self.id = id
        self.view = view
        schema = SchemaGenerator.schema(catalog: view.catalog, types: types, visibility: view, sharing: shared)
    }
}

package final class ShapeRegistry: Sendable {
    private struct State {
        var contexts = BoundedCache<AuthorizationShape, ShapeContext>(capacity: 1000)
        var nextID = 0
    }

    private let catalog: Catalog
    private let types: GeneratedTypes
    private let rules: RuleSet
    private let state = Mutex(State())
    /// What shapes see and may do alike.
    let sharedTypes = SharedTypes()
    let sharedAccess = SharedAccess()

    init(catalog: Catalog, types: GeneratedTypes, rules: RuleSet) {
        self.catalog = catalog
        self.types = types
        self.rules = rules
    }

    /// The context of a caller: remembered with the caller, unless the clock may change it.
    package func context(of caller: Caller, now: Instant, generation: UInt64) -> ShapeContext {
        if !rules.dependsOnClock {
            let remembered = caller.memo.withLock { memo in
                memo.generation == generation ? memo.value as? ShapeContext : nil
            }
            if let remembered { return remembered }
        }
        let context = context(of: rules.shape(of: caller, now: now))
        caller.memo.withLock { memo in
            memo.generation = generation
            memo.value = context
        }
        return context
    }

    private func context(of shape: AuthorizationShape) -> ShapeContext {
        state.withLock { state in
            if let known = state.contexts.value(for: shape) { return known }
            let view = ShapeView(catalog: catalog, rules: rules, shape: shape, sharing: sharedAccess)
            // Identities are never used again, so an entry of another cache that outlives its shape is only unreachable.
            let context = ShapeContext(id: state.nextID, view: view, types: types, sharing: sharedTypes)
            state.nextID += 1
            state.contexts.insert(context, for: shape)
            return context
        }
    }
}
