// `decrypt`: shows an encrypted column in clear on the rows that its clause admits (rules of the API, section 4). The gateway opens
// what it shows; without this the column shows null.
internal import Base
internal import Metadata
internal import Planning

struct DecryptRule: Sendable, Hashable {
    let fields: [StoredFormRule.Named]
    /// On which rows; without one, on all.
    let clause: LocatedRule?
    let location: RuleLocation

    static func decode(_ node: RuleNode, _ depth: Int) -> DecryptRule? {
        guard let section = node.section(required: ["rule", "fields"], optional: ["clause"]) else { return nil }
        let fields = section["fields"]?.items(of: "fields")?.mapAll { item in
            item.string().map { StoredFormRule.Named(name: $0, location: item.location) }
        }
        let clause = section["clause"].map { RuleDecoder.decode($0, depth: depth + 1) }
        if case .some(nil) = clause { return nil }
        guard let fields else { return nil }
        return DecryptRule(fields: fields, clause: clause ?? nil, location: node.location)
    }

    /// `nil` after reporting.
    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> CompiledDecryption? {
        let collection = scope.collection
        var indices: Set<Int> = []
        for field in fields {
            guard let index = collection.fieldIndex(named: field.name) else {
                compiler.node(.null, field.location).report(
                    unknown: "column of \(collection.name)", field.name, among: collection.fields.map(\.name))
                return nil
            }
            guard compiler.storedForms[collection.reference(index)] == .encrypted else {
                compiler.problems.report(
                    field.location, "\"\(field.name)\" is not encrypted",
                    suggestion: "name it in an \"encrypt\" of create or update")
                return nil
            }
            guard scope.field == nil || scope.field == index else {
                compiler.problems.report(
                    field.location, "in the entry of a field a \"decrypt\" is about that field",
                    suggestion: "move it to the rule of \"read\"")
                return nil
            }
            indices.insert(index)
        }
        guard let clause else { return CompiledDecryption(fields: indices, clause: nil) }
        return compiler.condition(clause, scope).map { CompiledDecryption(fields: indices, clause: $0) }
    }
}

struct CompiledDecryption: Sendable, Hashable {
    let fields: Set<Int>
    /// On which rows; without one, on all.
    let clause: Condition?

    /// Where it shows what it names in clear: where it is not decided that it applies, it does not.
    func applies(_ residue: (Condition) -> SecuredPredicate) -> SecuredPredicate {
        guard let clause else { return .alwaysTrue }
        let applies = residue(clause)
        return applies.couldBeTrue ? applies : .alwaysFalse
    }
}
