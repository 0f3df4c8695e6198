// A type system to validate, plan and introspect against. Types are asked for by name, so that a schema of thousands of
// types costs only the ones a request touches. Specification, section 3.3 "Schema".

/// Where a schema's own types come from. Built-in scalars and introspection types are not its business.
package protocol TypeProvider: Sendable {
    /// The type of that name, made on demand; the same name gives the same type every time.
    func type(named name: String) -> NamedType?
    /// All names, in the order introspection shows them.
    var typeNames: [String] { get }
    /// The object types that implement an interface. The default asks for every type.
    func implementations(of interface: String) -> [String]
    /// Whether anything refers to a built-in scalar; one that nothing refers to is not in the schema (section 3.5). The
    /// default says yes, which spares a provider of many types from making them all.
    func uses(scalar name: String) -> Bool
}

extension TypeProvider {
    package func implementations(of interface: String) -> [String] {
        typeNames.filter { name in
            guard case .object(let object)? = type(named: name) else { return false }
            return object.interfaces.contains(interface)
        }
    }

    package func uses(scalar name: String) -> Bool { true }
}

package struct Schema: Sendable {
    package let provider: any TypeProvider
    package let queryType: String?
    package let mutationType: String?
    package let subscriptionType: String?
    package let description: String?
    package let directives: DefinitionList<DirectiveDefinition>

    package init(
        provider: any TypeProvider, queryType: String?, mutationType: String? = nil, subscriptionType: String? = nil,
        description: String? = nil, directives: [DirectiveDefinition] = BuiltInDirectives.all
    ) {
        self.provider = provider
        self.queryType = queryType
        self.mutationType = mutationType
        self.subscriptionType = subscriptionType
        self.description = description
        self.directives = DefinitionList(directives)
    }

    /// Any type by name: built-in scalars, introspection types, then the provider's.
    package func type(named name: String) -> NamedType? {
        // Their names are short; most others need not be looked up among them.
        if name.utf8.count <= 7, let scalar = BuiltInScalars.byName[name] {
            return name == "String" || name == "Boolean" || provider.uses(scalar: name) ? scalar : nil
        }
        if name.utf8.starts(with: "__".utf8), let type = IntrospectionTypes.byName[name] { return type }
        return provider.type(named: name)
    }

    package func rootType(_ kind: OperationKind) -> String? {
        switch kind {
        case .query: queryType
        case .mutation: mutationType
        case .subscription: subscriptionType
        }
    }

    package func directive(named name: String) -> DirectiveDefinition? { directives[name] }

    /// A field as a selection finds it: the type's own and the meta-fields (section 4.1 "Introspection").
    package func field(named name: String, on type: NamedType) -> FieldDefinition? {
        if name.utf8.starts(with: "__".utf8) {
            switch name {
            case "__typename" where type.isComposite: return MetaFields.typename
            case "__schema" where type.name == queryType: return MetaFields.schema
            case "__type" where type.name == queryType: return MetaFields.type
            default: break
            }
        }
        return type.fields?[name]
    }

    /// The object types a value of `type` may have at run time.
    package func possibleTypes(of type: NamedType) -> [String] {
        switch type {
        case .object(let object): [object.name]
        case .union(let union): union.memberTypes
        case .interface(let interface): provider.implementations(of: interface.name)
        case .scalar, .enumeration, .inputObject: []
        }
    }

    /// Whether an object or interface named `name` is `abstract`, belongs to it or implements it.
    package func isSubtype(_ name: String, of abstract: String) -> Bool {
        if name == abstract { return true }
        switch type(named: abstract) {
        case .union(let union)?: return union.memberTypes.contains(name)
        case .interface?: return type(named: name)?.interfaces.contains(abstract) ?? false
        case .object?, .scalar?, .enumeration?, .inputObject?, nil: return false
        }
    }

    /// Whether some object type could be both: a fragment on one may then apply to the other.
    package func overlap(_ left: NamedType, _ right: NamedType) -> Bool {
        if left.name == right.name { return true }
        if !right.isAbstract { return isSubtype(right.name, of: left.name) }
        if !left.isAbstract { return isSubtype(left.name, of: right.name) }
        let possible = Set(possibleTypes(of: left))
        return possibleTypes(of: right).contains { possible.contains($0) }
    }
}

extension Schema {
    /// All types in the order introspection shows them: the provider's, each followed by the built-in ones it is the
    /// first to use; then those only directives use, and the introspection types.
    package var allTypeNames: [String] {
        var names: [String] = []
        var seen: Set<String> = []
        func add(_ name: String) {
            if seen.insert(name).inserted { names.append(name) }
        }
        func use(_ reference: TypeReference) {
            let name = reference.name
            if BuiltInScalars.byName[name] != nil { return add(name) }
            guard let type = IntrospectionTypes.byName[name], !seen.contains(name) else { return }
            add(name)
            type.usedTypes.forEach(use)
        }
        for name in provider.typeNames {
            guard let type = type(named: name) else { continue }
            add(name)
            type.usedTypes.forEach(use)
        }
        for directive in directives {
            for argument in directive.arguments { use(argument.type) }
        }
        use(.named("__Schema"))
        return names
    }
}

extension NamedType {
    /// What its fields and their arguments refer to, in order.
    var usedTypes: [TypeReference] {
        if case .inputObject(let input) = self { return input.fields.map(\.type) }
        return (fields?.elements ?? []).flatMap { [$0.type] + $0.arguments.map(\.type) }
    }
}

/// Types that are all there from the start: schemas read from SDL, tests.
package struct StaticTypeProvider: TypeProvider {
    package let types: DefinitionList<NamedType>
    private let implementers: [String: [String]]
    private let usedNames: Set<String>

    /// `directives` count as uses of the types of their arguments.
    package init(_ types: [NamedType], directives: [DirectiveDefinition] = []) {
        self.types = DefinitionList(types)
        usedNames = Set(
            types.flatMap { $0.usedTypes.map(\.name) } + directives.flatMap { $0.arguments.map(\.type.name) })
        var implementers: [String: [String]] = [:]
        for case .object(let object) in types {
            for interface in object.interfaces { implementers[interface, default: []].append(object.name) }
        }
        self.implementers = implementers
    }

    package func type(named name: String) -> NamedType? { types[name] }
    package var typeNames: [String] { types.names }
    package func uses(scalar name: String) -> Bool { usedNames.contains(name) }
    package func implementations(of interface: String) -> [String] { implementers[interface] ?? [] }
}
