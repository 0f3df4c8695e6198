// `remove`: strips fields (rules of the API, section 4). In a rule for writing, from what the caller sends: the field stays in
// the input types, and what is given for it is not written. In a rule for reading, from results: the field shows null, in
// filters, orderings and aggregates too.
internal import Base
internal import Metadata

struct RemoveRule: Sendable, Hashable {
    let fields: [Named]
    /// When it applies; without one, always. In a rule for writing it is decided by the request alone.
    let clause: LocatedRule?
    let location: RuleLocation

    /// A field as it is written in the rule.
    struct Named: Sendable, Hashable {
        let name: String
        /// `args.doc.x`, which is a field of what is sent and of nothing else.
        let isOfDocument: Bool
        let location: RuleLocation
    }

    static func decode(_ node: RuleNode, _ depth: Int) -> RemoveRule? {
        guard let section = node.section(required: ["rule", "fields"], optional: ["clause"]) else { return nil }
        let fields = section["fields"]?.items(of: "fields")?.mapAll { item in
            WrittenField.decode(item).map {
                Named(name: $0, isOfDocument: item.value.string?.hasPrefix("args.") ?? false, location: item.location)
            }
        }
        let clause = section["clause"].map { RuleDecoder.decode($0, depth: depth + 1) }
        if case .some(nil) = clause { return nil }
        guard let fields else { return nil }
        return RemoveRule(fields: fields, clause: clause ?? nil, location: node.location)
    }

    /// For what is sent; `nil` after reporting.
    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> CompiledRemove? {
        let indices = fields.mapAll { WrittenField.resolve($0.name, location, scope, compiler) }
        guard let indices else { return nil }
        guard let clause else { return CompiledRemove(fields: indices, clause: nil) }
        return compiler.requestKnown(clause, scope).map { CompiledRemove(fields: indices, clause: $0) }
    }

    /// For what is read; `nil` after reporting.
    func compileForResults(_ scope: RuleScope, _ compiler: RuleCompiler) -> CompiledRemoval? {
        var columns: Set<Int> = []
        var relationships: Set<Int> = []
        for field in fields {
            guard let place = place(field, scope, compiler) else { return nil }
            switch place {
            case .field(let index): columns.insert(index)
            case .relationship(let index): relationships.insert(index)
            }
        }
        guard let clause else { return CompiledRemoval(fields: columns, relationships: relationships, clause: nil) }
        return compiler.condition(clause, scope).map {
            CompiledRemoval(fields: columns, relationships: relationships, clause: $0)
        }
    }

    private enum Place {
        case field(Int)
        case relationship(Int)
    }

    private func place(_ field: Named, _ scope: RuleScope, _ compiler: RuleCompiler) -> Place? {
        guard !field.isOfDocument else {
            compiler.problems.report(
                field.location, "args.doc has no meaning in a rule for read: nothing is written",
                suggestion: "write \"\(field.name)\"")
            return nil
        }
        let collection = scope.collection
        if let own = scope.field, collection.fields[own].name != field.name {
            compiler.problems.report(
                field.location,
                "in the entry of \"\(collection.fields[own].name)\" a \"remove\" is about that field",
                suggestion: "move it to the rule of \"read\"")
            return nil
        }
        if let index = collection.fieldIndex(named: field.name) { return .field(index) }
        if let index = collection.relationshipIndex(named: field.name) { return .relationship(index) }
        compiler.node(.null, field.location).report(
            unknown: "field of \(collection.name)", field.name,
            among: collection.fields.map(\.name) + collection.relationships.map(\.name))
        return nil
    }
}

struct CompiledRemove: Sendable, Hashable {
    let fields: [Int]
    let clause: Condition?
}
