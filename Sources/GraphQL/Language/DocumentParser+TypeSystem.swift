// Type system definitions and extensions. Specification, section 3, the grammar of each subsection.

extension DocumentParser {
    /// TypeSystemDefinition : SchemaDefinition | TypeDefinition | DirectiveDefinition.
    /// False when the keyword that comes next begins none of them.
    mutating func parseTypeSystemDefinition(
        _ description: Token?, _ source: Span<UInt8>
    ) throws(GraphQLError) -> Bool {
        let start = description?.start ?? token.start
        if isKeyword("directive", source) {
            try parseDirectiveDefinition(description, source)
            return true
        }
        if isKeyword("schema", source) {
            let index = open()
            addDescription(description)
            try advance(source)
            try parseDirectives(source, isConstant: true)
            try expect(.leftBrace, source)
            try parseOperationTypes(source)
            close(index, .schemaDefinition, from: start)
            return true
        }
        guard let kind = typeKeyword(source) else { return false }
        let index = open()
        addDescription(description)
        try advance(source)
        let name = try parseName(source)
        _ = try parseTypeParts(kind, source)
        close(index, kind, from: start, name: name)
        return true
    }

    /// TypeSystemExtension : `extend` and a definition without description that adds at least one thing.
    mutating func parseExtension(_ source: Span<UInt8>) throws(GraphQLError) {
        let start = token.start
        try advance(source)
        guard token.kind == .name else { throw unexpected(token, source) }
        if isKeyword("schema", source) {
            let index = open()
            try advance(source)
            let before = nodes.count
            try parseDirectives(source, isConstant: true)
            if try skip(.leftBrace, source) { try parseOperationTypes(source) }
            if nodes.count == before { throw unexpected(token, source) }
            close(index, .schemaExtension, from: start)
            return
        }
        guard let kind = typeKeyword(source) else { throw unexpected(token, source) }
        let index = open()
        try advance(source)
        let name = try parseName(source)
        guard try parseTypeParts(kind, source) else { throw unexpected(token, source) }
        close(index, kind.extensionKind, from: start, name: name)
    }

    private func typeKeyword(_ source: Span<UInt8>) -> NodeKind? {
        if isKeyword("type", source) { return .objectTypeDefinition }
        if isKeyword("interface", source) { return .interfaceTypeDefinition }
        if isKeyword("union", source) { return .unionTypeDefinition }
        if isKeyword("enum", source) { return .enumTypeDefinition }
        if isKeyword("input", source) { return .inputObjectTypeDefinition }
        if isKeyword("scalar", source) { return .scalarTypeDefinition }
        return nil
    }

    /// What follows a type's name. True if anything did.
    private mutating func parseTypeParts(_ kind: NodeKind, _ source: Span<UInt8>) throws(GraphQLError) -> Bool {
        let before = nodes.count
        if kind == .objectTypeDefinition || kind == .interfaceTypeDefinition {
            try parseImplementedInterfaces(source)
        }
        try parseDirectives(source, isConstant: true)
        switch kind {
        case .objectTypeDefinition, .interfaceTypeDefinition:
            if try skip(.leftBrace, source) {
                repeat { try parseFieldDefinition(source) } while try !skip(.rightBrace, source)
            }
        case .unionTypeDefinition:
            if try skip(.equals, source) {
                // UnionMemberTypes : `=` `|`? NamedType | UnionMemberTypes `|` NamedType
                _ = try skip(.pipe, source)
                repeat { try parseNamedType(source) } while try skip(.pipe, source)
            }
        case .enumTypeDefinition:
            if try skip(.leftBrace, source) {
                repeat { try parseEnumValueDefinition(source) } while try !skip(.rightBrace, source)
            }
        case .inputObjectTypeDefinition:
            if try skip(.leftBrace, source) {
                repeat { try parseInputValueDefinition(source) } while try !skip(.rightBrace, source)
            }
        default: break
        }
        return nodes.count > before
    }

    /// RootOperationTypeDefinition+ `}`. RootOperationTypeDefinition : OperationType `:` NamedType
    private mutating func parseOperationTypes(_ source: Span<UInt8>) throws(GraphQLError) {
        repeat {
            guard token.kind == .name else { throw expected("Name", source) }
            let kind: OperationKind
            if isKeyword("query", source) {
                kind = .query
            } else if isKeyword("mutation", source) {
                kind = .mutation
            } else if isKeyword("subscription", source) {
                kind = .subscription
            } else {
                throw unexpected(token, source)
            }
            let start = token.start
            let index = open()
            try advance(source)
            try expect(.colon, source)
            try parseNamedType(source)
            close(index, .operationTypeDefinition, from: start, flags: kind.rawValue)
        } while try !skip(.rightBrace, source)
    }

