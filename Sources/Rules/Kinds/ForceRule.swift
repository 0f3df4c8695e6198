// `force`: the gateway sets a field's value on every write the branch admits, whatever the caller sends; the field is in no
// input type (rules of the API, section 4).
internal import Base
internal import Metadata
internal import Planning

struct ForceRule: Sendable, Hashable {
    let field: String
    let value: RuleOperand
    /// When it applies; without one, always. Decided by the request alone.
    let clause: LocatedRule?
    let location: RuleLocation
    let valueLocation: RuleLocation

    static func decode(_ node: RuleNode, _ depth: Int) -> ForceRule? {
        guard let section = node.section(required: ["rule", "field", "value"], optional: ["clause"]),
            let fieldNode = section["field"], let valueNode = section["value"]
        else { return nil }
        let field = WrittenField.decode(fieldNode)
        let value = RuleOperand.decode(valueNode)
        let clause = section["clause"].map { RuleDecoder.decode($0, depth: depth + 1) }
        if case .some(nil) = clause { return nil }
        guard let field, let value else { return nil }
        return ForceRule(
            field: field, value: value, clause: clause ?? nil, location: node.location,
            valueLocation: valueNode.location)
    }

    /// `nil` after reporting.
    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> CompiledForce? {
        guard let index = WrittenField.resolve(field, location, scope, compiler) else { return nil }
        guard scope.operation != .update || scope.collection.takesUpdate(of: index) else {
            compiler.problems.report(
                location, "updates of the view \(scope.collection.name) do not change \"\(field)\"",
                suggestion: "force it in \"create\" alone")
            return nil
        }
        let type = scope.collection.fields[index].type
        guard let source = source(type, scope, compiler) else { return nil }
        guard let clause else { return CompiledForce(field: index, source: source, clause: nil) }
        guard let condition = compiler.requestKnown(clause, scope) else { return nil }
        return CompiledForce(field: index, source: source, clause: condition)
    }

    private func source(_ type: ScalarKind, _ scope: RuleScope, _ compiler: RuleCompiler) -> CompiledForce.Source? {
        let target = Parameter.Target.value(type)
        switch value {
        case .literal(.null): return .null
        // As rules of the dialect have it, where the database reads the word.
        case .literal(.string(let text))
        where text.uppercased() == "NOW()" && (type.family == .instant || type == .date):
            return Self.parameter(compiler.now(target))
        case .literal(let value):
            // Any JSON is a document.
            if type.family == .document {
                return .parameter(Parameter(origin: .constant(value.text), target: target), needs: [])
            }
            return compiler.literal(value, target, valueLocation).map { Self.parameter($0) }
        case .claim(let path): return Self.parameter(compiler.claim(path, target, isNamedByWhere: true))
        case .operation:
            return compiler.literal(.string(scope.operation.rawValue), target, valueLocation).map { Self.parameter($0) }
        case .now:
            guard type.family == .instant || type == .date || type == .string else {
                compiler.problems.report(valueLocation, "args.now is a date, and \"\(field)\" is \(type.graphQLName)")
                return nil
            }
            return Self.parameter(compiler.now(target))
        case .document(let names):
            guard names.count == 1, let other = scope.collection.fieldIndex(named: names[0]),
                scope.collection.fields[other].type == type
            else {
                compiler.problems.report(
                    valueLocation, "a forced value from args.doc is another column of the same type")
                return nil
            }
            return .sent(other)
        case .row:
            compiler.problems.report(valueLocation, "a forced value from args.row is not supported by this version")
            return nil
        }
    }

    private static func parameter(_ operand: CompiledOperand) -> CompiledForce.Source {
        guard case .parameter(let parameter) = operand.operand else {
            preconditionFailure("a literal, a claim and the clock are parameters")
        }
        return .parameter(parameter, needs: operand.needs)
    }
}

struct CompiledForce: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        case null
        case parameter(Parameter, needs: [Condition.ClaimNeed])
        /// The value the caller sent for another field.
        case sent(Int)
    }

    let field: Int
    let source: Source
    let clause: Condition?
}

/// A field of the row written, as `force` and `remove` name it: `args.doc.x`, or the column alone.
enum WrittenField {
    static func decode(_ node: RuleNode) -> String? {
        guard let text = node.string() else { return nil }
        guard text.hasPrefix("args.") else { return text }
        guard case .document(let names)? = RuleOperand.decode(node), names.count == 1 else {
            node.report("\"\(text)\" is not a field of the row written", suggestion: "write args.doc.<column>")
            return nil
        }
        return names[0]
    }

    static func resolve(
        _ name: String, _ location: RuleLocation, _ scope: RuleScope, _ compiler: RuleCompiler
    ) -> Int? {
        let collection = scope.collection
        guard scope.operation == .create || scope.operation == .update else {
            compiler.problems.report(
                location, "an action on args.doc has no meaning in a rule for \(scope.operation.rawValue)")
            return nil
        }
        guard let index = collection.fieldIndex(named: name) else {
            compiler.node(.null, location).report(
                unknown: "column of \(collection.name)", name, among: collection.fields.map(\.name))
            return nil
        }
        guard collection.fields[index].isWritable else {
            compiler.problems.report(location, "\"\(name)\" is computed: nobody writes it")
            return nil
        }
        return index
    }
}
