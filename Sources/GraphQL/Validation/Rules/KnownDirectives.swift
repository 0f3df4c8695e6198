// Every directive exists and may stand where it does. Specification, sections 5.7.1 "Directives Are Defined" and 5.7.2
// "Directives Are in Valid Locations".

struct KnownDirectives: ValidationRule {
    static let hooks: ValidationHooks = [.directive]

    /// From the schema and, in type system documents, from the document itself.
    private var locations: [String: Set<String>] = [:]

    mutating func enterDocument(_ context: ValidationContext) {
        for directive in context.schema.directives {
            locations[directive.name] = Set(directive.locations.map(\.rawValue))
        }
        for definition in context.document.definitions {
            guard let directive = definition.as(DirectiveDefinitionNode.self) else { continue }
            locations[directive.name] = Set(directive.locations.map(\.name))
        }
    }

    mutating func enterDirective(_ node: DirectiveNode, _ context: ValidationContext) {
        let name = node.name
        guard let allowed = locations[name] else {
            context.report("Unknown directive \"@\(name)\".", at: node)
            return
        }
        guard let location = location(context), !allowed.contains(location.rawValue) else { return }
        context.report("Directive \"@\(name)\" may not be used on \(location.rawValue).", at: node)
    }

    /// The location that the node around the directive is.
    private func location(_ context: ValidationContext) -> DirectiveLocation? {
        guard let parent = context.ancestors.last else { return nil }
        switch context.document[parent].kind {
        case .operationDefinition:
            switch OperationDefinition(document: context.document, index: parent).operationKind {
            case .query: return .query
            case .mutation: return .mutation
            case .subscription: return .subscription
            }
        case .field: return .field
        case .fragmentSpread: return .fragmentSpread
        case .inlineFragment: return .inlineFragment
        case .fragmentDefinition: return .fragmentDefinition
        case .variableDefinition: return .variableDefinition
        case .schemaDefinition, .schemaExtension: return .schema
        case .scalarTypeDefinition, .scalarTypeExtension: return .scalar
        case .objectTypeDefinition, .objectTypeExtension: return .object
        case .fieldDefinition: return .fieldDefinition
        case .interfaceTypeDefinition, .interfaceTypeExtension: return .interface
        case .unionTypeDefinition, .unionTypeExtension: return .union
        case .enumTypeDefinition, .enumTypeExtension: return .enumeration
        case .enumValueDefinition: return .enumValue
        case .inputObjectTypeDefinition, .inputObjectTypeExtension: return .inputObject
        case .inputValueDefinition:
            let holder = context.ancestors.dropLast().last.map { context.document[$0].kind }
            let isInputObject = holder == .inputObjectTypeDefinition || holder == .inputObjectTypeExtension
            return isInputObject ? .inputFieldDefinition : .argumentDefinition
        default: return nil
        }
    }
}
