// Which fields a selection set asks of one object, in response order, fragments applied and equal keys joined.
// Specification, section 6.3.2 "Field Collection".

internal import Base

/// A document's fragments by name.
package struct FragmentTable: Sendable {
    private let fragments: [String: FragmentDefinition]

    package init(_ document: Document) {
        var fragments: [String: FragmentDefinition] = [:]
        for definition in document.definitions {
            guard let fragment = definition.as(FragmentDefinition.self) else { continue }
            let name = fragment.name
            if fragments[name] == nil { fragments[name] = fragment }
        }
        self.fragments = fragments
    }

    package subscript(name: String) -> FragmentDefinition? { fragments[name] }
    package var isEmpty: Bool { fragments.isEmpty }
}

/// One entry of a result object: the key and every field node that asks for it.
package struct CollectedField: Sendable {
    package let responseKey: String
    /// At least one; all have the same name and arguments once validated.
    package fileprivate(set) var nodes: [FieldNode]
    fileprivate let way: FragmentWay?

    /// The named fragments the first node was reached through, as the dialect's paths write them: `.selectionSet.F`.
    package var fragmentPath: String { way?.text ?? "" }

    package var node: FieldNode { nodes[0] }
    package var name: String { nodes[0].name }
}

/// The named fragments around a field, innermost first: fragments can chain thousands, so no path is written out before
/// someone asks for it.
private final class FragmentWay: Sendable {
    let name: String
    let outer: FragmentWay?

    init(_ name: String, within outer: FragmentWay?) {
        self.name = name
        self.outer = outer
    }

    var text: String {
        var names: [String] = []
        var way: FragmentWay? = self
        while let current = way {
            names.append(current.name)
            way = current.outer
        }
        return names.reversed().map { ".selectionSet.\($0)" }.joined()
    }
}

package struct FieldCollector: Sendable {
    package let schema: Schema
    package let fragments: FragmentTable
    package let variables: CoercedVariables

    package init(schema: Schema, fragments: FragmentTable, variables: CoercedVariables) {
        self.schema = schema
        self.fragments = fragments
        self.variables = variables
    }

    /// The fields of one selection set for an object of the named type.
    package func collect(_ selectionSet: SelectionSet, on objectType: String) -> [CollectedField] {
        var collection = Collection(objectType: objectType)
        collect(selectionSet, into: &collection)
        return collection.fields
    }

    /// The fields below a collected field: the selection sets of all its nodes, merged.
    package func collect(below field: CollectedField, on objectType: String) -> [CollectedField] {
        var collection = Collection(objectType: objectType)
        for node in field.nodes {
            if let selectionSet = node.selectionSet { collect(selectionSet, into: &collection) }
        }
        return collection.fields
    }

    /// Whether `@skip` and `@include` let a selection through.
    package func isIncluded(_ directives: NodeList<DirectiveNode>) -> Bool {
        for directive in directives {
            if directive.isNamed("skip"), condition(directive) == true { return false }
            if directive.isNamed("include"), condition(directive) == false { return false }
        }
        return true
    }

    private struct Collection {
        let objectType: String
        var fields: [CollectedField] = []
        var positions: [String: Int] = [:]
        var visitedFragments: Set<String> = []

        init(objectType: String) {
            self.objectType = objectType
        }

        mutating func add(_ node: FieldNode, _ way: FragmentWay?) {
            let key = node.responseKey
            if let position = positions[key] {
                fields[position].nodes.append(node)
            } else {
                positions[key] = fields.count
                fields.append(CollectedField(responseKey: key, nodes: [node], way: way))
            }
        }
    }

    private func collect(
        _ selectionSet: SelectionSet, into collection: inout Collection, way: FragmentWay? = nil
    ) {
        for selection in selectionSet {
            switch selection {
            case .field(let field):
                if isIncluded(field.directives) { collection.add(field, way) }
            case .inlineFragment(let fragment):
                guard isIncluded(fragment.directives) else { continue }
                if let condition = fragment.typeCondition,
                    !schema.isSubtype(collection.objectType, of: condition.name)
                {
                    continue
                }
                collect(fragment.selectionSet, into: &collection, way: way)
            case .fragmentSpread(let spread):
                guard isIncluded(spread.directives) else { continue }
                // Once is enough: a second visit could add nothing new, and cycles end here.
                let name = spread.name
                guard collection.visitedFragments.insert(name).inserted, let fragment = fragments[name],
                    schema.isSubtype(collection.objectType, of: fragment.typeCondition.name)
                else { continue }
                collect(
                    fragment.selectionSet, into: &collection, way: FragmentWay(name, within: way))
            }
        }
    }

    /// The `if` argument of a directive; `nil` if it has none that is a boolean.
    private func condition(_ directive: DirectiveNode) -> Bool? {
        guard let value = directive.argument(named: "if")?.value else { return nil }
        switch value.content {
        case .boolean(let flag): return flag
        case .variable(let name): return variables[name]?.bool
        case .int, .float, .string, .null, .enumeration, .list, .object: return nil
        }
    }
}
