// A variable's type fits every place it is used in. Specification, section 5.8.5 "All Variable Usages Are Allowed".

struct VariablesInAllowedPosition: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func leaveDocument(_ context: ValidationContext) {
        for operation in context.document.operations where !operation.variableDefinitions.isEmpty {
            let definitions = Dictionary(
                operation.variableDefinitions.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
            for use in context.variables(of: operation) {
                guard let definition = definitions[use.node.nameText], let place = use.place,
                    let expected = place.type
                else { continue }
                check(use, definition, expected, place, context)
            }
        }
    }

    private func check(
        _ use: ValidationContext.VariableUse, _ definition: VariableDefinition, _ expected: TypeReference,
        _ place: TypeTracker.InputPlace, _ context: ValidationContext
    ) {
        let type = definition.type.reference
        guard context.schema.type(named: type.name) != nil else { return }
        if !isAllowed(type, definition.defaultValue, expected, place.hasDefault) {
            context.report(
                "Variable \"$\(definition.name)\" of type \"\(type)\" used in position expecting type \"\(expected)\".",
                at: definition, use.node, path: use.node)
        }
        if let object = place.object, object.isOneOf, !type.isNonNull {
            context.report(
                "Variable \"$\(definition.name)\" is of type \"\(type)\" but must be non-nullable to be used for OneOf Input Object \"\(object.name)\".",
                at: definition, use.node, path: use.node)
        }
    }

    /// IsVariableUsageAllowed(): a default on either side makes up for null.
    private func isAllowed(
        _ type: TypeReference, _ fallback: ValueNode?, _ expected: TypeReference, _ expectedHasDefault: Bool
    ) -> Bool {
        if case .nonNull(let nullable) = expected, !type.isNonNull {
            let hasDefault = fallback.map { !$0.isNull } ?? false
            return (hasDefault || expectedHasDefault) && isSubtype(type, nullable)
        }
        return isSubtype(type, expected)
    }

    /// AreTypesCompatible()
    private func isSubtype(_ type: TypeReference, _ expected: TypeReference) -> Bool {
        switch (type, expected) {
        case (.nonNull(let inner), .nonNull(let expected)): isSubtype(inner, expected)
        case (.nonNull(let inner), _): isSubtype(inner, expected)
        case (_, .nonNull): false
        case (.list(let item), .list(let expected)): isSubtype(item, expected)
        case (.list, _), (_, .list): false
        case (.named(let name), .named(let expected)): name == expected
        }
    }
}
