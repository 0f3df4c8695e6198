// The writes of an operation, planned, secured and lowered: what the plan cache keeps of a mutation. Its early checks are
// evaluated here, once the request's values are bound and before anything reaches the database.
internal import Base
package import Connectors
package import Metadata
internal import Planning
internal import Rules

package final class PreparedMutation: Sendable {
    package let source: SourceID
    package let lowered: any LoweredMutation
    /// What it may change.
    let region: WrittenRegion
    let values: [PreparedValue]
    /// Where encrypted columns stand in the answers of its writes.
    let sealed: [SealedPlaces?]
    private let numbers: [Parameter: Int]
    private let catalog: Catalog

    init(
        source: SourceID, lowered: any LoweredMutation, region: WrittenRegion, catalog: Catalog,
        sealed: [SealedPlaces?] = []
    ) {
        self.region = region
        self.sealed = sealed
        self.source = source
        self.lowered = lowered
        self.catalog = catalog
        values = lowered.parameters.map { PreparedValue($0) }
        numbers = Dictionary(
            lowered.parameters.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// By early check: whether the values decide that it cannot be true.
    func refused(_ values: [BoundValue], bind: @escaping (Parameter) -> BoundValue?) -> [Bool] {
        lowered.earlyChecks.map { check in
            let evaluator = RowPredicateEvaluator<Secured>(
                value: { secured in
                    guard case .stored(let reference) = secured, reference.collection == check.collection,
                        let sent = check.values[reference.index]
                    else { return nil }
                    let field = self.catalog.field(reference)
                    // Such a column may store the text as a number, and then shows another text.
                    guard !field.isUntyped else { return nil }
                    let kind = field.type
                    let typing = self.catalog[self.catalog[reference.collection].source].capabilities.typing
                    guard let parameter = sent else { return TypedValue(.null, kind, typing) }
                    return self.numbers[parameter].flatMap { Self.stored(values[$0], kind, typing) }
                },
                parameter: { parameter in
                    self.numbers[parameter].map { values[$0] } ?? bind(parameter)
                })
            return !evaluator.couldBeTrue(check.predicate)
        }
    }

    /// The value as the column will hold it; `nil` where only the database knows: a column may round such numbers.
    private static func stored(_ value: BoundValue, _ kind: ScalarKind, _ typing: StorageTyping) -> TypedValue? {
        switch value {
        case .real where kind == .numeric && typing == .byColumn, .decimal: nil
        case .null, .integer, .real, .text, .bytes, .list: TypedValue(value, kind, typing)
        }
    }
}
