// Whether any fields of a document conflict, without comparing pairs. Fields that meet under one key are compared with
// one representative only, because being alike is transitive; the selection sets below them are merged and checked as
// one, each combination of selection sets once. Specification, section 5.3.2 "Field Selection Merging".

struct FieldMergeCheck {
    private typealias Field = MergedSelections.Field

    /// A set of selection sets whose fields meet, with the type each selects from.
    private struct Meeting {
        var selectionSets: [(index: Int, type: String?)]
        /// Whether the fields can meet in one object. If not, only their types must have the same shape.
        let isOneObject: Bool

        var key: [Int] { [isOneObject ? 1 : 0] + selectionSets.map(\.index).sorted() }
    }

    private let selections: MergedSelections
    private let context: ValidationContext
    private var hasConflict = false
    private var pending: [Meeting] = []
    private var done: Set<[Int]> = []
    /// The same for meetings of one selection set, by far the most.
    private var doneAlone: [Set<Int>] = [[], []]

    // Scratch of `gather` and `check`. By number of `Fields`: the meeting that went through it last, 0 when none did.
    private var gatheredIn: [Int] = []
    // By key: the meeting in which it was seen last, how often, and where its group is.
    private var seenIn: [Int] = []
    private var counts: [Int] = []
    private var groupOf: [Int] = []
    private var round = 0

    init(_ selections: MergedSelections) {
        self.selections = selections
        context = selections.context
    }

    mutating func hasConflicts() -> Bool {
        for operation in context.document.operations {
            let type = context.schema.rootType(operation.operationKind)
            checkAll(from: operation.selectionSet, type)
        }
        // What no operation reaches is checked too.
        for fragment in context.document.fragments where !isReached(fragment) {
            checkAll(from: fragment.selectionSet, fragment.typeCondition.name)
        }
        return hasConflict
    }

    /// Everything below a selection set, with a work list instead of a recursion.
    private mutating func checkAll(from selectionSet: SelectionSet, _ type: String?) {
        pending.append(Meeting(selectionSets: [(selectionSet.index, type)], isOneObject: true))
        while !hasConflict, !context.isStopped, let meeting = pending.popLast() {
            if isNew(meeting) { check(meeting) }
        }
    }

    private mutating func isNew(_ meeting: Meeting) -> Bool {
        guard context.spend(meeting.selectionSets.count) else { return false }
        guard meeting.selectionSets.count == 1 else { return done.insert(meeting.key).inserted }
        return doneAlone[meeting.isOneObject ? 1 : 0].insert(meeting.selectionSets[0].index).inserted
    }

    private func isReached(_ fragment: FragmentDefinition) -> Bool {
        let number = selections.fields(of: fragment).number
        return number < gatheredIn.count && gatheredIn[number] > 0
    }

    private mutating func check(_ meeting: Meeting) {
        round += 1
        let all = gather(meeting)
        guard !context.isStopped else { return }
        if seenIn.count < selections.keyCount {
            let missing = selections.keyCount - seenIn.count
            seenIn += Array(repeating: 0, count: missing)
            counts += Array(repeating: 0, count: missing)
            groupOf += Array(repeating: 0, count: missing)
        }
        var repeatedKeys = 0
        for field in all {
            if seenIn[field.key] == round {
                if counts[field.key] == 1 {
                    groupOf[field.key] = repeatedKeys
                    repeatedKeys += 1
                }
                counts[field.key] += 1
            } else {
                seenIn[field.key] = round
                counts[field.key] = 1
            }
        }
        var groups: [[Field]] = Array(repeating: [], count: repeatedKeys)
        for field in all {
            if counts[field.key] > 1 {
                groups[groupOf[field.key]].append(field)
            } else if field.selectionSet >= 0 {
                pending.append(
                    Meeting(
                        selectionSets: [(field.selectionSet, selections.type(field)?.name)],
                        isOneObject: meeting.isOneObject))
            }
        }
        for group in groups where !hasConflict { check(group, meeting.isOneObject) }
    }

    /// The fields of all selection sets of a meeting and of the fragments they reach.
    private mutating func gather(_ meeting: Meeting) -> [Field] {
        let first = selections.fields(of: meeting.selectionSets[0].index, on: meeting.selectionSets[0].type)
        if meeting.selectionSets.count == 1, first.fragments.isEmpty {
            _ = context.spend(first.all.count)
            _ = isFirstInRound(first)
            return first.all
        }
        var all: [Field] = []
        var pending = meeting.selectionSets.map { selections.fields(of: $0.index, on: $0.type) }
        while let fields = pending.popLast() {
            guard isFirstInRound(fields) else { continue }
            guard context.spend(1 + fields.all.count + fields.fragments.count) else { return [] }
            all += fields.all
            for fragment in fields.fragments { pending.append(selections.fields(of: fragment)) }
        }
        return all
    }

    private mutating func isFirstInRound(_ fields: MergedSelections.Fields) -> Bool {
        if gatheredIn.count < selections.fieldsCount {
            gatheredIn += Array(repeating: 0, count: selections.fieldsCount - gatheredIn.count)
        }
        if gatheredIn[fields.number] == round { return false }
        gatheredIn[fields.number] = round
        return true
    }

    // MARK: One key

    private mutating func check(_ group: [Field], _ isOneObject: Bool) {
        if !haveSameShape(group) {
            hasConflict = true
            return
        }
        guard isOneObject else { return add(group, isOneObject: false) }
        let subsets = meetingSubsets(of: group)
        for subset in subsets {
            if !subset.dropFirst().allSatisfy({ selections.areSame($0, subset[0]) }) {
                hasConflict = true
                return
            }
            add(subset, isOneObject: true)
        }
        // Fields of different objects never meet, but what is below them must have the same shape.
        if subsets.count > 1 { add(group, isOneObject: false) }
    }

    private mutating func add(_ group: [Field], isOneObject: Bool) {
        var selectionSets: [(index: Int, type: String?)] = []
        for field in group where field.selectionSet >= 0 {
            selectionSets.append((field.selectionSet, selections.type(field)?.name))
        }
        if !selectionSets.isEmpty {
            pending.append(Meeting(selectionSets: selectionSets, isOneObject: isOneObject))
        }
    }

    /// The same lists and non-null marks around the same leaf, or around any composite types.
    private func haveSameShape(_ group: [Field]) -> Bool {
        var first = -1
        for field in group where field.type >= 0 && field.type != first {
            if first < 0 {
                first = field.type
            } else if selections.haveConflictingTypes(first, field.type) {
                return false
            }
        }
        return true
    }

    /// Fields of two different object types never meet; those of an abstract type meet all others.
    private func meetingSubsets(of group: [Field]) -> [[Field]] {
        let firstParent = group[0].parent
        if group.allSatisfy({ $0.parent == firstParent }) { return [group] }
        let abstract = group.filter { !$0.parentIsObject }
        let byObject = Dictionary(grouping: group.filter(\.parentIsObject), by: \.parent)
        if byObject.count < 2 { return [group] }
        return byObject.values.map { own in
            // Charged for: many object types times many abstract fields is the one product left.
            _ = context.spend(abstract.count)
            return abstract + own
        }
    }
}
