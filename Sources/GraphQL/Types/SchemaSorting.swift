// A schema with everything in alphabetical order, so that two of them can be compared line by line.

extension Schema {
    /// Types, fields, arguments, values, members, interfaces, directives and their locations sorted by name.
    package var sortedByName: Schema {
        let types = provider.typeNames.compactMap { provider.type(named: $0)?.sortedByName }
        let directives = byName(self.directives.elements).map { directive in
            DirectiveDefinition(
                name: directive.name, description: directive.description, arguments: byName(directive.arguments),
                locations: directive.locations.sorted { $0.rawValue < $1.rawValue },
                isRepeatable: directive.isRepeatable)
        }
        return Schema(
            provider: StaticTypeProvider(byName(types), directives: directives), queryType: queryType,
            mutationType: mutationType, subscriptionType: subscriptionType, description: description,
            directives: directives)
    }
}

extension NamedType {
    fileprivate var sortedByName: NamedType {
        switch self {
        case .scalar: self
        case .object(let type):
            .object(
                ObjectType(
                    name: type.name, description: type.description, interfaces: inNaturalOrder(type.interfaces),
                    fields: sortedFields(type.fields)))
        case .interface(let type):
            .interface(
                InterfaceType(
                    name: type.name, description: type.description, interfaces: inNaturalOrder(type.interfaces),
                    fields: sortedFields(type.fields)))
        case .union(let type):
            .union(
                UnionType(
                    name: type.name, description: type.description, memberTypes: inNaturalOrder(type.memberTypes)))
        case .enumeration(let type):
            .enumeration(
                EnumType(
                    name: type.name, description: type.description,
                    values: DefinitionList(byName(type.values.elements)), holdsData: type.holdsData))
        case .inputObject(let type):
            .inputObject(
                InputObjectType(
                    name: type.name, description: type.description,
                    fields: DefinitionList(byName(type.fields.elements)), isOneOf: type.isOneOf))
        }
    }

    private func sortedFields(_ fields: DefinitionList<FieldDefinition>) -> DefinitionList<FieldDefinition> {
        DefinitionList(
            byName(fields.elements).map { field in
                FieldDefinition(
                    name: field.name, description: field.description, arguments: byName(field.arguments),
                    type: field.type, deprecationReason: field.deprecationReason)
            })
    }
}

private func byName<Element: NamedDefinition>(_ elements: [Element]) -> [Element] {
    elements.sorted { Suggestions.naturalCompare($0.name, $1.name) < 0 }
}

private func inNaturalOrder(_ names: [String]) -> [String] {
    names.sorted { Suggestions.naturalCompare($0, $1) < 0 }
}
