// A plan exists twice: as the caller asked for it (`Requested`) and as the rules leave it (`Secured`, in module Rules).
// Both are the same tree; what differs is how a value of a row is named and what guards a read. Only module Rules can
// make a guard, so a read that was not secured cannot be lowered: the compiler says so.
package import Metadata

package protocol PlanStage: Sendable, Hashable {
    /// How the stage names a value of a row.
    associatedtype Value: PlanValue
    /// What stands at every place where rows of a collection are observed.
    associatedtype Security: PlanSecurity
    /// What stands at every place where rows of a collection are written.
    associatedtype WriteSecurity: PlanSecurity
}

package protocol PlanValue: Sendable, Hashable {
    /// The value as `perigee explain` and golden files print it.
    func describe(in catalog: Catalog) -> String
}

package protocol PlanSecurity: Sendable, Hashable {
    /// The lines `PlanPrinter` shows under a read; empty when there is nothing to say.
    func describe(in catalog: Catalog) -> [String]
}

/// The plan as the caller asked for it: nothing is decided about what the caller may see.
package enum Requested: PlanStage {
    package typealias Value = RequestedValue
    package typealias Security = Unsecured
    package typealias WriteSecurity = Unsecured
}

package struct Unsecured: PlanSecurity {
    package init() {}

    package func describe(in catalog: Catalog) -> [String] { [] }
}

/// A value as a caller names it: whatever the caller may see of the field.
package indirect enum RequestedValue: PlanValue {
    case field(FieldReference)
    /// A value of the row an object relationship leads to; null without such a row.
    case related(RelationshipReference, RequestedValue)
    /// What stands at a path of a JSON document; null where nothing does.
    case part(RequestedValue, path: Parameter)
    /// A JSON document as the text it has in its database.
    case text(of: RequestedValue)
    /// An aggregate over the rows an array relationship leads to.
    case aggregate(RelationshipReference, RelatedAggregate<Requested>)
    /// An aggregate over the rows of a group.
    case ofGroup(RelatedAggregate<Requested>)

    package func describe(in catalog: Catalog) -> String {
        switch self {
        case .field(let reference): catalog.field(reference).name
        case .related(let reference, let value):
            "\(catalog.relationship(reference).name).\(value.describe(in: catalog))"
        case .part(let value, let path): "\(value.describe(in: catalog)) at \(path.description)"
        case .text(let value): "text(\(value.describe(in: catalog)))"
        case .ofGroup(let aggregate): aggregate.describe(in: catalog)
        case .aggregate(let reference, let aggregate):
            "\(catalog.relationship(reference).name).\(aggregate.describe(in: catalog))"
        }
    }
}
