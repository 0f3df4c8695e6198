// Uses of what a schema calls deprecated, for tools that want to know. Not in force for requests.

struct NoDeprecated: ValidationRule {
    static let hooks: ValidationHooks = [.field, .argument, .objectField, .value]

    mutating func enterField(_ node: FieldNode, _ context: ValidationContext) {
        guard let parent = context.types.parentType, let field = context.types.field,
            let reason = field.deprecationReason
        else { return }
        context.report("The field \(parent.name).\(field.name) is deprecated. \(reason)", at: node)
    }

    mutating func enterArgument(_ node: ArgumentNode, _ context: ValidationContext) {
        guard let argument = context.types.argument, let reason = argument.deprecationReason else { return }
        if let directive = context.types.directive {
            context.report(
                "Directive \"@\(directive.name)\" argument \"\(argument.name)\" is deprecated. \(reason)", at: node)
        } else if let parent = context.types.parentType, let field = context.types.field {
            context.report(
                "Field \"\(parent.name).\(field.name)\" argument \"\(argument.name)\" is deprecated. \(reason)",
                at: node)
        }
    }

    mutating func enterObjectField(_ node: ObjectFieldNode, _ context: ValidationContext) {
        guard let place = context.types.input, let object = place.object, let reason = place.field?.deprecationReason
        else { return }
        context.report("The input field \(object.name).\(node.name) is deprecated. \(reason)", at: node)
    }

    mutating func enterValue(_ node: ValueNode, _ context: ValidationContext) {
        guard case .enumeration(let name) = node.content, let type = context.types.input?.type?.name,
            case .enumeration(let enumeration)? = context.schema.type(named: type),
            let reason = enumeration.values[name]?.deprecationReason
        else { return }
        context.report("The enum value \"\(type).\(name)\" is deprecated. \(reason)", at: node)
    }
}
