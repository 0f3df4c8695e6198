// `match`: compares two operands (rules of the API, section 4). Operands that are known without the database become a
// fact of the caller; a stored value leaves a comparison that is pushed into the statement.
internal import Base
internal import Metadata
internal import Patterns
internal import Planning

struct MatchRule: Sendable, Hashable {
    let type: MatchType
    let evaluation: MatchEvaluation
    let left: RuleOperand
    let right: RuleOperand
    let leftLocation: RuleLocation
    let rightLocation: RuleLocation

    static func decode(_ node: RuleNode) -> MatchRule? {
        guard let section = node.section(required: ["rule", "type", "eval", "f1", "f2"]),
            let typeNode = section["type"], let evalNode = section["eval"], let leftNode = section["f1"],
            let rightNode = section["f2"]
        else { return nil }
        let type = typeNode.choice("type", MatchType.self)
        let evaluation = evalNode.choice("eval", MatchEvaluation.self)
        let left = RuleOperand.decode(leftNode)
        let right = RuleOperand.decode(rightNode)
        guard let type, let evaluation, let left, let right else { return nil }
        let isWellTyped =
            literalIsRight(left, leftNode, type, isList: false)
            && literalIsRight(right, rightNode, type, isList: evaluation == .isIn || evaluation == .isNotIn)
        guard isWellTyped else { return nil }
        if evaluation == .like, type != .string {
            evalNode.report("\"like\" compares strings", suggestion: "use \"type\": \"string\"")
            return nil
        }
        if evaluation == .like, case .literal(let pattern) = right, LikePattern(pattern.string ?? "") == nil {
            rightNode.report("the pattern must not end with the escape character \\")
            return nil
        }
        return MatchRule(
            type: type, evaluation: evaluation, left: left, right: right, leftLocation: leftNode.location,
            rightLocation: rightNode.location)
    }

    private static func literalIsRight(_ operand: RuleOperand, _ node: RuleNode, _ type: MatchType, isList: Bool)
        -> Bool
    {
        guard case .literal(let value) = operand else { return true }
        if value.isNull {
            node.report("a literal null is unknown in every comparison", suggestion: "use a \"where\" with _is_null")
            return false
        }
        if isList {
            guard let items = value.array else {
                node.report("must be a list, not \(value.kindName)")
                return false
            }
            for (index, item) in items.enumerated() where KnownValue(item, type) == nil {
                node.member(String(index), item).report("is not a \(type.rawValue)")
                return false
            }
            return true
        }
        guard KnownValue(value, type) != nil else {
            node.report("is not a \(type.rawValue)")
            return false
        }
        return true
    }

    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> Condition? {
        let leftSide = side(left, leftLocation, scope, compiler)
        let rightSide = side(right, rightLocation, scope, compiler)
        guard let leftSide, let rightSide else { return nil }
        switch (leftSide, rightSide) {
        case (.known(let left), .known(let right)):
            let comparison = KnownComparison(type: type, evaluation: evaluation, left: left, right: right)
            return compiler.fact(.comparison(comparison))
        case (.stored(let path, _), .known(let known)):
            return compiler.residue(path, evaluation.comparisonOperator) { value in
                self.operand(known, path, rightLocation, compiler)
                    .map {
                        .init(
                            value: value, comparison: evaluation.comparisonOperator, operand: $0.operand,
                            needs: $0.needs)
                    }
            }
        case (.known(let known), .stored(let path, _)):
            guard let flipped = evaluation.flipped else {
                compiler.problems.report(
                    rightLocation, "\"\(evaluation.rawValue)\" takes no stored value on its right side",
                    suggestion: "put the stored value into f1")
                return nil
            }
            return compiler.residue(path, flipped) { value in
                self.operand(known, path, leftLocation, compiler)
                    .map { .init(value: value, comparison: flipped, operand: $0.operand, needs: $0.needs) }
            }
        case (.stored(let first, let firstImage), .stored(let second, let secondImage)):
            return twoStored(
                first, second, before: firstImage == secondImage ? nil : firstImage == .stored, scope, compiler)
        }
    }

    private enum Side {
        case known(KnownComparison.Side)
        case stored(RowPath, RowImage)
    }

