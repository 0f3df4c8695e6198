// Writes as text: what is inserted, changed or deleted, under which guard, and what is answered.
internal import Metadata

extension PlanPrinter {
    mutating func write<Stage: PlanStage>(_ key: String, _ write: WritePlan<Stage>, _ depth: Int) {
        switch write.action {
        case .insert(let insert): self.insert("\(key): insert", insert, depth)
        case .update(let update): self.update("\(key): update", update, depth)
        case .updateEach(let updates):
            line(depth, "\(key): update each")
            for update in updates { self.update("update", update, depth + 1) }
        case .delete(let delete): self.delete("\(key): delete", delete, depth)
        case .call: line(depth, "\(key): call")
        }
        switch write.answer {
        case .row(let read): self.read("answer", read, depth + 1)
        case .response(let members):
            for member in members {
                switch member.content {
                case .typename(let name): line(depth + 1, "\(member.responseKey): typename \(name)")
                case .affectedRows: line(depth + 1, "\(member.responseKey): affected rows")
                case .returning(let read): self.read(member.responseKey, read, depth + 1)
                }
            }
        }
    }

    private mutating func insert<Stage: PlanStage>(_ title: String, _ insert: InsertPlan<Stage>, _ depth: Int) {
        let collection = catalog[insert.collection]
        line(depth, "\(title) \(collection.name)")
        for object in insert.objects {
            line(depth + 1, "object")
            for nested in object.before {
                self.insert("before \(catalog.relationship(nested.link).name):", nested.insert, depth + 2)
            }
            for assignment in object.assignments { line(depth + 2, text(assignment, collection)) }
            for text in object.security.describe(in: catalog) { line(depth + 2, text) }
            for nested in object.after {
                self.insert("after \(catalog.relationship(nested.link).name):", nested.insert, depth + 2)
            }
        }
        guard let conflict = insert.conflict else { return }
        line(depth + 1, "on conflict \(conflict.constraint.name)\(conflict.doesNothing ? " do nothing" : "")")
        for field in conflict.fields { line(depth + 2, "\(collection.fields[field].name) from the object") }
        for assignment in conflict.forced { line(depth + 2, text(assignment, collection)) }
        if conflict.predicate != .alwaysTrue {
            line(depth + 2, "where " + RowPredicateText(catalog: catalog).text(conflict.predicate))
        }
        for text in conflict.security.describe(in: catalog) { line(depth + 2, text) }
    }

    private func text(_ assignment: Assignment, _ collection: TrackedCollection) -> String {
        "\(collection.fields[assignment.field].name) = \(assignment.value?.description ?? "null")"
    }

    private mutating func update<Stage: PlanStage>(_ title: String, _ update: UpdatePlan<Stage>, _ depth: Int) {
        let collection = catalog[update.collection]
        line(depth, "\(title) \(collection.name)")
        rows(update.predicate, update.limit, update.security, depth + 1)
        for change in update.changes {
            let value = change.value?.description ?? "null"
            line(depth + 1, "\(change.change.rawValue) \(collection.fields[change.field].name) \(value)")
        }
        for related in update.related {
            let name = catalog.relationship(related.link).name
            switch related.change {
            case .update(let update): self.update("via \(name): update", update, depth + 1)
            case .delete(let delete): self.delete("via \(name): delete", delete, depth + 1)
            }
        }
    }

    private mutating func delete<Stage: PlanStage>(_ title: String, _ delete: DeletePlan<Stage>, _ depth: Int) {
        line(depth, "\(title) \(catalog[delete.collection].name)")
        rows(delete.predicate, delete.limit, delete.security, depth + 1)
    }

    private mutating func rows<Stage: PlanStage>(
        _ predicate: RowPredicate<Stage>, _ limit: Parameter?, _ security: some PlanSecurity, _ depth: Int
    ) {
        for text in security.describe(in: catalog) { line(depth, text) }
        if predicate != .alwaysTrue { line(depth, "where " + RowPredicateText(catalog: catalog).text(predicate)) }
        if let limit { line(depth, "limit \(limit.description)") }
    }
}
