// What the rules decide for one authorization shape about one operation, and which rule it was: for people who ask why
// (`perigee rules explain`, the audit log). It holds no value of a claim or a row.
package import Metadata
internal import Planning

package struct RuleVerdict: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// Every row; of a write, whatever is written.
        case allowed
        /// Some rows; of a write, some results.
        case filtered
        case denied
        /// A rule names claims the caller lacks, and nothing else could be true.
        case refused(missingClaims: [String])

        package var word: String {
            switch self {
            case .allowed: "allowed"
            case .filtered: "filtered"
            case .denied: "denied"
            case .refused: "refused"
            }
        }
    }

    package let outcome: Outcome
    /// Where the rule stands; `nil` where no rule says anything (which denies), and for admins.
    package let rule: RulePlace?
}

/// A rule's file and its JSON pointer in it.
package struct RulePlace: Sendable, Hashable {
    package let file: String
    package let pointer: String
}

extension ShapeView {
    /// - Parameter operation: `aggregate` is decided by the rule for `read` where it has none of its own.
    package func verdict(_ operation: RuleOperation, on collection: CollectionID) -> RuleVerdict {
        RuleVerdict(outcome: outcome(operation, collection), rule: place(of: operation, collection))
    }

    private func place(of operation: RuleOperation, _ collection: CollectionID) -> RulePlace? {
        guard !shape.isAdmin, let places = rules.collections[collection.index]?.places else { return nil }
        let place = places[operation] ?? (operation == .aggregate ? places[.read] : nil)
        return place.map { RulePlace(file: $0.file, pointer: $0.pointer) }
    }

    private func outcome(_ operation: RuleOperation, _ collection: CollectionID) -> RuleVerdict.Outcome {
        switch operation {
        case .read: return outcome(access(to: collection).read)
        case .aggregate: return outcome(access(to: collection).aggregate)
        case .create: return outcome(writing(to: collection).create)
        case .update: return outcome(writing(to: collection).update)
        case .delete: return outcome(writing(to: collection).delete)
        }
    }

    private func outcome(_ rows: CollectionAccess.Rows) -> RuleVerdict.Outcome {
        switch rows {
        case .denied: .denied
        case .refused(let claims): .refused(missingClaims: claims)
        case .admitted(let predicate): predicate == .alwaysTrue ? .allowed : .filtered
        }
    }

    private func outcome(_ decision: WriteDecision) -> RuleVerdict.Outcome {
        switch decision {
        case .denied: .denied
        case .refused(let claims): .refused(missingClaims: claims)
        case .admitted(let branch):
            branch.filter == .alwaysTrue && branch.check == .alwaysTrue ? .allowed : .filtered
        }
    }

    /// What is left of the rules in words, one thing a line: the residue on rows, the check on what is written, what is set,
    /// and what the caller sees of fields.
    package func residue(of operation: RuleOperation, on collection: CollectionID) -> [String] {
        let predicates = RowPredicateText(catalog: catalog)
        switch operation {
        case .read, .aggregate:
            let access = access(to: collection)
            guard case .admitted(let rows) = operation == .read ? access.read : access.aggregate else { return [] }
            return ["rows \(predicates.text(rows))"] + fields(access, catalog[collection])
        case .create, .update, .delete:
            guard let branch = decision(operation, collection).branch else { return [] }
            var lines: [String] = []
            if operation != .create { lines.append("rows \(predicates.text(reach(branch, collection)))") }
            if operation != .delete {
                let check = operation == .update ? branch.checkAfterUpdate : branch.check
                lines.append("check \(predicates.text(check))")
            }
            return lines + changes(operation, branch, catalog[collection])
        }
    }

    /// Nobody changes rows that they cannot read.
    private func reach(_ branch: WriteBranch, _ collection: CollectionID) -> SecuredPredicate {
        guard case .admitted(let readable) = access(to: collection).read else { return .alwaysFalse }
        return .conjunction([branch.filter, readable])
    }

    private func decision(_ operation: RuleOperation, _ collection: CollectionID) -> WriteDecision {
        let writes = writing(to: collection)
        switch operation {
        case .create: return writes.create
        case .update: return writes.update
        case .delete: return writes.delete
        case .read, .aggregate: return .denied
        }
    }

    private func fields(_ access: CollectionAccess, _ collection: TrackedCollection) -> [String] {
        var lines: [String] = []
        for (field, seen) in zip(collection.fields, access.fields) {
            switch seen.visibility {
            case .hidden: lines.append("field \(field.name) hidden")
            case .clear: lines.append("field \(field.name) shown")
            case .altered, .sealed: lines.append("field \(field.name) shown as \(seen.value.describe(in: catalog))")
            }
        }
        let predicates = RowPredicateText(catalog: catalog)
        for (relationship, guardian) in zip(collection.relationships, access.guards) {
            let isOpen = guardian != nil && !self.access(to: relationship.target).read.isDenied
            guard isOpen, let guardian else {
                lines.append("relationship \(relationship.name) hidden")
                continue
            }
            lines.append(
                "relationship \(relationship.name) "
                    + (guardian == .alwaysTrue ? "followed" : "followed where \(predicates.text(guardian))"))
        }
        return lines
    }

    private func changes(
        _ operation: RuleOperation, _ branch: WriteBranch, _ collection: TrackedCollection
    ) -> [String] {
        guard operation != .delete else { return [] }
        let seen = writing(to: collection.id).visibility
        let given = operation == .create ? seen.insertFields : seen.updateFields
        let forced = Set(branch.forces.map(\.field))
        return collection.fields.indices.map { index in
            let name = collection.fields[index].name
            let form = form(of: collection.reference(index), operation)
            if forced.contains(index) { return "field \(name) set by a rule\(form)" }
            if branch.removed.contains(index) { return "field \(name) left out" }
            return "field \(name) \(given.contains(index) ? "taken\(form)" : "refused")"
        }
    }

    /// In which form what is written is stored, where rules say one.
    private func form(of field: FieldReference, _ operation: RuleOperation) -> String {
        guard rules.storedForms[field] != nil else { return "" }
        // It throws only in the view of a request, which has verdicts.
        return switch try? storedForm(of: field, in: [operation]) {
        case .encrypted: ", stored encrypted"
        case .hashed: ", stored hashed"
        case .clear, nil: ", stored as it is"
        }
    }
}
