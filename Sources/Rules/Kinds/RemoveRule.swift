// `remove`: strips fields from what the caller sends (rules of the API, section 4). The field stays in the input types;
// what is given for it is not written.
internal import Base
internal import Metadata

struct RemoveRule: Sendable, Hashable {
    let fields: [String]
    /// When it applies; without one, always. Decided by the request alone.
    let clause: LocatedRule?
    let location: RuleLocation

    static func decode(_ node: RuleNode, _ depth: Int) -> RemoveRule? {
        guard let section = node.section(required: ["rule", "fields"], optional: ["clause"]),
            let list = section["fields"], let items = list.items()
        else { return nil }
        guard !items.isEmpty else {
            list.report("\"fields\" must not be empty")
            return nil
        }
        let fields = items.compactMap { WrittenField.decode($0) }
        let clause = section["clause"].map { RuleDecoder.decode($0, depth: depth + 1) }
        if case .some(nil) = clause { return nil }
        guard fields.count == items.count else { return nil }
        return RemoveRule(fields: fields, clause: clause ?? nil, location: node.location)
    }

    /// `nil` after reporting.
    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> CompiledRemove? {
        let indices = fields.compactMap { WrittenField.resolve($0, location, scope, compiler) }
        guard indices.count == fields.count else { return nil }
        guard let clause else { return CompiledRemove(fields: indices, clause: nil) }
        return compiler.requestKnown(clause, scope).map { CompiledRemove(fields: indices, clause: $0) }
    }
}

struct CompiledRemove: Sendable, Hashable {
    let fields: [Int]
    let clause: Condition?
}