    /// ImplementsInterfaces : `implements` `&`? NamedType | ImplementsInterfaces `&` NamedType
    private mutating func parseImplementedInterfaces(_ source: Span<UInt8>) throws(GraphQLError) {
        guard try skipKeyword("implements", source) else { return }
        _ = try skip(.ampersand, source)
        repeat { try parseNamedType(source) } while try skip(.ampersand, source)
    }

    /// A description, if one comes next, as the open node's first child.
    private mutating func parseDescription(_ source: Span<UInt8>) throws(GraphQLError) {
        guard token.kind == .string || token.kind == .blockString else { return }
        addString(token)
        try advance(source)
    }

    /// FieldDefinition : Description? Name ArgumentsDefinition? `:` Type Directives[Const]?
    private mutating func parseFieldDefinition(_ source: Span<UInt8>) throws(GraphQLError) {
        let start = token.start
        let index = open()
        try parseDescription(source)
        let name = try parseName(source)
        try parseArgumentDefinitions(source)
        try expect(.colon, source)
        try parseTypeReference(source)
        try parseDirectives(source, isConstant: true)
        close(index, .fieldDefinition, from: start, name: name)
    }

    /// ArgumentsDefinition : `(` InputValueDefinition+ `)`
    private mutating func parseArgumentDefinitions(_ source: Span<UInt8>) throws(GraphQLError) {
        guard try skip(.leftParenthesis, source) else { return }
        repeat { try parseInputValueDefinition(source) } while try !skip(.rightParenthesis, source)
    }

    /// InputValueDefinition : Description? Name `:` Type DefaultValue? Directives[Const]?
    private mutating func parseInputValueDefinition(_ source: Span<UInt8>) throws(GraphQLError) {
        let start = token.start
        let index = open()
        try parseDescription(source)
        let name = try parseName(source)
        try expect(.colon, source)
        try parseTypeReference(source)
        if try skip(.equals, source) { try parseValue(source, isConstant: true) }
        try parseDirectives(source, isConstant: true)
        close(index, .inputValueDefinition, from: start, name: name)
    }

    /// EnumValueDefinition : Description? EnumValue Directives[Const]?
    private mutating func parseEnumValueDefinition(_ source: Span<UInt8>) throws(GraphQLError) {
        let start = token.start
        let index = open()
        try parseDescription(source)
        if isKeyword("true", source) || isKeyword("false", source) || isKeyword("null", source) {
            throw .syntax(
                "\(token.description(in: source)) is reserved and cannot be used for an enum value.",
                at: Int(token.start), in: source)
        }
        let name = try parseName(source)
        try parseDirectives(source, isConstant: true)
        close(index, .enumValueDefinition, from: start, name: name)
    }

    /// DirectiveDefinition : Description? `directive` `@` Name ArgumentsDefinition? `repeatable`? `on`
    /// DirectiveLocations
    private mutating func parseDirectiveDefinition(
        _ description: Token?, _ source: Span<UInt8>
    ) throws(GraphQLError) {
        let start = description?.start ?? token.start
        let index = open()
        addDescription(description)
        try advance(source)
        try expect(.at, source)
        let name = try parseName(source)
        try parseArgumentDefinitions(source)
        let flags = try skipKeyword("repeatable", source) ? Node.Flag.isRepeatable : 0
        try expectKeyword("on", source)
        _ = try skip(.pipe, source)
        repeat {
            guard token.kind == .name else { throw expected("Name", source) }
            guard DirectiveLocation(rawValue: String(source, token.range)) != nil else {
                throw unexpected(token, source)
            }
            leaf(.directiveLocation, token, isName: true)
            try advance(source)
        } while try skip(.pipe, source)
        close(index, .directiveDefinition, from: start, flags: flags, name: name)
    }
}

extension NodeKind {
    /// The extension of a type definition's kind.
    fileprivate var extensionKind: NodeKind {
        switch self {
        case .scalarTypeDefinition: .scalarTypeExtension
        case .objectTypeDefinition: .objectTypeExtension
        case .interfaceTypeDefinition: .interfaceTypeExtension
        case .unionTypeDefinition: .unionTypeExtension
        case .enumTypeDefinition: .enumTypeExtension
        case .inputObjectTypeDefinition: .inputObjectTypeExtension
        default: self
        }
    }
}
