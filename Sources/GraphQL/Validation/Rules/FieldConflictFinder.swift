// Says which fields conflict and why, pair by pair, in the reference's words and with all its locations. Runs only on
// documents that `FieldMergeCheck` has refused, and within the budget.
// Specification, section 5.3.2 "Field Selection Merging".

struct FieldConflictFinder {
    private typealias Field = MergedSelections.Field
    private typealias Fields = MergedSelections.Fields

    private indirect enum Reason {
        case text(String)
        case subfields([(key: String, reason: Reason)])

        var message: String {
            switch self {
            case .text(let text): text
            case .subfields(let fields):
                fields.map { "subfields \"\($0.key)\" conflict because \($0.reason.message)" }
                    .joined(separator: " and ")
            }
        }
    }

    private struct Conflict {
        let key: String
        let reason: Reason
        let left: [FieldNode]
        let right: [FieldNode]
    }

    /// What was compared already. A pair compared as never meeting has to be compared again when it can meet.
    private struct ComparedPairs {
        private struct Pair: Hashable {
            let left: Int
            let right: Int
        }

        private var exclusive: [Pair: Bool] = [:]

        mutating func insert(_ left: Int, _ right: Int, _ areExclusive: Bool) -> Bool {
            let pair = Pair(left: left, right: right)
            if let known = exclusive[pair], areExclusive || !known { return false }
            exclusive[pair] = areExclusive
            return true
        }
    }

    private let selections: MergedSelections
    private let context: ValidationContext
    private var comparedFragments = ComparedPairs()
    private var comparedFields = ComparedPairs()

    init(_ selections: MergedSelections) {
        self.selections = selections
        context = selections.context
    }

    /// Every selection set of the document, in its order.
    mutating func reportAll() {
        for definition in context.document.definitions {
            if let operation = definition.as(OperationDefinition.self) {
                report(operation.selectionSet, context.schema.rootType(operation.operationKind))
            } else if let fragment = definition.as(FragmentDefinition.self) {
                report(fragment.selectionSet, fragment.typeCondition.name)
            }
        }
    }

    private mutating func report(_ selectionSet: SelectionSet, _ type: String?) {
        guard !context.isStopped else { return }
        for conflict in conflicts(within: selections.fields(of: selectionSet.index, on: type)) {
            let nodes = conflict.left + conflict.right
            context.report(
                "Fields \"\(conflict.key)\" conflict because \(conflict.reason.message). Use different aliases on the fields to fetch both if this was intentional.",
                offsets: nodes.map(\.range.lowerBound), path: nodes.first)
        }
        // Selection sets below, of fields and inline fragments alike.
        let named = type.flatMap { context.schema.type(named: $0) }
        for selection in selectionSet {
            switch selection {
            case .field(let field):
                let below = named.flatMap { context.schema.field(named: field.name, on: $0) }?.type.name
                if let selectionSet = field.selectionSet { report(selectionSet, below) }
            case .inlineFragment(let fragment):
                report(fragment.selectionSet, fragment.typeCondition?.name ?? type)
            case .fragmentSpread: break
            }
        }
    }

    // MARK: Within one selection set

    private mutating func conflicts(within fields: Fields) -> [Conflict] {
        var found: [Conflict] = []
        for key in fields.keys {
            let group = fields.byKey[key] ?? []
            for (position, left) in group.enumerated() where !context.isStopped {
                for right in group.dropFirst(position + 1) { compare(left, right, false, &found) }
            }
        }
        for (position, fragment) in fields.fragments.enumerated() where !context.isStopped {
            compare(fields, with: fragment, false, &found)
            for other in fields.fragments.dropFirst(position + 1) { compare(fragment, other, false, &found) }
        }
        return found
    }

    // MARK: Between

    private mutating func compare(
        _ left: Fields, _ right: Fields, _ areExclusive: Bool, _ found: inout [Conflict]
    ) {
        for key in left.keys {
            guard let others = right.byKey[key] else { continue }
            for first in left.byKey[key] ?? [] {
                for second in others { compare(first, second, areExclusive, &found) }
            }
        }
    }

