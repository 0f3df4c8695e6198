// A filter in the API's own `where` grammar (dialect of the API, section 4), as rules write it: with database column names, and
// with variables as leaves. `where`, `check` and `query` differ in the rows they ask it of, and in what `args.row` is there.
internal import Base
internal import Metadata
internal import Planning

/// Walks one filter; each function answers `nil` after reporting what is wrong.
struct WhereReader {
    /// What the filter is asked of.
    enum Subject {
        /// The row that the rule is about.
        case row(RowImage)
        /// Every row of a collection; the row that the rule is about stands outside.
        case query
    }

    let scope: RuleScope
    let subject: Subject
    let compiler: RuleCompiler

    func object(_ node: RuleNode, _ collection: TrackedCollection, isTop: Bool) -> Condition? {
        guard let members = node.members() else { return nil }
        return members.mapAll { member($0.name, $0.node, collection, isTop) }.map { .all($0) }
    }

    private func member(_ name: String, _ node: RuleNode, _ collection: TrackedCollection, _ isTop: Bool) -> Condition?
    {
        switch name {
        case "_and": return list(node, collection, isTop).map { .all($0) }
        case "_or": return list(node, collection, isTop).map { .any($0) }
        case "_not": return object(node, collection, isTop: isTop).map { .not($0) }
        default: break
        }
        if let index = collection.fieldIndex(named: name) {
            return column(collection.reference(index), node, isTop)
        }
        if let index = collection.relationshipIndex(named: name) {
            let reference = RelationshipReference(collection: collection.id, index: index)
            let target = compiler.catalog[collection.relationships[index].target]
            return object(node, target, isTop: false).map { .related(reference, $0) }
        }
        let known = collection.fields.map(\.name) + collection.relationships.map(\.name) + ["_and", "_or", "_not"]
        node.report(unknown: "column or relationship of \(collection.name)", name, among: known)
        return nil
    }

    private func list(_ node: RuleNode, _ collection: TrackedCollection, _ isTop: Bool) -> [Condition]? {
        if node.value.object != nil { return object(node, collection, isTop: isTop).map { [$0] } }
        return node.items()?.mapAll { object($0, collection, isTop: isTop) }
    }

    private func column(_ field: FieldReference, _ node: RuleNode, _ isTop: Bool) -> Condition? {
        let isEncrypted = compiler.storedForms[field] == .encrypted
        if isEncrypted, node.value.object?.keys.allSatisfy({ $0 == "_is_null" }) != true,
            !compiler.isComparable(field, node.location)
        {
            return nil
        }
        return comparisons(
            Compared(
                value: .stored(field), kind: compiler.catalog.field(field).type.stored,
                capabilities: compiler.capabilities(of: field)),
            node, isTop)
    }

    /// What one object of operators is about.
    private struct Compared {
        let value: SecuredValue
        let kind: ScalarKind
        let capabilities: SourceCapabilities
    }

    private func comparisons(_ compared: Compared, _ node: RuleNode, _ isTop: Bool) -> Condition? {
        guard let members = node.members() else { return nil }
        return members.mapAll { comparison(compared, $0.name, $0.node, isTop) }.map { .all($0) }
    }

    private func comparison(_ compared: Compared, _ name: String, _ node: RuleNode, _ isTop: Bool) -> Condition? {
        if name == "_is_null" {
            guard let flag = node.value.bool else {
                node.report("must be true or false, not \(node.value.kindName)")
                return nil
            }
            let isNull = SecuredPredicate.isNull(compared.value)
            return .residue(flag ? isNull : .not(isNull), needs: [])
        }
        let kind = compared.kind
        let casts = compared.capabilities.casts(of: kind)
        if name == ComparisonOperator.cast, !casts.isEmpty { return cast(compared, casts, node, isTop) }
        let offered = compared.capabilities.operators(for: kind)
        guard let comparison = ComparisonOperator(rawValue: name), offered.contains(comparison) else {
            let others = casts.isEmpty ? ["_is_null"] : ["_is_null", ComparisonOperator.cast]
            node.report(unknown: "operator of \(kind.graphQLName)", name, among: offered.map(\.rawValue) + others)
            return nil
        }
        if node.value.isNull {
            node.report("a comparison with null is unknown for every row", suggestion: "use _is_null")
            return nil
        }
        if let single = comparison.itemwise, let items = node.items(ifList: true) {
            return members(compared, comparison, single, items, isTop)
        }
        return operand(node, kind, comparison, isTop).map { compiler.leaf(compared.value, comparison, $0) }
    }

    /// `_cast: {String: …}`: a document compared as text.
    private func cast(_ compared: Compared, _ casts: [ScalarKind], _ node: RuleNode, _ isTop: Bool) -> Condition? {
        guard let members = node.members() else { return nil }
        let parts = members.mapAll { name, node -> Condition? in
            guard let target = casts.first(where: { $0.graphQLName == name }) else {
                node.report(unknown: "cast of \(compared.kind.graphQLName)", name, among: casts.map(\.graphQLName))
                return nil
            }
            return comparisons(
                Compared(value: .text(of: compared.value), kind: target, capabilities: compared.capabilities), node,
                isTop)
        }
        return parts.map { .all($0) }
    }

