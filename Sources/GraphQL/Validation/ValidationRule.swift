// What a rule can listen to. All rules run in one walk over the document; each keeps its own state and implements the
// hooks it needs. Specification, section 5 "Validation".

protocol ValidationRule {
    mutating func enterDocument(_ context: ValidationContext)
    mutating func leaveDocument(_ context: ValidationContext)
    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext)
    mutating func enterFragment(_ node: FragmentDefinition, _ context: ValidationContext)
    mutating func enterVariableDefinition(_ node: VariableDefinition, _ context: ValidationContext)
    mutating func enterSelectionSet(_ node: SelectionSet, _ context: ValidationContext)
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
    mutating func enterSelectionSet(_ node: SelectionSet, _ context: ValidationContext) {}
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
