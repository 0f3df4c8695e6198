// `mask`: replaces a field's value in results, unless its clause is true for the row (rules of the API, section 4).
// The masked value is the field's value for the caller everywhere: in filters, ordering and aggregates too.
internal import Base
internal import Metadata
internal import Planning

struct MaskRule: Sendable, Hashable {
    enum Replacement: Sendable, Hashable {
        case null
        case literal(JSONValue)
        case hash
        case lastFour

        /// Whether what is stored decides what is shown.
        var readsValue: Bool {
            switch self {
            case .null, .literal: false
            case .hash, .lastFour: true
            }
        }
    }

    let replacement: Replacement
    /// When the value is shown in clear.
    let clause: LocatedRule?
    let location: RuleLocation

    static func decode(_ node: RuleNode, _ depth: Int) -> MaskRule? {
        guard let section = node.section(required: ["rule", "with"], optional: ["clause"]), let with = section["with"]
        else {
            return nil
        }
        let replacement: Replacement
        switch with.value {
        case .null: replacement = .null
        case .string("hash"): replacement = .hash
        case .string("last4"): replacement = .lastFour
        case .string, .number, .bool: replacement = .literal(with.value)
        case .array, .object:
            with.report("must be null, \"hash\", \"last4\" or a literal, not \(with.value.kindName)")
            return nil
        }
        guard let clauseNode = section["clause"] else {
            return MaskRule(replacement: replacement, clause: nil, location: node.location)
        }
        guard let clause = RuleDecoder.decode(clauseNode, depth: depth + 1) else { return nil }
        return MaskRule(replacement: replacement, clause: clause, location: node.location)
    }

    /// The mask for one field; `nil` after reporting.
    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> CompiledMask? {
        guard let index = scope.field else {
            compiler.problems.report(
                location, "a mask stands in the entry of a field", suggestion: "move it to \"fields\"")
            return nil
        }
        let field = scope.collection.fields[index]
        if compiler.storedForms[scope.collection.reference(index)] == .encrypted, replacement.readsValue {
            compiler.problems.report(
                location, "\"\(field.name)\" is encrypted, and the database cannot mask what it cannot read",
                suggestion: "use null or a literal, or a \"decrypt\" with a clause")
            return nil
        }
        let stored = SecuredValue.stored(scope.collection.reference(index))
        let masked: SecuredValue
        switch replacement {
        case .null: masked = .null(field.type)
        case .literal(let value):
            // The masked value is the field's value, and what a field of an enum shows must be of the enum.
            let isOfEnum = {
                guard case .enumeration(let name) = field.type else { return true }
                return compiler.catalog.enumeration(named: name)?.values.contains { $0.name == value.string } ?? false
            }
            guard ValueConversion.exact(value, as: field.type) != nil, isOfEnum() else {
                compiler.problems.report(
                    location, "the mask's literal is not a \(field.type.graphQLName), which \"\(field.name)\" is")
                return nil
            }
            masked = .constant(Parameter(origin: .constant(value.text), target: .value(field.type)))
        case .hash, .lastFour:
            guard field.type == .string else {
                compiler.problems.report(
                    location,
                    "\"hash\" and \"last4\" need a text column, and \"\(field.name)\" is \(field.type.graphQLName)",
                    suggestion: "use null or a literal")
                return nil
            }
            if replacement == .lastFour {
                masked = .lastFour(stored)
            } else {
                guard compiler.hasProjectKey else {
                    compiler.problems.report(
                        location, "the mask \"hash\" needs the project's key",
                        suggestion: "set \"project\": { \"key\": \"env:NAME\" } in the configuration")
                    return nil
                }
                let name = scope.collection.name.description
                masked = .keyedHash(
                    stored, key: Parameter(origin: .maskKey(collection: name, column: field.name), target: .bytes))
            }
        }
        guard let clause else { return CompiledMask(masked: masked, clear: nil) }
        guard let clear = compiler.condition(clause, scope) else { return nil }
        return CompiledMask(masked: masked, clear: clear)
    }
}

struct CompiledMask: Sendable, Hashable {
    let masked: SecuredValue
    let clear: Condition?
}
