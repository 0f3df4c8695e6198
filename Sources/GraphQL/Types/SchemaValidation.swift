// Whether a schema is sound: every type has what its kind needs and keeps its promises to its interfaces. Generated
// schemas are by construction; schemas read from files and remote servers are asked here.
// Specification, section 3 "Type System", "Type Validation" of each kind; messages are the reference's.

internal import Base

package struct SchemaValidation {
    private let schema: Schema
    private let sources: SchemaSources
    private var errors: [GraphQLError] = []

    private init(_ schema: Schema, _ sources: SchemaSources) {
        self.schema = schema
        self.sources = sources
    }

    /// All that is wrong; empty when the schema may be served. With the documents the schema was built from, errors
    /// tell where.
    package static func validate(_ schema: Schema, definedIn documents: [Document] = []) -> [GraphQLError] {
        var validation = SchemaValidation(schema, SchemaSources(documents))
        validation.checkRoots()
        for directive in schema.directives { validation.check(directive) }
        for name in schema.provider.typeNames {
            guard let type = schema.type(named: name), IntrospectionTypes.byName[name] == nil else { continue }
            validation.check(type)
        }
        validation.checkInputCycles()
        return validation.errors
    }

    private mutating func report(_ message: String, _ nodes: [AnyNode?]) {
        errors.append(GraphQLError(.validation, message, locations: nodes.compactMap { $0?.location }))
    }

    // MARK: Roots and directives

    private mutating func checkRoots() {
        if schema.queryType == nil {
            report(
                "Query root type must be provided.",
                [sources.schemaDefinitions.first { !$0.isExtension }?.anyNode])
        }
        for kind in OperationKind.allCases {
            guard let name = schema.rootType(kind) else { continue }
            if case .object? = schema.type(named: name) { continue }
            let word = kind.name.prefix(1).uppercased() + kind.name.dropFirst()
            let condition = kind == .query ? "" : " if provided"
            report(
                "\(word) root type must be Object type\(condition), it cannot be \(name).",
                [sources.rootType(kind) ?? sources.definition(name)])
        }
    }

    private mutating func check(_ directive: DirectiveDefinition) {
        let name = directive.name
        let node = sources.directive(name)?.anyNode
        checkName(name, node)
        if directive.locations.isEmpty { report("Directive @\(name) must include 1 or more locations.", [node]) }
        for argument in directive.arguments {
            let source = sources.directiveArgument(name, argument.name)
            checkName(argument.name, source?.anyNode)
            checkArgument(argument, "@\(name)(\(argument.name):)", source, typePlace: source?.anyNode)
        }
    }

    /// Names beginning with two underscores belong to introspection.
    private mutating func checkName(_ name: String, _ node: AnyNode?) {
        guard name.utf8.starts(with: "__".utf8) else { return }
        report("Name \"\(name)\" must not begin with \"__\", which is reserved by GraphQL introspection.", [node])
    }

    private mutating func checkArgument(
        _ argument: InputValueDefinition, _ place: String, _ source: InputValueNode?, typePlace: AnyNode?
    ) {
        if !isInput(argument.type) {
            report("The type of \(place) must be Input Type but got: \(argument.type).", [typePlace])
        }
        if argument.isRequired, argument.deprecationReason != nil {
            report("Required argument \(place) cannot be deprecated.", [source?.deprecation, source?.type.anyNode])
        }
    }

    private func isInput(_ type: TypeReference) -> Bool { schema.type(named: type.name)?.isInput ?? false }
    private func isOutput(_ type: TypeReference) -> Bool { schema.type(named: type.name)?.isOutput ?? false }

    // MARK: Types

    private mutating func check(_ type: NamedType) {
        checkName(type.name, sources.definition(type.name))
        switch type {
        case .object, .interface:
            checkFields(type)
            checkInterfaces(type)
        case .union(let union): check(union)
        case .enumeration(let enumeration): check(enumeration)
        case .inputObject(let input): check(input)
        case .scalar: break
        }
    }

    private mutating func checkFields(_ type: NamedType) {
        let fields = type.fields?.elements ?? []
        if fields.isEmpty {
            report("Type \(type.name) must define one or more fields.", sources.type(type.name))
        }
        for field in fields {
            let source = sources.field(type.name, field.name)
            let place = "\(type.name).\(field.name)"
            checkName(field.name, source?.anyNode)
            if !isOutput(field.type) {
                report("The type of \(place) must be Output Type but got: \(field.type).", [source?.type.anyNode])
            }
            for argument in field.arguments {
                let node = sources.argument(type.name, field.name, argument.name)
                checkName(argument.name, node?.anyNode)
                checkArgument(argument, "\(place)(\(argument.name):)", node, typePlace: node?.type.anyNode)
            }
        }
    }

    private mutating func check(_ union: UnionType) {
        if union.memberTypes.isEmpty {
            report("Union type \(union.name) must define one or more member types.", sources.type(union.name))
        }
        var seen: Set<String> = []
        for member in union.memberTypes {
            if !seen.insert(member).inserted {
                report(
                    "Union type \(union.name) can only include type \(member) once.",
                    sources.member(union.name, member))
            } else if case .object? = schema.type(named: member) {
                continue
            } else {
                report(
                    "Union type \(union.name) can only include Object types, it cannot include \(member).",
                    sources.member(union.name, member))
            }
        }
    }

    private mutating func check(_ enumeration: EnumType) {
        if enumeration.values.isEmpty {
            report(
                "Enum type \(enumeration.name) must define one or more values.", sources.type(enumeration.name))
        }
        for value in enumeration.values { checkName(value.name, sources.enumValue(enumeration.name, value.name)) }
    }

    private mutating func check(_ input: InputObjectType) {
        if input.fields.isEmpty {
            report("Input Object type \(input.name) must define one or more fields.", sources.type(input.name))
        }
        for field in input.fields {
            let source = sources.inputField(input.name, field.name)
            let place = "\(input.name).\(field.name)"
            checkName(field.name, source?.anyNode)
            if !isInput(field.type) {
                report("The type of \(place) must be Input Type but got: \(field.type).", [source?.type.anyNode])
            }
            if field.isRequired, field.deprecationReason != nil {
                report(
                    "Required input field \(place) cannot be deprecated.", [source?.deprecation, source?.type.anyNode])
            }
            guard input.isOneOf else { continue }
            if field.type.isNonNull {
                report("OneOf input field \(place) must be nullable.", [source?.type.anyNode])
            }
            if field.defaultValue != nil {
                report("OneOf input field \(place) cannot have a default value.", [source?.anyNode])
            }
        }
    }

    // MARK: Interfaces

    private mutating func checkInterfaces(_ type: NamedType) {
        var seen: Set<String> = []
        for name in type.interfaces {
            let places = sources.interface(type.name, name)
            guard case .interface(let interface)? = schema.type(named: name) else {
                report(
                    "Type \(type.name) must only implement Interface types, it cannot implement \(name).", places)
                continue
            }
            if name == type.name {
                report(
                    "Type \(name) cannot implement itself because it would create a circular reference.", places)
            } else if !seen.insert(name).inserted {
                report("Type \(type.name) can only implement \(name) once.", places)
            } else {
                checkAncestors(type, interface)
                checkImplementation(type, interface)
            }
        }
    }

    /// What an interface implements, its implementers implement too.
    private mutating func checkAncestors(_ type: NamedType, _ interface: InterfaceType) {
        for ancestor in interface.interfaces where !type.interfaces.contains(ancestor) {
            let places = sources.interface(interface.name, ancestor) + sources.interface(type.name, interface.name)
            if ancestor == type.name {
                report(
                    "Type \(type.name) cannot implement \(interface.name) because it would create a circular reference.",
                    places)
            } else {
                report(
                    "Type \(type.name) must implement \(ancestor) because it is implemented by \(interface.name).",
                    places)
            }
        }
    }

    /// IsValidImplementation()
    private mutating func checkImplementation(_ type: NamedType, _ interface: InterfaceType) {
        for expected in interface.fields {
            let name = expected.name
            let expectedNode = sources.field(interface.name, name)
            guard let field = type.fields?[name] else {
                report(
                    "Interface field \(interface.name).\(name) expected but \(type.name) does not provide it.",
                    [expectedNode?.anyNode] + sources.type(type.name))
                continue
            }
            let node = sources.field(type.name, name)
            if !isSubtype(field.type, expected.type) {
                report(
                    "Interface field \(interface.name).\(name) expects type \(expected.type) but \(type.name).\(name) is type \(field.type).",
                    [expectedNode?.type.anyNode, node?.type.anyNode])
            }
            checkArguments(of: field, type, expected, interface)
        }
    }

    private mutating func checkArguments(
        of field: FieldDefinition, _ type: NamedType, _ expected: FieldDefinition, _ interface: InterfaceType
    ) {
        let name = field.name
        for argument in expected.arguments {
            let place = "\(interface.name).\(name)(\(argument.name):)"
            let expectedNode = sources.argument(interface.name, name, argument.name)
            guard let own = field.argument(named: argument.name) else {
                report(
                    "Interface field argument \(place) expected but \(type.name).\(name) does not provide it.",
                    [expectedNode?.anyNode, sources.field(type.name, name)?.anyNode])
                continue
            }
            if own.type != argument.type {
                report(
                    "Interface field argument \(place) expects type \(argument.type) but \(type.name).\(name)(\(argument.name):) is type \(own.type).",
                    [expectedNode?.type.anyNode, sources.argument(type.name, name, argument.name)?.type.anyNode])
            }
        }
        for argument in field.arguments
        where argument.isRequired && expected.argument(named: argument.name) == nil {
            report(
                "Object field \(type.name).\(name) includes required argument \(argument.name) that is missing from the Interface field \(interface.name).\(name).",
                [
                    sources.argument(type.name, name, argument.name)?.anyNode,
                    sources.field(interface.name, name)?.anyNode,
                ])
        }
    }

    /// IsSubType(), through lists and non-null marks.
    private func isSubtype(_ type: TypeReference, _ expected: TypeReference) -> Bool {
        switch (type, expected) {
        case (.nonNull(let inner), .nonNull(let expected)): isSubtype(inner, expected)
        case (.nonNull(let inner), _): isSubtype(inner, expected)
        case (_, .nonNull): false
        case (.list(let item), .list(let expected)): isSubtype(item, expected)
        case (.list, _), (_, .list): false
        case (.named(let name), .named(let expected)): schema.isSubtype(name, of: expected)
        }
    }

    // MARK: Input objects that need themselves

    /// A chain of non-null input fields that comes back can never be given a value.
    private mutating func checkInputCycles() {
        var visited: Set<String> = []
        for name in schema.provider.typeNames {
            guard case .inputObject(let input)? = schema.type(named: name) else { continue }
            follow(input, &visited)
        }
    }

    private struct Frame {
        let type: InputObjectType
        var next = 0
    }

    private mutating func follow(_ start: InputObjectType, _ visited: inout Set<String>) {
        guard visited.insert(start.name).inserted else { return }
        var stack = [Frame(type: start)]
        var path: [(type: String, field: String)] = []
        var positions = [start.name: 0]
        while let top = stack.last {
            guard top.next < top.type.fields.count else {
                positions[top.type.name] = nil
                stack.removeLast()
                if !path.isEmpty { path.removeLast() }
                continue
            }
            let field = top.type.fields[top.next]
            stack[stack.count - 1].next += 1
            guard case .nonNull(.named(let name)) = field.type,
                case .inputObject(let input)? = schema.type(named: name)
            else { continue }
            let step = (type: top.type.name, field: field.name)
            if let position = positions[name] {
                let cycle = path[position...] + [step]
                report(
                    "Cannot reference Input Object \"\(name)\" within itself through a series of non-null fields: \"\(cycle.map(\.field).joined(separator: "."))\".",
                    cycle.map { sources.inputField($0.type, $0.field)?.anyNode })
            } else if visited.insert(name).inserted {
                positions[name] = stack.count
                stack.append(Frame(type: input))
                path.append(step)
            }
        }
    }
}
