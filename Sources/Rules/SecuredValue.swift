// A value of a row as one caller may see it, and what guards a read: the two things that make a plan a secured one.
package import Metadata
package import Planning

/// The plan after the rules: every value is what the caller may see, every read carries its row filter.
package enum Secured: PlanStage {
    package typealias Value = SecuredValue
    package typealias Security = RowSecurity
    package typealias WriteSecurity = WriteGuard
}

package typealias SecuredRead = ReadPlan<Secured>
package typealias SecuredPredicate = RowPredicate<Secured>

package indirect enum SecuredValue: PlanValue {
    /// The stored value: of a field decided to be readable in clear, or inside a rule.
    case stored(FieldReference)
    /// The first choice whose predicate is true for the row, else `otherwise`. (SQL: CASE.)
    case choice([Choice], otherwise: SecuredValue)
    /// Of the field's type: databases look for an operator or an aggregate by it.
    case null(ScalarKind)
    case constant(Parameter)
    /// `****` and the last four code points.
    case lastFour(SecuredValue)
    /// HMAC-SHA-256 with the column's key, computed in the database.
    case keyedHash(SecuredValue, key: Parameter)
    /// A value of the row an object relationship leads to, if `security` admits that row; null otherwise.
    case related(RelationshipReference, RowSecurity, SecuredValue)
    /// Inside `exists`: a value of the row that it is asked of.
    case outer(SecuredValue)
    /// In the check of an update: the value that the row had before the write.
    case before(SecuredValue)
    /// What stands at a path of a JSON document; null where nothing does.
    case part(SecuredValue, path: Parameter)
    /// A JSON document as the text it has in its database.
    case text(of: SecuredValue)
    /// An aggregate over the rows an array relationship leads to, as far as its `security` admits them.
    case aggregate(RelationshipReference, RelatedAggregate<Secured>)
    /// An aggregate over the rows of a group, all of which the read's own `security` has admitted.
    case ofGroup(RelatedAggregate<Secured>)

    package struct Choice: Sendable, Hashable {
        package let condition: SecuredPredicate
        package let value: SecuredValue

        package init(condition: SecuredPredicate, value: SecuredValue) {
            self.condition = condition
            self.value = value
        }
    }

    package func describe(in catalog: Catalog) -> String {
        let predicates = RowPredicateText(catalog: catalog)
        switch self {
        case .stored(let reference): return catalog.field(reference).name
        case .null: return "null"
        case .constant(let parameter): return parameter.description
        case .lastFour(let value): return "last4(\(value.describe(in: catalog)))"
        case .keyedHash(let value, _): return "hash(\(value.describe(in: catalog)))"
        case .related(let reference, let security, let value):
            let conditions = security.describe(in: catalog).map { "[\($0)]" }.joined()
            return "\(catalog.relationship(reference).name)\(conditions).\(value.describe(in: catalog))"
        case .outer(let value): return "outer.\(value.describe(in: catalog))"
        case .before(let value): return "before.\(value.describe(in: catalog))"
        case .part(let value, let path): return "\(value.describe(in: catalog)) at \(path.description)"
        case .text(let value): return "text(\(value.describe(in: catalog)))"
        case .ofGroup(let aggregate): return aggregate.describe(in: catalog)
        case .aggregate(let reference, let aggregate):
            return "\(catalog.relationship(reference).name).\(aggregate.describe(in: catalog))"
        case .choice(let choices, let otherwise):
            let arms = choices.map { "\(predicates.text($0.condition)): \($0.value.describe(in: catalog))" }
            return "choose(\((arms + ["else: \(otherwise.describe(in: catalog))"]).joined(separator: ", ")))"
        }
    }
}

/// What stands at every place where rows of a collection are observed. Only this module makes one.
package struct RowSecurity: PlanSecurity {
    /// The row rule's residue; only rows for which it is true exist for the caller.
    package let filter: SecuredPredicate
    /// The residue of the relationship's own rule, on the row the relationship starts from.
    package let parentGuard: SecuredPredicate
    /// A list has at most so many rows: it is cut, while more than the server's own limit is an error.
    package let rowCap: Int64?

    init(filter: SecuredPredicate, parentGuard: SecuredPredicate = .alwaysTrue, rowCap: Int64? = nil) {
        self.filter = filter
        self.parentGuard = parentGuard
        self.rowCap = rowCap
    }

    /// The inside of a rule sees all rows and reveals only its decision.
    static let insideRule = RowSecurity(filter: .alwaysTrue)

    package func describe(in catalog: Catalog) -> [String] {
        let predicates = RowPredicateText(catalog: catalog)
        var lines: [String] = []
        if filter != .alwaysTrue { lines.append("rule \(predicates.text(filter))") }
        if parentGuard != .alwaysTrue { lines.append("guard \(predicates.text(parentGuard))") }
        if let rowCap { lines.append("rows \(rowCap)") }
        return lines
    }
}