    private func side(_ operand: RuleOperand, _ location: RuleLocation, _ scope: RuleScope, _ compiler: RuleCompiler)
        -> Side?
    {
        switch operand {
        case .literal(let value): return .known(.literal(value))
        case .claim(let path): return .known(.claim(path))
        case .now:
            guard type == .date else {
                compiler.problems.report(location, "args.now is a date", suggestion: "use \"type\": \"date\"")
                return nil
            }
            return .known(.now)
        case .operation: return .known(.literal(.string(scope.operation.rawValue)))
        case .document where !scope.operation.hasWrittenRow:
            compiler.problems.report(
                location, "args.doc has no meaning in a rule for \(scope.operation.rawValue): nothing is written")
            return nil
        case .row where !scope.operation.hasStoredRow:
            compiler.problems.report(location, "args.row has no meaning in a rule for create: there is no stored row")
            return nil
        // Which of the two rows the condition is asked of is decided by where it is put (`RuleCompiler.writeRule`).
        case .row(let names), .document(let names):
            let image: RowImage = if case .row = operand { .stored } else { .written }
            let node = compiler.node(.null, location)
            guard let path = RowPath.resolve(names, in: scope.collection, catalog: compiler.catalog, node: node) else {
                return nil
            }
            guard compiler.isComparable(path.field, location) else { return nil }
            let kind = compiler.catalog.field(path.field).type
            guard type.compares(with: kind) else {
                node.report(
                    "a \(type.rawValue) cannot compare with \(names.joined(separator: ".")), which is \(kind.graphQLName)"
                )
                return nil
            }
            return .stored(path, image)
        }
    }

    private func operand(
        _ known: KnownComparison.Side, _ path: RowPath, _ location: RuleLocation, _ compiler: RuleCompiler
    ) -> CompiledOperand? {
        let kind = compiler.catalog.field(path.field).type
        let target: Parameter.Target
        switch evaluation {
        case .isIn, .isNotIn: target = .list(of: kind)
        case .like:
            guard kind != .uuid else {
                compiler.problems.report(location, "\"like\" compares texts, and the column is a uuid")
                return nil
            }
            target = .pattern(.like)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: target = .value(kind)
        }
        switch known {
        case .literal(let value): return compiler.compared(value, target, location)
        case .claim(let claim):
            return compiler.compared(
                claim, target, compiler.capabilities(of: path.field).typing, isNamedByWhere: false)
        case .now: return compiler.now(target)
        }
    }

    /// - Parameter before: where the two are of one row before and after a write, whether it is the first that was before.
    private func twoStored(
        _ first: RowPath, _ second: RowPath, before isFirst: Bool?, _ scope: RuleScope, _ compiler: RuleCompiler
    ) -> Condition? {
        guard let comparison = evaluation.betweenColumns else {
            compiler.problems.report(rightLocation, "\"\(evaluation.rawValue)\" cannot compare two stored values")
            return nil
        }
        let kinds = [first, second].map { compiler.catalog.field($0.field).type }
        guard type == .number || compiler.canCompare(kinds[0], kinds[1]) else {
            compiler.problems.report(rightLocation, "the two columns have types that cannot compare")
            return nil
        }
        if let isFirst {
            let location = isFirst ? leftLocation : rightLocation
            guard let before = compiler.before(isFirst ? first : second, in: scope, location),
                let comparison = isFirst ? evaluation.flipped : comparison
            else { return nil }
            let written = isFirst ? second : first
            return compiler.isToOne(written)
                ? compiler.leaf(compiler.value(written), comparison, CompiledOperand(.value(before)))
                : compiler.residue(written, comparison, beside: before)
        }
        switch (compiler.isToOne(first), compiler.isToOne(second)) {
        case (true, true):
            return compiler.leaf(
                compiler.value(first), comparison, CompiledOperand(.value(compiler.value(second))))
        case (false, true): return compiler.residue(first, comparison, beside: compiler.value(second))
        case (true, false):
            return evaluation.flipped.map { compiler.residue(second, $0, beside: compiler.value(first)) }
        case (false, false):
            compiler.problems.report(
                rightLocation, "a path through a to-many relationship cannot stand beside another one")
            return nil
        }
    }
}

extension MatchType {
    func compares(with kind: ScalarKind) -> Bool {
        switch self {
        case .string: kind.family == .text
        case .number: kind.isNumeric
        case .bool: kind.family == .boolean
        case .date: kind.family == .instant || kind == .date
        }
    }
}

extension MatchEvaluation {
    var comparisonOperator: ComparisonOperator {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .isIn: .isIn
        case .isNotIn: .isNotIn
        case .like: .like
        }
    }

    /// The operator with its operands exchanged.
    var flipped: ComparisonOperator? {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .isIn, .isNotIn, .like: nil
        }
    }

    var betweenColumns: ComparisonOperator? {
        switch self {
        case .isIn, .isNotIn, .like: nil
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: comparisonOperator
        }
    }
}
