// The residue of a rule in memory (rules of the API, sections 1.4 and 1.5): the very tree that statements carry, over a row
// that a change feed brings, with the database's own comparison. What the row does not carry, and what memory cannot repeat
// exactly, is undecided: it may wake somebody in vain, and never hides a change nor shows a row.
package import Metadata
package import Planning

/// A row as far as its values are known.
package struct RowValues: Sendable, Hashable {
    package let collection: CollectionID
    /// By field, as stored; a field that is not among them is not carried.
    package let values: [Int: BoundValue]

    package init(collection: CollectionID, values: [Int: BoundValue]) {
        self.collection = collection
        self.values = values
    }
}

/// The rows a residue may look at beside its own; `nil` where not all of them are known.
package struct RowSurroundings: Sendable {
    package let related: @Sendable (RelationshipReference, RowValues) -> [RowValues]?
    package let all: @Sendable (CollectionID) -> [RowValues]?

    package init(
        related: @escaping @Sendable (RelationshipReference, RowValues) -> [RowValues]?,
        all: @escaping @Sendable (CollectionID) -> [RowValues]?
    ) {
        self.related = related
        self.all = all
    }

    package static let unknown = RowSurroundings(related: { _, _ in nil }, all: { _ in nil })
}

package struct ResidueEvaluator {
    private let catalog: Catalog
    private let surroundings: RowSurroundings
    private let parameter: (Parameter) -> BoundValue?

    /// - Parameter parameter: the value that a statement would be executed with; `nil` where it is not known.
    package init(
        catalog: Catalog, surroundings: RowSurroundings = .unknown,
        parameter: @escaping (Parameter) -> BoundValue?
    ) {
        self.catalog = catalog
        self.surroundings = surroundings
        self.parameter = parameter
    }

    /// Whether the residue is true of the row; `nil` where only the database can tell.
    package func admits(_ row: RowValues, _ residue: SecuredPredicate) -> Bool? {
        let evaluator = evaluator(row, [])
        if let truth = evaluator.truth(residue) { return truth == .isTrue }
        return evaluator.couldBeTrue(residue) ? nil : false
    }

    /// The residue's truth for the row, null being `unknown`; `nil` where only the database can tell.
    package func truth(_ residue: SecuredPredicate, of row: RowValues) -> Truth? {
        evaluator(row, []).truth(residue)
    }

    /// - Parameter outer: the rows around it, innermost last, that `exists` asks about.
    private func evaluator(_ row: RowValues, _ outer: [RowValues]) -> RowPredicateEvaluator<Secured> {
        RowPredicateEvaluator(
            value: { value($0, row, outer) }, parameter: parameter, existence: { existence($0, row, outer) })
    }

    // MARK: Other rows

    private func existence(_ predicate: SecuredPredicate, _ row: RowValues, _ outer: [RowValues]) -> Bool? {
        switch predicate {
        case .related(let link, let security, let inner):
            guard let isOpen = evaluator(row, outer).truth(security.parentGuard) else { return nil }
            guard isOpen == .isTrue else { return false }
            return surroundings.related(link, row).flatMap { some($0, .all([security.filter, inner]), outer) }
        case .exists(let collection, let inner):
            return surroundings.all(collection).flatMap { some($0, inner, outer + [row]) }
        case .constant, .all, .any, .not, .comparison, .isNull, .isTrue, .when: return nil
        }
    }

    private func some(_ rows: [RowValues], _ condition: SecuredPredicate, _ outer: [RowValues]) -> Bool? {
        var isDecided = true
        for row in rows {
            switch evaluator(row, outer).truth(condition) {
            case .isTrue?: return true
            case .isFalse?, .unknown?: break
            case nil: isDecided = false
            }
        }
        return isDecided ? false : nil
    }

    // MARK: Values

    private func value(_ value: SecuredValue, _ row: RowValues, _ outer: [RowValues]) -> TypedValue? {
        switch value {
        case .stored(let field):
            guard field.collection == row.collection, let stored = row.values[field.index] else { return nil }
            let definition = catalog.field(field)
            // Such a column shows a number as the text of it, and bytes as base64.
            if definition.isUntyped, stored != .null {
                guard case .text = stored else { return nil }
            }
            return TypedValue(stored, definition.type, typing(of: row.collection))
        case .null(let kind): return TypedValue(.null, kind, typing(of: row.collection))
        case .outer(let inner):
            return outer.last.flatMap { self.value(inner, $0, outer.dropLast()) }
        case .related(let link, let security, let inner): return related(link, security, inner, row, outer)
        case .choice(let choices, let otherwise):
            for choice in choices {
                guard let truth = evaluator(row, outer).truth(choice.condition) else { return nil }
                if truth == .isTrue { return self.value(choice.value, row, outer) }
            }
            return self.value(otherwise, row, outer)
        // Bound where the comparison is made, or computed by the database.
        case .constant, .lastFour, .keyedHash, .part, .text, .aggregate, .ofGroup, .before: return nil
        }
    }

    private func related(
        _ link: RelationshipReference, _ security: RowSecurity, _ inner: SecuredValue, _ row: RowValues,
        _ outer: [RowValues]
    ) -> TypedValue? {
        let null = TypedValue(.null, .string, typing(of: row.collection))
        guard let isOpen = evaluator(row, outer).truth(security.parentGuard) else { return nil }
        guard isOpen == .isTrue else { return null }
        guard let rows = surroundings.related(link, row) else { return nil }
        var admitted: [RowValues] = []
        for candidate in rows {
            guard let truth = evaluator(candidate, outer).truth(security.filter) else { return nil }
            if truth == .isTrue { admitted.append(candidate) }
        }
        guard let first = admitted.first else { return null }
        // Which of several the database takes it does not say.
        return admitted.count == 1 ? value(inner, first, outer) : nil
    }

    private func typing(of collection: CollectionID) -> StorageTyping {
        catalog[catalog[collection].source].capabilities.typing
    }
}