    private mutating func compare(
        _ fields: Fields, with fragment: FragmentDefinition, _ areExclusive: Bool, _ found: inout [Conflict]
    ) {
        // A work list: fragments can chain deeper than the call stack allows.
        var pending = [fragment]
        while !context.isStopped, let fragment = pending.popLast() {
            let other = selections.fields(of: fragment)
            guard context.spend(3), comparedFields.insert(fields.index, other.index, areExclusive),
                other !== fields
            else { continue }
            compare(fields, other, areExclusive, &found)
            pending.append(contentsOf: other.fragments.reversed())
        }
    }

    private mutating func compare(
        _ left: FragmentDefinition, _ right: FragmentDefinition, _ areExclusive: Bool, _ found: inout [Conflict]
    ) {
        var pending = [(left, right)]
        while !context.isStopped, let (left, right) = pending.popLast() {
            // The pair is the same either way round.
            let (low, high) = (min(left.index, right.index), max(left.index, right.index))
            guard low != high, context.spend(3), comparedFragments.insert(low, high, areExclusive) else { continue }
            let leftFields = selections.fields(of: left)
            let rightFields = selections.fields(of: right)
            compare(leftFields, rightFields, areExclusive, &found)
            pending.append(contentsOf: leftFields.fragments.reversed().map { ($0, right) })
            pending.append(contentsOf: rightFields.fragments.reversed().map { (left, $0) })
        }
    }

    // MARK: Two fields

    private mutating func compare(
        _ left: Field, _ right: Field, _ parentsAreExclusive: Bool, _ found: inout [Conflict]
    ) {
        // More conflicts than errors are reported need not be found.
        guard found.count <= context.limits.errors, context.spend(2) else { return }
        let areExclusive =
            parentsAreExclusive || (left.parentIsObject && right.parentIsObject && left.parent != right.parent)
        func conflict(_ text: String) {
            found.append(
                Conflict(
                    key: selections.node(left).responseKey, reason: .text(text), left: [selections.node(left)],
                    right: [selections.node(right)]))
        }
        if !areExclusive {
            if !selections.haveSameName(left, right) {
                return conflict(
                    "\"\(selections.node(left).name)\" and \"\(selections.node(right).name)\" are different fields")
            }
            if !selections.haveSameArguments(left, right) { return conflict("they have differing arguments") }
        }
        if let first = selections.type(left), let second = selections.type(right), selections.conflict(first, second) {
            return conflict("they return conflicting types \"\(first)\" and \"\(second)\"")
        }
        guard left.selectionSet >= 0, right.selectionSet >= 0 else { return }
        compareBelow(left, right, areExclusive, &found)
    }

    private mutating func compareBelow(
        _ left: Field, _ right: Field, _ areExclusive: Bool, _ found: inout [Conflict]
    ) {
        let leftFields = selections.fields(of: left.selectionSet, on: selections.type(left)?.name)
        let rightFields = selections.fields(of: right.selectionSet, on: selections.type(right)?.name)
        var below: [Conflict] = []
        compare(leftFields, rightFields, areExclusive, &below)
        for fragment in rightFields.fragments { compare(leftFields, with: fragment, areExclusive, &below) }
        for fragment in leftFields.fragments { compare(rightFields, with: fragment, areExclusive, &below) }
        for first in leftFields.fragments where !context.isStopped {
            for second in rightFields.fragments { compare(first, second, areExclusive, &below) }
        }
        // Conflicts far down carry all the nodes on their way: copying them is charged for too.
        guard !below.isEmpty, context.spend(below.reduce(0) { $0 + $1.left.count + $1.right.count }) else { return }
        found.append(
            Conflict(
                key: selections.node(left).responseKey, reason: .subfields(below.map { ($0.key, $0.reason) }),
                left: [selections.node(left)] + below.flatMap(\.left),
                right: [selections.node(right)] + below.flatMap(\.right)))
    }
}
