// What a rule can listen to. All rules run in one walk over the document; each keeps its own state and implements the
// hooks it needs. Specification, section 5 "Validation".

protocol ValidationRule {
    /// The hooks of nodes the rule implements; the others are not called. Those of the document always are.
    static var hooks: ValidationHooks { get }

    mutating func enterDocument(_ context: ValidationContext)
    mutating func leaveDocument(_ context: ValidationContext)
    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext)
    mutating func enterFragment(_ node: FragmentDefinition, _ context: ValidationContext)
    mutating func enterVariableDefinition(_ node: VariableDefinition, _ context: ValidationContext)
    mutating func enterField(_ node: FieldNode, _ context: ValidationContext)
    mutating func enterInlineFragment(_ node: InlineFragment, _ context: ValidationContext)
    mutating func enterFragmentSpread(_ node: FragmentSpread, _ context: ValidationContext)
    mutating func enterDirective(_ node: DirectiveNode, _ context: ValidationContext)
    mutating func enterArgument(_ node: ArgumentNode, _ context: ValidationContext)
    mutating func enterObjectField(_ node: ObjectFieldNode, _ context: ValidationContext)
    mutating func enterValue(_ node: ValueNode, _ context: ValidationContext)
    mutating func enterNamedType(_ node: TypeNode, _ context: ValidationContext)
    /// Every node directives were written on, type system definitions included.
    mutating func enterDirectiveBearer(_ node: AnyNode, _ context: ValidationContext)
}

extension ValidationRule {
    mutating func enterDocument(_ context: ValidationContext) {}
    mutating func leaveDocument(_ context: ValidationContext) {}
    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext) {}
    mutating func enterFragment(_ node: FragmentDefinition, _ context: ValidationContext) {}
    mutating func enterVariableDefinition(_ node: VariableDefinition, _ context: ValidationContext) {}
    mutating func enterField(_ node: FieldNode, _ context: ValidationContext) {}
    mutating func enterInlineFragment(_ node: InlineFragment, _ context: ValidationContext) {}
    mutating func enterFragmentSpread(_ node: FragmentSpread, _ context: ValidationContext) {}
    mutating func enterDirective(_ node: DirectiveNode, _ context: ValidationContext) {}
    mutating func enterArgument(_ node: ArgumentNode, _ context: ValidationContext) {}
    mutating func enterObjectField(_ node: ObjectFieldNode, _ context: ValidationContext) {}
    mutating func enterValue(_ node: ValueNode, _ context: ValidationContext) {}
    mutating func enterNamedType(_ node: TypeNode, _ context: ValidationContext) {}
    mutating func enterDirectiveBearer(_ node: AnyNode, _ context: ValidationContext) {}
}

/// Hooks by name. A walk over a document calls a few rules at each node instead of asking all of them.
struct ValidationHooks: OptionSet, Sendable {
    let rawValue: UInt16

    static let operation = ValidationHooks(rawValue: 1 << 0)
    static let fragment = ValidationHooks(rawValue: 1 << 1)
    static let variableDefinition = ValidationHooks(rawValue: 1 << 2)
    static let field = ValidationHooks(rawValue: 1 << 3)
    static let inlineFragment = ValidationHooks(rawValue: 1 << 4)
    static let fragmentSpread = ValidationHooks(rawValue: 1 << 5)
    static let directive = ValidationHooks(rawValue: 1 << 6)
    static let argument = ValidationHooks(rawValue: 1 << 7)
    static let objectField = ValidationHooks(rawValue: 1 << 8)
    static let value = ValidationHooks(rawValue: 1 << 9)
    static let namedType = ValidationHooks(rawValue: 1 << 10)
    static let directiveBearer = ValidationHooks(rawValue: 1 << 11)

    static let count = 12
    /// Where the hook stands in a table of all.
    var position: Int { rawValue.trailingZeroBitCount }
}
