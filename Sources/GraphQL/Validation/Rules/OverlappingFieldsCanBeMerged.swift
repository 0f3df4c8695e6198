// Fields that answer under one key are one field. Specification, section 5.3.2 "Field Selection Merging".
//
// Two passes: `FieldMergeCheck` says in near-linear time whether anything conflicts at all, which is never so for an
// honest document; only then `FieldConflictFinder` compares pairs, to say what conflicts in the reference's words.

struct OverlappingFieldsCanBeMerged: ValidationRule {
    mutating func leaveDocument(_ context: ValidationContext) {
        var selections = MergedSelections(context: context)
        var check = FieldMergeCheck(context: context)
        let conflicts = check.hasConflicts(&selections)
        guard conflicts, !context.isStopped else { return }
        var finder = FieldConflictFinder(context: context)
        finder.reportAll(&selections)
    }
}

/// The fields of each selection set, inline fragments opened and spreads noted; made once per selection set.
struct MergedSelections {
    struct Field {
        let node: FieldNode
        let parent: NamedType?
        let type: TypeReference?
        /// The field's own selection set, by its index.
        let selectionSet: Int?
    }

    /// Fields by response key, in order of first appearance.
    final class Fields {
        fileprivate(set) var keys: [String] = []
        fileprivate(set) var byKey: [String: [Field]] = [:]
        fileprivate(set) var fragmentNames: [String] = []
        /// Of the selection set: identity for comparisons.
        let index: Int

        init(index: Int) {
            self.index = index
        }
    }

    let context: ValidationContext
    private var bySelectionSet: [Int: Fields] = [:]

    init(context: ValidationContext) {
        self.context = context
    }

    /// The fields of a selection set that selects from the named type.
    mutating func fields(of index: Int, on typeName: String?) -> Fields {
        if let known = bySelectionSet[index] { return known }
        let fields = Fields(index: index)
        bySelectionSet[index] = fields
        let type = typeName.flatMap { context.schema.type(named: $0) }
        collect(SelectionSet(document: context.document, index: index), type, fields)
        return fields
    }

    /// The fields of a fragment; `nil` if the document has none of that name.
    mutating func fields(ofFragment name: String) -> Fields? {
        guard let fragment = context.fragments[name] else { return nil }
        return fields(of: fragment.selectionSet.index, on: fragment.typeCondition.name)
    }

    private func collect(_ selectionSet: SelectionSet, _ type: NamedType?, _ fields: Fields) {
        for selection in selectionSet {
            guard context.spend() else { return }
            switch selection {
            case .field(let node):
                let key = node.responseKey
                let definition = type?.fields?[node.name]
                let field = Field(
                    node: node, parent: type, type: definition?.type, selectionSet: node.selectionSet?.index)
                if fields.byKey[key] == nil { fields.keys.append(key) }
                fields.byKey[key, default: []].append(field)
            case .fragmentSpread(let spread):
                let name = spread.name
                if !fields.fragmentNames.contains(name) { fields.fragmentNames.append(name) }
            case .inlineFragment(let fragment):
                let inner = fragment.typeCondition.map { context.schema.type(named: $0.name) } ?? type
                collect(fragment.selectionSet, inner, fields)
            }
        }
    }
}

extension MergedSelections.Field {
    var parentIsObject: Bool {
        if case .object? = parent { return true }
        return false
    }

    /// The same field of the schema with the same arguments.
    func isSameField(as other: MergedSelections.Field) -> Bool {
        node.document.areEqual(node.nameByteRange, other.node.nameByteRange) && hasSameArguments(as: other)
    }

    /// Equal in any order; input objects in any order of their fields.
    func hasSameArguments(as other: MergedSelections.Field) -> Bool {
        if node.arguments.isEmpty, other.node.arguments.isEmpty { return true }
        return argumentText == other.argumentText
    }

    /// The arguments in one canonical form: equal texts are equal arguments.
    var argumentText: String {
        node.arguments.map { "\($0.name):\(Printer.printSorted($0.value))" }.sorted().joined(separator: ",")
    }
}
