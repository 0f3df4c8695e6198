// Whether any fields of a document conflict, without comparing pairs. Fields that meet under one key are compared with
// one representative only, because being alike is transitive; the selection sets below them are merged and checked as
// one, each combination of selection sets once. Specification, section 5.3.2 "Field Selection Merging".

struct FieldMergeCheck {
    private typealias Field = MergedSelections.Field

    /// A set of selection sets whose fields meet, with the type each selects from.
    private struct Meeting {
        var selectionSets: [(index: Int, type: String?)]

        var key: [Int] { selectionSets.map(\.index).sorted() }
    }

    private enum Pass {
        /// All that could ever meet: types must have the same shape.
        case shape
        /// What can meet in one object: fields must be the same with the same arguments.
        case identity
    }

    let context: ValidationContext
    private var hasConflict = false
    /// Selection sets a pass has been through, alone or with others.
    private var reached: Set<Int> = []

    init(context: ValidationContext) {
        self.context = context
    }

    mutating func hasConflicts(_ selections: inout MergedSelections) -> Bool {
        check(.shape, &selections)
        if !hasConflict { check(.identity, &selections) }
        return hasConflict
    }

    /// One pass over everything that can be reached, with a work list instead of a recursion.
    private mutating func check(_ pass: Pass, _ selections: inout MergedSelections) {
        var done: Set<[Int]> = []
        reached = []
        for operation in context.document.operations {
            let type = context.schema.rootType(operation.operationKind)
            check(
                pass, from: Meeting(selectionSets: [(operation.selectionSet.index, type)]), &done, &selections)
        }
        // What no operation reaches is checked too.
        for fragment in context.document.fragments where !reached.contains(fragment.selectionSet.index) {
            let start = Meeting(selectionSets: [(fragment.selectionSet.index, fragment.typeCondition.name)])
            check(pass, from: start, &done, &selections)
        }
    }

    private mutating func check(
        _ pass: Pass, from start: Meeting, _ done: inout Set<[Int]>, _ selections: inout MergedSelections
    ) {
        var pending = [start]
        while let meeting = pending.popLast(), !hasConflict {
            guard done.insert(meeting.key).inserted else { continue }
            guard context.spend(meeting.selectionSets.count) else { return }
            for group in gather(meeting, &selections) where !hasConflict {
                switch pass {
                case .shape:
                    if !haveSameShape(group) { hasConflict = true }
                    add(group, to: &pending)
                case .identity:
                    for subset in meetingSubsets(of: group) {
                        if !areSameField(subset) { hasConflict = true }
                        add(subset, to: &pending)
                    }
                }
            }
        }
    }

    /// The fields of all selection sets and of the fragments they reach, by response key.
    private mutating func gather(_ meeting: Meeting, _ selections: inout MergedSelections) -> [[Field]] {
        var order: [String] = []
        var groups: [String: [Field]] = [:]
        var visited: Set<String> = []
        var seen: Set<Int> = []
        var pending = meeting.selectionSets.map { selections.fields(of: $0.index, on: $0.type) }
        while let fields = pending.popLast() {
            guard seen.insert(fields.index).inserted else { continue }
            reached.insert(fields.index)
            for key in fields.keys {
                let found = fields.byKey[key] ?? []
                guard context.spend(found.count) else { return [] }
                if groups[key] == nil { order.append(key) }
                groups[key, default: []].append(contentsOf: found)
            }
            for name in fields.fragmentNames where visited.insert(name).inserted {
                guard context.spend() else { return [] }
                if let fragment = selections.fields(ofFragment: name) { pending.append(fragment) }
            }
        }
        return order.compactMap { groups[$0] }
    }

    private func add(_ group: [Field], to pending: inout [Meeting]) {
        var selectionSets: [(index: Int, type: String?)] = []
        for field in group {
            if let index = field.selectionSet { selectionSets.append((index, field.type?.name)) }
        }
        if !selectionSets.isEmpty { pending.append(Meeting(selectionSets: selectionSets)) }
    }

    // MARK: Shape

    /// The same lists and non-null marks around the same leaf, or around any composite types.
    private func haveSameShape(_ group: [Field]) -> Bool {
        guard group.count > 1 else { return true }
        var first: TypeReference?
        for field in group {
            guard let type = field.type else { continue }
            guard let expected = first else {
                first = type
                continue
            }
            if type != expected, FieldConflictFinder.conflict(type, expected, context.schema) { return false }
        }
        return true
    }

    // MARK: Identity

    /// Fields of two different object types never meet; those of an abstract type meet all others.
    private func meetingSubsets(of group: [Field]) -> [[Field]] {
        guard group.count > 1, group.contains(where: \.parentIsObject) else { return [group] }
        var abstract: [Field] = []
        var order: [String] = []
        var byObject: [String: [Field]] = [:]
        for field in group {
            guard field.parentIsObject, let name = field.parent?.name else {
                abstract.append(field)
                continue
            }
            if byObject[name] == nil { order.append(name) }
            byObject[name, default: []].append(field)
        }
        return order.map { name in
            let own = byObject[name] ?? []
            // Charged for: many object types times many abstract fields is the one product left.
            _ = context.spend(abstract.count)
            return abstract + own
        }
    }

    private func areSameField(_ group: [Field]) -> Bool {
        guard let first = group.first, group.count > 1 else { return true }
        let firstArguments = first.argumentText
        for field in group.dropFirst() {
            let isSame =
                field.node.document.areEqual(field.node.nameByteRange, first.node.nameByteRange)
                && (field.node.arguments.isEmpty ? firstArguments.isEmpty : field.argumentText == firstArguments)
            if !isSame { return false }
        }
        return true
    }
}
