// What selection sets select, opened once each for the rule on merging fields: inline fragments resolved, spreads noted,
// response keys and type names as small integers so that they can be compared and counted without hashing texts.

final class MergedSelections {
    /// Plain numbers: fields are copied and grouped by the thousand.
    struct Field {
        /// Of the field's node.
        let index: Int
        /// The response key's number.
        let key: Int
        /// The number of the type it is selected from; -1 when the schema has none.
        let parent: Int
        let parentIsObject: Bool
        /// The number of its type; -1 when the schema has none.
        let type: Int
        /// The field's own selection set, by its index; -1 without.
        let selectionSet: Int
    }

    /// The fields of one selection set in its order, inline fragments included.
    final class Fields {
        /// Of the selection set: identity for comparisons.
        let index: Int
        /// Counted from 0 in the order of first use.
        let number: Int
        fileprivate(set) var all: [Field] = []
        fileprivate(set) var fragments: [FragmentDefinition] = []
        /// The fields by key and the keys in order of first appearance: only for comparing pairs.
        private(set) lazy var byKey: [Int: [Field]] = Dictionary(grouping: all, by: \.key)
        private(set) lazy var keys: [Int] = {
            var seen: Set<Int> = []
            return all.map(\.key).filter { seen.insert($0).inserted }
        }()

        fileprivate init(index: Int, number: Int) {
            self.index = index
            self.number = number
        }
    }

    let context: ValidationContext
    private var bySelectionSet: [Int: Fields] = [:]
    private var byFragment: [Int: Fields] = [:]
    private var typeNumbers: [String: Int] = [:]
    /// Types of fields by their number.
    private var types: [TypeReference] = []
    private var keys: NameNumbers
    private var argumentTexts: [Int: String] = [:]

    init(context: ValidationContext) {
        self.context = context
        keys = NameNumbers(context.document)
    }

    /// `Fields` are numbered from 0 to here.
    var fieldsCount: Int { bySelectionSet.count }

    /// Keys are numbered from 0 to here.
    var keyCount: Int { keys.count }

    /// The fields of a selection set that selects from the named type.
    func fields(of index: Int, on typeName: String?) -> Fields {
        if let known = bySelectionSet[index] { return known }
        let fields = Fields(index: index, number: bySelectionSet.count)
        bySelectionSet[index] = fields
        collect(SelectionSet(document: context.document, index: index), typeName, fields)
        return fields
    }

    func fields(of fragment: FragmentDefinition) -> Fields {
        if let known = byFragment[fragment.index] { return known }
        let fields = fields(of: fragment.selectionSet.index, on: fragment.typeCondition.name)
        byFragment[fragment.index] = fields
        return fields
    }

    private func collect(_ selectionSet: SelectionSet, _ typeName: String?, _ fields: Fields) {
        let named = typeName.flatMap { context.types.named($0) }
        var parentIsObject = false
        if case .object? = named?.type { parentIsObject = true }
        let parent = typeName.map { named == nil ? -1 : number(ofType: $0) } ?? -1
        for selection in selectionSet {
            guard context.spend() else { return }
            switch selection {
            case .field(let node):
                fields.all.append(
                    Field(
                        index: node.index, key: keys.number(node.responseKeyRange), parent: parent,
                        parentIsObject: parentIsObject,
                        type: named.map { number(of: context.types.field(node.nameByteRange, on: $0)) } ?? -1,
                        selectionSet: node.selectionSet?.index ?? -1))
            case .fragmentSpread(let spread):
                guard let fragment = context.fragments[spread.name],
                    !fields.fragments.contains(where: { $0.index == fragment.index })
                else { continue }
                // Looking through the list is charged for: a set of many spreads is searched many times.
                guard context.spend(fields.fragments.count / 8) else { return }
                fields.fragments.append(fragment)
            case .inlineFragment(let fragment):
                collect(fragment.selectionSet, fragment.typeCondition?.name ?? typeName, fields)
            }
        }
    }

    /// The number of a field's type. Meta-fields have none: they are alike on every type.
    private func number(of field: TypeTracker.Field) -> Int {
        if field.typeNumber >= 0 { return field.typeNumber }
        guard let type = field.definition?.type, !field.isMeta else { return -1 }
        types.append(type)
        field.typeNumber = types.count - 1
        return field.typeNumber
    }

    func node(_ field: Field) -> FieldNode { FieldNode(document: context.document, index: field.index) }

    /// The type of a field; `nil` when the schema has none.
    func type(_ field: Field) -> TypeReference? { field.type < 0 ? nil : types[field.type] }

    private func number(ofType name: String) -> Int {
        if let known = typeNumbers[name] { return known }
        typeNumbers[name] = typeNumbers.count
        return typeNumbers.count - 1
    }

    // MARK: Comparing fields

    /// The same field of the schema with the same arguments.
    func areSame(_ left: Field, _ right: Field) -> Bool {
        haveSameName(left, right) && haveSameArguments(left, right)
    }

    func haveSameName(_ left: Field, _ right: Field) -> Bool {
        context.document.areEqual(node(left).nameByteRange, node(right).nameByteRange)
    }

    /// Equal in any order; input objects in any order of their fields.
    func haveSameArguments(_ left: Field, _ right: Field) -> Bool {
        if node(left).arguments.isEmpty, node(right).arguments.isEmpty { return true }
        return argumentText(left) == argumentText(right)
    }

    /// The arguments in one canonical form: equal texts are equal arguments. Written once per field.
    private func argumentText(_ field: Field) -> String {
        if let known = argumentTexts[field.index] { return known }
        let text = node(field).arguments.map { "\($0.name):\(Printer.printSorted($0.value))" }.sorted()
            .joined(separator: ",")
        argumentTexts[field.index] = text
        return text
    }

    /// The same by the numbers of two types.
    func haveConflictingTypes(_ left: Int, _ right: Int) -> Bool { conflict(types[left], types[right]) }

    /// SameResponseShape() of the types alone, without the fields below.
    func conflict(_ left: TypeReference, _ right: TypeReference) -> Bool {
        switch (left, right) {
        case (.list(let left), .list(let right)), (.nonNull(let left), .nonNull(let right)):
            conflict(left, right)
        case (.list, _), (_, .list), (.nonNull, _), (_, .nonNull): true
        case (.named(let left), .named(let right)): left != right && (isLeaf(left) || isLeaf(right))
        }
    }

    private func isLeaf(_ name: String) -> Bool { context.schema.type(named: name)?.isLeaf ?? false }
}
