// The second arrow of the pipeline: a document against a schema, all rules in one walk, every error collected.
// Specification, section 5 "Validation".

package enum Validation {
    /// Errors of an executable document; empty when it may be planned.
    package static func validate(
        _ document: Document, _ schema: Schema, limits: ValidationLimits = .standard
    ) -> [GraphQLError] {
        validate(document, schema, rules: SpecifiedRules.all(limits), limits: limits)
    }

    /// The same with what it cost: the steps that `ValidationLimits.steps` bounds, equal on every machine.
    package static func outcome(
        _ document: Document, _ schema: Schema, limits: ValidationLimits = .standard
    ) -> (errors: [GraphQLError], steps: Int) {
        let context = validated(document, schema, rules: SpecifiedRules.all(limits), limits: limits)
        return (context.errors, context.steps)
    }

    /// The same with some rules by name (`FieldsOnCorrectTypeRule`), for tools and tests; names that are none are
    /// ignored.
    package static func validate(
        _ document: Document, _ schema: Schema, ruleNames: [String], limits: ValidationLimits = .standard
    ) -> [GraphQLError] {
        let rules = ruleNames.compactMap { SpecifiedRules.rule(named: $0, limits) }
        return validate(document, schema, rules: rules, limits: limits)
    }

    /// Errors of a type system document, alone or as an extension of a schema. Says nothing about whether the resulting
    /// schema is sound: `SchemaValidation` does.
    package static func validateTypeSystem(
        _ document: Document, extending schema: Schema? = nil, ruleNames: [String]? = nil,
        limits: ValidationLimits = .standard
    ) -> [GraphQLError] {
        let rules =
            ruleNames?.compactMap { SpecifiedRules.typeSystemRule(named: $0) } ?? SpecifiedRules.allOfTypeSystem
        let empty = Schema(provider: StaticTypeProvider([]), queryType: nil)
        let context = ValidationContext(
            document: document, schema: schema ?? empty, limits: limits, isExtension: schema != nil)
        var walk = ValidationWalk(context: context, rules: rules)
        walk.run()
        return context.errors
    }

    private static func validate(
        _ document: Document, _ schema: Schema, rules: [any ValidationRule], limits: ValidationLimits
    ) -> [GraphQLError] {
        validated(document, schema, rules: rules, limits: limits).errors
    }

    private static func validated(
        _ document: Document, _ schema: Schema, rules: [any ValidationRule], limits: ValidationLimits
    ) -> ValidationContext {
        let context = ValidationContext(document: document, schema: schema, limits: limits)
        var walk = ValidationWalk(context: context, rules: rules)
        walk.run()
        return context
    }
}

/// The walk that drives the rules.
private struct ValidationWalk: DocumentVisitor {
    let context: ValidationContext
    var rules: [any ValidationRule]
    /// For each hook the rules that implement it, in their order.
    private let listeners: [[Int]]
    private var definition = 0
    private var isInVariableDefinition = false
    private var lastDirectiveBearer = -1

    init(context: ValidationContext, rules: [any ValidationRule]) {
        self.context = context
        self.rules = rules
        listeners = (0..<ValidationHooks.count).map { position in
            rules.indices.filter { type(of: rules[$0]).hooks.rawValue >> UInt16(position) & 1 == 1 }
        }
    }

    mutating func run() {
        for index in rules.indices { rules[index].enterDocument(context) }
        context.document.visit(&self)
        for index in rules.indices where !context.isStopped { rules[index].leaveDocument(context) }
    }

    mutating func enter(_ node: AnyNode) -> VisitAction {
        guard context.spend() else { return .stop }
        if context.ancestors.isEmpty { definition = node.index }
        context.types.enter(node)
        let document = node.document
        let index = node.index
        switch node.kind {
        case .operationDefinition:
            each(.operation) { $0.enterOperation(OperationDefinition(document: document, index: index), $1) }
        case .fragmentDefinition:
            each(.fragment) { $0.enterFragment(FragmentDefinition(document: document, index: index), $1) }
        case .variableDefinition:
            isInVariableDefinition = true
            each(.variableDefinition) {
                $0.enterVariableDefinition(VariableDefinition(document: document, index: index), $1)
            }
        case .field: each(.field) { $0.enterField(FieldNode(document: document, index: index), $1) }
        case .inlineFragment:
            each(.inlineFragment) { $0.enterInlineFragment(InlineFragment(document: document, index: index), $1) }
        case .fragmentSpread:
            let spread = FragmentSpread(document: document, index: index)
            context.note(spread, in: definition)
            each(.fragmentSpread) { $0.enterFragmentSpread(spread, $1) }
        case .directive:
            if let bearer = context.ancestors.last, bearer != lastDirectiveBearer {
                lastDirectiveBearer = bearer
                each(.directiveBearer) { $0.enterDirectiveBearer(AnyNode(document: document, index: bearer), $1) }
            }
            each(.directive) { $0.enterDirective(DirectiveNode(document: document, index: index), $1) }
        case .argument: each(.argument) { $0.enterArgument(ArgumentNode(document: document, index: index), $1) }
        case .objectField:
            each(.objectField) { $0.enterObjectField(ObjectFieldNode(document: document, index: index), $1) }
        case .variable:
            if !isInVariableDefinition {
                context.note(.init(node: node, place: context.types.input), in: definition)
            }
            each(.value) { $0.enterValue(ValueNode(document: document, index: index), $1) }
        case .stringValue where isDescription(node): break
        case .intValue, .floatValue, .stringValue, .booleanValue, .enumValue, .objectValue:
            context.noteLoneItem(node)
            each(.value) { $0.enterValue(ValueNode(document: document, index: index), $1) }
        case .nullValue, .listValue:
            each(.value) { $0.enterValue(ValueNode(document: document, index: index), $1) }
        case .namedType: each(.namedType) { $0.enterNamedType(TypeNode(document: document, index: index), $1) }
        case .selectionSet, .listType, .nonNullType, .schemaDefinition, .operationTypeDefinition, .scalarTypeDefinition,
            .objectTypeDefinition, .fieldDefinition, .inputValueDefinition, .interfaceTypeDefinition,
            .unionTypeDefinition, .enumTypeDefinition, .enumValueDefinition, .inputObjectTypeDefinition,
            .directiveDefinition, .directiveLocation, .schemaExtension, .scalarTypeExtension, .objectTypeExtension,
            .interfaceTypeExtension, .unionTypeExtension, .enumTypeExtension, .inputObjectTypeExtension:
            break
        }
        context.ancestors.append(index)
        return context.isStopped ? .stop : .continue
    }

    mutating func leave(_ node: AnyNode) -> VisitAction {
        context.ancestors.removeLast()
        if node.kind == .variableDefinition { isInVariableDefinition = false }
        context.types.leave(node.kind)
        return .continue
    }

    @inline(__always)
    private mutating func each(
        _ hook: ValidationHooks, _ body: (inout any ValidationRule, ValidationContext) -> Void
    ) {
        for index in listeners[hook.position] { body(&rules[index], context) }
    }

    /// A definition's first child; values never stand first but in these.
    private func isDescription(_ node: AnyNode) -> Bool {
        guard let parent = context.ancestors.last, node.index == parent + 1 else { return false }
        switch context.document[parent].kind {
        case .argument, .objectField, .listValue: return false
        default: return true
        }
    }
}
