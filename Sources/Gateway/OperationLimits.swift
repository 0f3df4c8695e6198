// What one operation may ask for: depth, aliases, root fields, size. Counted on the document before anything is planned;
// each fragment is walked once and remembered, so a bomb of fragments costs what its text costs.
package import Base
package import GraphQL
package import Metadata

package struct OperationLimits {
    private let depth: Int
    private let introspectionDepth: Int
    private let aliases: Int
    private let rootFields: Int
    private let tokens: Int

    package init(_ limits: ServerConfiguration.Limits) {
        depth = limits.depth
        introspectionDepth = limits.introspectionDepth
        aliases = limits.aliases
        rootFields = limits.rootFields
        tokens = limits.tokens
    }

    /// - Throws: `limit-exceeded`, naming the limit and the operation's own figure.
    package func check(_ operation: ValidatedOperation) throws(GatewayError) {
        var measure = Measure(fragments: operation.fragments)
        let total = measure.measure(operation.operation.selectionSet, depthLeft: 1000)
        if total.depth > depth { throw exceeded(.depth, depth, total.depth) }
        if total.introspectionDepth > introspectionDepth {
            throw exceeded(.introspectionDepth, introspectionDepth, total.introspectionDepth)
        }
        if total.aliases > aliases { throw exceeded(.aliases, aliases, total.aliases) }
        if total.fields > rootFields { throw exceeded(.rootFields, rootFields, total.fields) }
        // Fragments must not make an operation larger than it could be written out: its plan and its statement are.
        if total.tokens > tokens { throw exceeded(.tokens, tokens, total.tokens) }
    }

    private func exceeded(_ name: LimitName, _ limit: Int, _ actual: Int) -> GatewayError {
        GatewayError(
            exceeded: name, "The operation exceeds the limit \"\(name.rawValue)\": \(limit) allowed, \(actual) used.")
    }
}

/// Figures of a selection set, its fragments included.
private struct SelectionFigures {
    var depth = 0
    var introspectionDepth = 0
    /// Of fields that have a selection set or arguments.
    var aliases = 0
    /// Fields of the set itself.
    var fields = 0
    /// Names and braces of the set with its fragments written out; arguments aside.
    var tokens = 0

    mutating func add(_ other: SelectionFigures) {
        depth = max(depth, other.depth)
        introspectionDepth = max(introspectionDepth, other.introspectionDepth)
        // Sums saturate: fragments that spread fragments double them at each step.
        aliases = min(aliases + other.aliases, 1 << 40)
        fields = min(fields + other.fields, 1 << 40)
        tokens = min(tokens + other.tokens, 1 << 40)
    }
}

private struct Measure {
    let fragments: FragmentTable
    private var known: [String: SelectionFigures] = [:]

    init(fragments: FragmentTable) {
        self.fragments = fragments
    }

    mutating func measure(_ set: SelectionSet, depthLeft: Int) -> SelectionFigures {
        var figures = SelectionFigures()
        guard depthLeft > 0 else { return figures }
        for selection in set {
            switch selection {
            case .field(let field): figures.add(measure(field, depthLeft))
            case .inlineFragment(let fragment): figures.add(measure(fragment.selectionSet, depthLeft: depthLeft - 1))
            case .fragmentSpread(let spread):
                let name = spread.name
                if let earlier = known[name] {
                    figures.add(earlier)
                } else if let fragment = fragments[name] {
                    let inner = measure(fragment.selectionSet, depthLeft: depthLeft - 1)
                    known[name] = inner
                    figures.add(inner)
                }
            }
        }
        return figures
    }

    private mutating func measure(_ field: FieldNode, _ depthLeft: Int) -> SelectionFigures {
        var figures = field.selectionSet.map { measure($0, depthLeft: depthLeft - 1) } ?? SelectionFigures()
        if field.name == "__schema" || field.name == "__type" {
            // Below introspection depth counts by its own limit, for the tools' own query is deep.
            figures.introspectionDepth = figures.depth
            figures.depth = 0
        }
        figures.depth += 1
        figures.fields = 1
        figures.tokens += field.selectionSet == nil ? 1 : 3
        if field.alias != nil {
            // A plain value under another name is read once all the same; what the name costs, its tokens say.
            if field.selectionSet != nil || !field.arguments.isEmpty { figures.aliases += 1 }
            figures.tokens += 2
        }
        return figures
    }
}