    /// `_in` and its like with a list written in the rule. Variables among its items make it comparisons side by side.
    private func members(
        _ compared: Compared, _ comparison: ComparisonOperator, _ single: ComparisonOperator.Itemwise,
        _ items: [RuleNode], _ isTop: Bool
    ) -> Condition? {
        let kind = comparison.operandType(beside: compared.kind)
        guard let operands = items.mapAll({ decode($0, kind) }) else { return nil }
        let literals = operands.compactMap { operand -> JSONValue? in
            if case .literal(let value) = operand { return value }
            return nil
        }
        if literals.count == items.count {
            for (item, value) in zip(items, literals)
            where RuleParameter.convert(value, to: .value(kind), isVariable: false) == nil {
                item.report("is not a \(kind.graphQLName)")
                return nil
            }
            let list = JSONValue.array(literals)
            let target = Parameter.Target.list(of: kind).taking(list)
            let text =
                RuleParameter.convert(list, to: target, isVariable: false)
                .map { compiler.constant(list, $0, target) } ?? list.text
            let parameter = Parameter(origin: .constant(text), target: target)
            return compiler.leaf(compared.value, comparison, CompiledOperand(.parameter(parameter)))
        }
        let parts = items.mapAll { item in
            operand(item, compared.kind, single.comparison, isTop)
                .map { compiler.leaf(compared.value, single.comparison, $0) }
        }
        return parts.map { single.oneIsEnough ? .any($0) : .all($0) }
    }

    /// A list or an object beside a document is a document, and the strings inside it are data.
    private func decode(_ node: RuleNode, _ kind: ScalarKind) -> RuleOperand? {
        if kind.family == .document {
            switch node.value {
            case .array: return .literal(node.value)
            case .object(let object) where object.keys != ["literal"]: return .literal(node.value)
            case .object, .string, .number, .bool, .null: break
            }
        }
        return RuleOperand.decode(node)
    }

    private func operand(
        _ node: RuleNode, _ column: ScalarKind, _ comparison: ComparisonOperator, _ isTop: Bool
    ) -> CompiledOperand? {
        let kind = comparison.operandType(beside: column)
        let target: Parameter.Target =
            comparison.takesList ? .list(of: kind) : comparison.patternKind.map { .pattern($0) } ?? .value(kind)
        guard let operand = decode(node, kind) else { return nil }
        switch operand {
        case .literal(let value): return compiler.compared(value, target, node.location)
        case .claim(let path):
            guard !kind.isInNotation else {
                node.report(
                    "a claim cannot stand beside \(kind.graphQLName): only the database knows which texts are values of it"
                )
                return nil
            }
            return compiler.compared(
                path, target, compiler.catalog[scope.collection.source].capabilities.typing, isNamedByWhere: true)
        case .operation: return compiler.literal(.string(scope.operation.rawValue), target, node.location)
        case .now:
            guard kind.family == .instant || kind == .date else {
                node.report("args.now cannot compare with \(kind.graphQLName)")
                return nil
            }
            return compiler.now(target)
        case .row(let names): return row(names, .stored, node, kind, comparison, isTop)
        case .document(let names): return row(names, .written, node, kind, comparison, isTop)
        }
    }

    /// A value of the row that the rule is about.
    private func row(
        _ names: [String], _ image: RowImage, _ node: RuleNode, _ kind: ScalarKind,
        _ comparison: ComparisonOperator, _ isTop: Bool
    ) -> CompiledOperand? {
        guard isNamable(image, node, isTop),
            let path = RowPath.resolve(names, in: scope.collection, catalog: compiler.catalog, node: node),
            compiler.isComparable(path.field, node.location)
        else { return nil }
        let type = compiler.catalog.field(path.field).type
        guard compiler.canCompare(type, kind), compiler.isToOne(path), !comparison.takesList,
            comparison.patternKind == nil
        else {
            node.report(
                "\(names.joined(separator: ".")) cannot stand here: it does not compare by \(comparison.rawValue)")
            return nil
        }
        var value = compiler.value(path)
        switch subject {
        case .row(let own):
            if own != image {
                guard let before = compiler.before(path, in: scope, node.location) else { return nil }
                value = before
            }
            return CompiledOperand(.value(value))
        case .query:
            if scope.comparesImages, image == .stored {
                guard let before = compiler.before(path, in: scope, node.location) else { return nil }
                value = before
            }
            return CompiledOperand(.value(.outer(value)))
        }
    }

    private func isNamable(_ image: RowImage, _ node: RuleNode, _ isTop: Bool) -> Bool {
        let variable = image == .stored ? "args.row" : "args.doc"
        switch subject {
        case .row(.stored) where image == .written:
            node.report("args.doc has no meaning in a where, which looks at the stored row")
            return false
        case .row where image == .stored && !scope.operation.hasStoredRow:
            node.report("args.row has no meaning in a rule for create: there is no stored row")
            return false
        case .row:
            guard isTop else {
                node.report(
                    "\(variable) cannot be named inside a relationship's filter",
                    suggestion: "use a match with a path, such as \"\(variable).author.org_id\"")
                return false
            }
            return true
        case .query:
            guard image == .stored ? scope.operation.hasStoredRow : scope.operation.hasWrittenRow else {
                node.report(
                    "\(variable) has no meaning in a rule for \(scope.operation.rawValue): "
                        + (image == .stored ? "there is no stored row" : "nothing is written"))
                return false
            }
            return true
        }
    }
}

extension RuleNode {
    /// The items if the value is a list; `nil`, without a report, if it is not.
    fileprivate func items(ifList: Bool) -> [RuleNode]? {
        value.array == nil ? nil : items()
    }
}
