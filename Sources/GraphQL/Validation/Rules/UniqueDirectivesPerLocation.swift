// Specification, section 5.7.3 "Directives Are Unique per Location". A type and its extensions are one location.

struct UniqueDirectivesPerLocation: ValidationRule {
    static let hooks: ValidationHooks = [.directiveBearer]

    private var unique: Set<String> = []
    private var onSchema: [String: DirectiveNode] = [:]
    private var onTypes: [String: [String: DirectiveNode]] = [:]

    mutating func enterDocument(_ context: ValidationContext) {
        for directive in context.schema.directives where !directive.isRepeatable { unique.insert(directive.name) }
        for definition in context.document.definitions {
            guard let directive = definition.as(DirectiveDefinitionNode.self) else { continue }
            if directive.isRepeatable { unique.remove(directive.name) } else { unique.insert(directive.name) }
        }
    }

    mutating func enterDirectiveBearer(_ node: AnyNode, _ context: ValidationContext) {
        let directives = NodeList<DirectiveNode>(
            node.document, from: node.index + 1, to: Int(node.document[node.index].next))
        if node.kind == .schemaDefinition || node.kind == .schemaExtension {
            check(directives, &onSchema, context)
        } else if node.kind.isTypeDefinition || node.kind.isTypeExtension {
            check(directives, &onTypes[node.nameText, default: [:]], context)
        } else {
            var seen: [String: DirectiveNode] = [:]
            check(directives, &seen, context)
        }
    }

    private func check(
        _ directives: NodeList<DirectiveNode>, _ seen: inout [String: DirectiveNode], _ context: ValidationContext
    ) {
        for directive in directives {
            let name = directive.name
            guard unique.contains(name) else { continue }
            if let first = seen[name] {
                context.report(
                    "The directive \"@\(name)\" can only be used once at this location.", at: first, directive)
            } else {
                seen[name] = directive
            }
        }
    }
}
