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
    private struct ComparedPairs<Left: Hashable, Right: Hashable> {
        private struct Pair: Hashable {
            let left: Left
            let right: Right
        }

        private var exclusive: [Pair: Bool] = [:]

        mutating func insert(_ left: Left, _ right: Right, _ areExclusive: Bool) -> Bool {
            let pair = Pair(left: left, right: right)
            if let known = exclusive[pair], areExclusive || !known { return false }
            exclusive[pair] = areExclusive
            return true
        }
    }

    private let context: ValidationContext
    private var comparedFragments = ComparedPairs<String, String>()
    private var comparedFields = ComparedPairs<Int, String>()
    private var depth = 0

    init(context: ValidationContext) {
        self.context = context
    }

    /// Every selection set of the document, in its order.
    mutating func reportAll(_ selections: inout MergedSelections) {
        for definition in context.document.definitions {
            if let operation = definition.as(OperationDefinition.self) {
                let type = context.schema.rootType(operation.operationKind)
                report(operation.selectionSet, type, &selections)
            } else if let fragment = definition.as(FragmentDefinition.self) {
                report(fragment.selectionSet, fragment.typeCondition.name, &selections)
            }
        }
    }

    private mutating func report(
        _ selectionSet: SelectionSet, _ type: String?, _ selections: inout MergedSelections
    ) {
        guard !context.isStopped else { return }
        for conflict in conflicts(within: selections.fields(of: selectionSet.index, on: type), &selections) {
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
                if let selectionSet = field.selectionSet { report(selectionSet, below, &selections) }
            case .inlineFragment(let fragment):
                report(fragment.selectionSet, fragment.typeCondition?.name ?? type, &selections)
            case .fragmentSpread: break
            }
        }
    }

    // MARK: Within one selection set

    private mutating func conflicts(within fields: Fields, _ selections: inout MergedSelections) -> [Conflict] {
        var found: [Conflict] = []
        for key in fields.keys {
            let group = fields.byKey[key] ?? []
            for (position, left) in group.enumerated() {
                for right in group.dropFirst(position + 1) {
                    if let conflict = conflict(key, left, right, false, &selections) { found.append(conflict) }
                }
            }
        }
        let names = fields.fragmentNames
        for (position, name) in names.enumerated() {
            compare(fields, withFragment: name, false, &found, &selections)
            for other in names.dropFirst(position + 1) { compare(name, other, false, &found, &selections) }
        }
        return found
    }

    // MARK: Between

    private mutating func compare(
        _ left: Fields, _ right: Fields, _ areExclusive: Bool, _ found: inout [Conflict],
        _ selections: inout MergedSelections
    ) {
        for key in left.keys {
            guard let others = right.byKey[key] else { continue }
            for first in left.byKey[key] ?? [] {
                for second in others {
                    if let conflict = conflict(key, first, second, areExclusive, &selections) {
                        found.append(conflict)
                    }
                }
            }
        }
    }

    private mutating func compare(
        _ fields: Fields, withFragment name: String, _ areExclusive: Bool, _ found: inout [Conflict],
        _ selections: inout MergedSelections
    ) {
        // A work list: fragments can chain deeper than the call stack allows.
        var pending = [name]
        while let name = pending.popLast() {
            guard context.spend(), comparedFields.insert(fields.index, name, areExclusive),
                let fragment = selections.fields(ofFragment: name), fragment !== fields
            else { continue }
            compare(fields, fragment, areExclusive, &found, &selections)
            pending.append(contentsOf: fragment.fragmentNames.reversed())
        }
    }

    private mutating func compare(
        _ left: String, _ right: String, _ areExclusive: Bool, _ found: inout [Conflict],
        _ selections: inout MergedSelections
    ) {
        var pending = [(left, right)]
        while let (left, right) = pending.popLast() {
            // The pair is the same either way round.
            let (first, second) = left < right ? (left, right) : (right, left)
            guard left != right, context.spend(), comparedFragments.insert(first, second, areExclusive),
                let leftFields = selections.fields(ofFragment: left),
                let rightFields = selections.fields(ofFragment: right)
            else { continue }
            compare(leftFields, rightFields, areExclusive, &found, &selections)
            pending.append(contentsOf: leftFields.fragmentNames.reversed().map { ($0, right) })
            pending.append(contentsOf: rightFields.fragmentNames.reversed().map { (left, $0) })
        }
    }

    // MARK: Two fields

    private mutating func conflict(
        _ key: String, _ left: Field, _ right: Field, _ parentsAreExclusive: Bool,
        _ selections: inout MergedSelections
    ) -> Conflict? {
        guard context.spend() else { return nil }
        let areExclusive =
            parentsAreExclusive
            || (left.parentIsObject && right.parentIsObject && left.parent?.name != right.parent?.name)
        func conflict(_ text: String) -> Conflict {
            Conflict(key: key, reason: .text(text), left: [left.node], right: [right.node])
        }
        if !areExclusive {
            if !left.node.document.areEqual(left.node.nameByteRange, right.node.nameByteRange) {
                return conflict("\"\(left.node.name)\" and \"\(right.node.name)\" are different fields")
            }
            if !left.hasSameArguments(as: right) { return conflict("they have differing arguments") }
        }
        if let first = left.type, let second = right.type,
            FieldConflictFinder.conflict(first, second, context.schema)
        {
            return conflict("they return conflicting types \"\(first)\" and \"\(second)\"")
        }
        guard let first = left.selectionSet, let second = right.selectionSet else { return nil }
        let leftFields = selections.fields(of: first, on: left.type?.name)
        let rightFields = selections.fields(of: second, on: right.type?.name)
        return below(key, left, right, leftFields, rightFields, areExclusive, &selections)
    }

    private mutating func below(
        _ key: String, _ left: Field, _ right: Field, _ leftFields: Fields, _ rightFields: Fields,
        _ areExclusive: Bool, _ selections: inout MergedSelections
    ) -> Conflict? {
        var found: [Conflict] = []
        compare(leftFields, rightFields, areExclusive, &found, &selections)
        for name in rightFields.fragmentNames {
            compare(leftFields, withFragment: name, areExclusive, &found, &selections)
        }
        for name in leftFields.fragmentNames {
            compare(rightFields, withFragment: name, areExclusive, &found, &selections)
        }
        for first in leftFields.fragmentNames {
            for second in rightFields.fragmentNames { compare(first, second, areExclusive, &found, &selections) }
        }
        guard !found.isEmpty else { return nil }
        return Conflict(
            key: key, reason: .subfields(found.map { ($0.key, $0.reason) }),
            left: [left.node] + found.flatMap(\.left), right: [right.node] + found.flatMap(\.right))
    }

    /// SameResponseShape(), without the fields below.
    static func conflict(_ left: TypeReference, _ right: TypeReference, _ schema: Schema) -> Bool {
        switch (left, right) {
        case (.list(let left), .list(let right)), (.nonNull(let left), .nonNull(let right)):
            conflict(left, right, schema)
        case (.list, _), (_, .list), (.nonNull, _), (_, .nonNull): true
        case (.named(let left), .named(let right)):
            left != right
                && (schema.type(named: left)?.isLeaf ?? false || schema.type(named: right)?.isLeaf ?? false)
        }
    }
}
