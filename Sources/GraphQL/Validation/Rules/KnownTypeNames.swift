// Every named type exists. Specification, section 5.5.1.2 "Fragment Spread Type Existence" and 3.3.

struct KnownTypeNames: ValidationRule {
    static let hooks: ValidationHooks = [.namedType]

    private var defined: [String] = []
    private var definedNames: Set<String> = []
    private var typeSystemCandidates: [String]?
    private var executableCandidates: [String]?

    mutating func enterDocument(_ context: ValidationContext) {
        for definition in context.document.definitions where definition.kind.isTypeDefinition {
            defined.append(definition.nameText)
        }
        definedNames = Set(defined)
    }

    mutating func enterNamedType(_ node: TypeNode, _ context: ValidationContext) {
        let name = node.name
        guard !definedNames.contains(name), context.schema.type(named: name) == nil else { return }
        // A schema has the built-in scalars it uses; to use one in a definition is enough.
        let isTypeSystem = context.ancestors.first.map { !isExecutable(context.document[$0].kind) } ?? false
        if isTypeSystem, BuiltInScalars.byName[name] != nil { return }
        let near = context.suggestions(name, candidates(context, isTypeSystem))
        context.report("Unknown type \"\(name)\"." + Suggestions.didYouMean(near), at: node)
    }

    /// Listing the types of a schema makes them all: done once.
    private mutating func candidates(_ context: ValidationContext, _ isTypeSystem: Bool) -> [String] {
        let known = isTypeSystem ? typeSystemCandidates : executableCandidates
        if let known { return known }
        var candidates = context.schema.allTypeNames + defined
        if isTypeSystem { candidates = BuiltInScalars.all.map(\.name) + IntrospectionTypes.names + candidates }
        var seen: Set<String> = []
        candidates = candidates.filter { seen.insert($0).inserted }
        if isTypeSystem { typeSystemCandidates = candidates } else { executableCandidates = candidates }
        return candidates
    }

    private func isExecutable(_ kind: NodeKind) -> Bool {
        kind == .operationDefinition || kind == .fragmentDefinition
    }
}
