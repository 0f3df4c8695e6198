// The rules in force, in the order of their messages: a missing type is told before what follows from it. A new rule is
// a file in `Rules/` and a line here. Specification, section 5.

enum SpecifiedRules {
    /// Name and rule of everything in section 5, then our limit on introspection.
    private static func named(_ limits: ValidationLimits) -> [(String, any ValidationRule)] {
        [
            ("ExecutableDefinitionsRule", ExecutableDefinitions()),
            ("UniqueOperationNamesRule", UniqueOperationNames()),
            ("LoneAnonymousOperationRule", LoneAnonymousOperation()),
            ("SingleFieldSubscriptionsRule", SingleFieldSubscriptions()),
            ("KnownTypeNamesRule", KnownTypeNames()),
            ("FragmentsOnCompositeTypesRule", FragmentsOnCompositeTypes()),
            ("VariablesAreInputTypesRule", VariablesAreInputTypes()),
            ("ScalarLeafsRule", ScalarLeafs()),
            ("FieldsOnCorrectTypeRule", FieldsOnCorrectType()),
            ("UniqueFragmentNamesRule", UniqueFragmentNames()),
            ("KnownFragmentNamesRule", KnownFragmentNames()),
            ("NoUnusedFragmentsRule", NoUnusedFragments()),
            ("PossibleFragmentSpreadsRule", PossibleFragmentSpreads()),
            ("NoFragmentCyclesRule", NoFragmentCycles()),
            ("UniqueVariableNamesRule", UniqueVariableNames()),
            ("NoUndefinedVariablesRule", NoUndefinedVariables()),
            ("NoUnusedVariablesRule", NoUnusedVariables()),
            ("KnownDirectivesRule", KnownDirectives()),
            ("UniqueDirectivesPerLocationRule", UniqueDirectivesPerLocation()),
            ("KnownArgumentNamesRule", KnownArgumentNames()),
            ("UniqueArgumentNamesRule", UniqueArgumentNames()),
            ("ValuesOfCorrectTypeRule", ValuesOfCorrectType()),
            ("ProvidedRequiredArgumentsRule", ProvidedRequiredArguments()),
            ("VariablesInAllowedPositionRule", VariablesInAllowedPosition()),
            ("OverlappingFieldsCanBeMergedRule", OverlappingFieldsCanBeMerged()),
            ("UniqueInputFieldNamesRule", UniqueInputFieldNames()),
            ("MaxIntrospectionDepthRule", MaximumIntrospectionDepth(maximum: limits.introspectionDepth)),
        ]
    }

    /// Rules that are asked for by name only.
    private static var optional: [(String, any ValidationRule)] {
        [
            ("NoDeprecatedCustomRule", NoDeprecated()),
            ("NoSchemaIntrospectionCustomRule", NoSchemaIntrospection()),
        ]
    }

    /// Rules for type system documents.
    private static var typeSystem: [(String, any ValidationRule)] {
        [
            ("LoneSchemaDefinitionRule", LoneSchemaDefinition()),
            ("UniqueOperationTypesRule", UniqueOperationTypes()),
            ("UniqueTypeNamesRule", UniqueTypeNames()),
            ("UniqueEnumValueNamesRule", UniqueEnumValueNames()),
            ("UniqueFieldDefinitionNamesRule", UniqueFieldDefinitionNames()),
            ("UniqueArgumentDefinitionNamesRule", UniqueArgumentDefinitionNames()),
            ("UniqueDirectiveNamesRule", UniqueDirectiveNames()),
            ("KnownTypeNamesRule", KnownTypeNames()),
            ("KnownDirectivesRule", KnownDirectives()),
            ("UniqueDirectivesPerLocationRule", UniqueDirectivesPerLocation()),
            ("PossibleTypeExtensionsRule", PossibleTypeExtensions()),
            ("KnownArgumentNamesOnDirectivesRule", KnownArgumentNames()),
            ("UniqueArgumentNamesRule", UniqueArgumentNames()),
            ("UniqueInputFieldNamesRule", UniqueInputFieldNames()),
            ("ProvidedRequiredArgumentsOnDirectivesRule", ProvidedRequiredArguments()),
        ]
    }

    static func all(_ limits: ValidationLimits) -> [any ValidationRule] { named(limits).map(\.1) }

    static var allOfTypeSystem: [any ValidationRule] { typeSystem.map(\.1) }

    static func rule(named name: String, _ limits: ValidationLimits) -> (any ValidationRule)? {
        (named(limits) + optional).first { $0.0 == name }?.1
    }

    static func typeSystemRule(named name: String) -> (any ValidationRule)? {
        typeSystem.first { $0.0 == name }?.1
    }
}
