// The dialect's way to say where in a document something is: `$.selectionSet.articles.args.where.id._eq`. Computed only
// when an error needs it; one resolver serves all errors of a document.

package struct DialectPath {
    private let document: Document
    /// Where each definition begins and, per fragment name, the spread that leads there first. Made at the first use.
    private var definitions: [Int] = []
    private var ways: [String: Int]?

    /// Fragments a path may lead through before it says no more than `$`: documents can chain thousands.
    private static let maximumFragments = 32

    /// Values that stand for a list of one: their place is its first.
    private var loneItems: Set<Int> = []

    /// Siblings passed on all the ways so far: what the paths cost.
    private(set) var siblingsPassed = 0

    package init(_ document: Document) {
        self.document = document
    }

    /// A value that the schema takes for a list of one.
    mutating func note(loneItem node: some NodeView) {
        loneItems.insert(node.index)
    }

    package static func path(to node: some NodeView) -> String {
        var resolver = DialectPath(node.document)
        return resolver.path(to: node)
    }

    /// The path of a node. Inside a fragment it goes through the first spread that reaches the fragment from an
    /// operation, the fragment's name being a segment; `$` when none does.
    package mutating func path(to node: some NodeView) -> String {
        var parts: [String] = []
        var index = node.index
        for _ in 0...DialectPath.maximumFragments {
            guard let definition = definitionContaining(index) else { return "$" }
            var segments = ""
            var current = definition
            while current != index, let child = childContaining(index, of: current) {
                segments += segment(child, parent: current)
                current = child
            }
            parts.append(segments)
            guard document[definition].kind == .fragmentDefinition else {
                return "$" + parts.reversed().joined()
            }
            guard let way = spread(leadingTo: AnyNode(document: document, index: definition).nameText) else {
                return "$"
            }
            index = way
        }
        return "$"
    }

    /// Where variables are used first in their operation, by the index of their definition; those used nowhere are
    /// absent. One walk for all definitions of an operation.
    static func firstUses(of definitions: [VariableDefinition]) -> [Int: String] {
        guard let first = definitions.first else { return [:] }
        let document = first.document
        var resolver = DialectPath(document)
        guard let operation = resolver.definitionContaining(first.index) else { return [:] }
        let fragments = FragmentTable(document)
        var uses: [String: AnyNode] = [:]
        var visited: Set<String> = []
        var pending = [AnyNode(document: document, index: operation)]
        while let root = pending.popLast() {
            var spreads: [AnyNode] = []
            root.forEachNode { node in
                switch node.kind {
                case .variableDefinition: return .skipChildren
                case .variable:
                    let name = node.nameText
                    if uses[name] == nil { uses[name] = node }
                case .fragmentSpread:
                    let name = node.nameText
                    if visited.insert(name).inserted, let fragment = fragments[name] {
                        spreads.append(fragment.anyNode)
                    }
                default: break
                }
                return .continue
            }
            pending.append(contentsOf: spreads.reversed())
        }
        var paths: [Int: String] = [:]
        for definition in definitions {
            if let use = uses[definition.name] { paths[definition.index] = resolver.path(to: use) }
        }
        return paths
    }

    /// What a node adds to the path of its parent.
    private func segment(_ index: Int, parent: Int) -> String {
        let node = AnyNode(document: document, index: index)
        switch node.kind {
        case .field: return ".selectionSet.\(FieldNode(document: document, index: index).name)"
        case .fragmentSpread: return ".selectionSet.\(node.nameText)"
        case .argument: return document[parent].kind == .directive ? "" : ".args.\(node.nameText)"
        case .objectField: return ".\(node.nameText)"
        default:
            let lone = loneItems.contains(index) ? "[0]" : ""
            guard document[parent].kind == .listValue else { return lone }
            var position = 0
            var sibling = parent + 1
            while sibling < index {
                sibling = Int(document[sibling].next)
                position += 1
            }
            return "[\(position)]\(lone)"
        }
    }

    /// From the operations outwards, each fragment once: the first spread found for each name is its way in.
    private mutating func spread(leadingTo fragment: String) -> Int? {
        if let ways { return ways[fragment] }
        var found: [String: Int] = [:]
        let fragments = FragmentTable(document)
        var pending = document.operations.map(\.anyNode)
        var position = 0
        while position < pending.count {
            pending[position].forEachNode { node in
                guard node.kind == .fragmentSpread else { return .continue }
                let name = node.nameText
                if found[name] == nil {
                    found[name] = node.index
                    if let fragment = fragments[name] { pending.append(fragment.anyNode) }
                }
                return .continue
            }
            position += 1
        }
        ways = found
        return found[fragment]
    }

    private mutating func definitionContaining(_ index: Int) -> Int? {
        if definitions.isEmpty { definitions = document.definitions.map(\.index) }
        var low = 0
        var high = definitions.count
        while low < high {
            let middle = (low + high) / 2
            if definitions[middle] <= index { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : definitions[low - 1]
    }

    private mutating func childContaining(_ index: Int, of parent: Int) -> Int? {
        var position = parent + 1
        while position < Int(document[parent].next) {
            siblingsPassed += 1
            let next = Int(document[position].next)
            if index < next { return position }
            position = next
        }
        return nil
    }
}
