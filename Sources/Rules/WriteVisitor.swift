// What a secured write may change: the rows and columns it names, at every level of nesting, and what the database carries on
// from there.
package import Metadata
package import Planning

package struct WriteVisitor {
    private let catalog: Catalog
    private let reach: WriteReach
    private var region = WrittenRegion()

    private init(_ catalog: Catalog, _ reach: WriteReach) {
        self.catalog = catalog
        self.reach = reach
    }

    package static func region(of plan: SecuredPlan, catalog: Catalog, reach: WriteReach) -> WrittenRegion {
        var visitor = WriteVisitor(catalog, reach)
        for write in plan.writes { visitor.visit(write) }
        return visitor.region
    }

    private mutating func visit(_ write: SecuredWrite) {
        switch write.action {
        case .insert(let insert): visit(insert)
        case .update(let update): visit(update)
        case .updateEach(let updates): for update in updates { visit(update) }
        case .delete(let delete): visit(delete)
        case .call: reach.call(on: catalog[write.collection].source, &region)
        }
    }

    private mutating func visit(_ insert: InsertPlan<Secured>) {
        let collection = catalog[insert.collection]
        reach.insert(into: collection, &region)
        for object in insert.objects {
            for nested in object.before + object.after { visit(nested.insert) }
        }
        let updated = insert.conflict.map { Set($0.fields + $0.forced.map(\.field)) } ?? []
        if !updated.isEmpty { reach.update(updated, of: collection, &region) }
    }

    private mutating func visit(_ update: UpdatePlan<Secured>) {
        if !update.changes.isEmpty {
            reach.update(Set(update.changes.map(\.field)), of: catalog[update.collection], &region)
        }
        for related in update.related {
            switch related.change {
            case .update(let update): visit(update)
            case .delete(let delete): visit(delete)
            }
        }
    }

    private mutating func visit(_ delete: DeletePlan<Secured>) {
        reach.delete(from: catalog[delete.collection], &region)
    }
}
