// Arguments, directives, values and type references, shared by both grammars. Specification, sections 2.6 to 2.12.

extension DocumentParser {
    /// Arguments[Const] : `(` Argument[?Const]+ `)`
    mutating func parseArguments(_ source: Span<UInt8>, isConstant: Bool) throws(GraphQLError) {
        guard try skip(.leftParenthesis, source) else { return }
        repeat {
            let index = open()
            let name = try parseName(source)
            try expect(.colon, source)
            try parseValue(source, isConstant: isConstant)
            close(index, .argument, from: name.start, name: name)
        } while try !skip(.rightParenthesis, source)
    }

    /// Directives[Const] : Directive[?Const]+
    /// Directive[Const] : `@` Name Arguments[?Const]?
    mutating func parseDirectives(_ source: Span<UInt8>, isConstant: Bool) throws(GraphQLError) {
        while token.kind == .at {
            let start = token.start
            let index = open()
            try advance(source)
            let name = try parseName(source)
            try parseArguments(source, isConstant: isConstant)
            close(index, .directive, from: start, name: name)
        }
    }

    /// Variable : `$` Name. Returns the name.
    @discardableResult
    mutating func parseVariable(_ source: Span<UInt8>) throws(GraphQLError) -> Token {
        let start = token.start
        try expect(.dollar, source)
        let name = try parseName(source)
        nodes.append(
            Node(
                kind: .variable, start: start, end: name.end, nameStart: name.start, nameEnd: name.end,
                next: UInt32(truncatingIfNeeded: nodes.count + 1)))
        return name
    }

    /// Value[Const] : [~Const] Variable | IntValue | FloatValue | StringValue | BooleanValue | NullValue | EnumValue |
    /// ListValue[?Const] | ObjectValue[?Const]
    mutating func parseValue(_ source: Span<UInt8>, isConstant: Bool) throws(GraphQLError) {
        let token = token
        switch token.kind {
        case .int:
            leaf(.intValue, token)
            try advance(source)
        case .float:
            leaf(.floatValue, token)
            try advance(source)
        case .string, .blockString:
            addString(token)
            try advance(source)
        case .name:
            addNameValue(source)
            try advance(source)
        case .dollar:
            if isConstant { throw try variableInConstant(source) }
            try parseVariable(source)
        case .leftBracket: try parseList(source, isConstant: isConstant)
        case .leftBrace: try parseObject(source, isConstant: isConstant)
        default: throw unexpected(token, source)
        }
    }

    /// BooleanValue : one of `true` `false`; NullValue : `null`; EnumValue : Name but not those
    private mutating func addNameValue(_ source: Span<UInt8>) {
        if isKeyword("true", source) {
            leaf(.booleanValue, token, flags: Node.Flag.isTrue)
        } else if isKeyword("false", source) {
            leaf(.booleanValue, token)
        } else if isKeyword("null", source) {
            leaf(.nullValue, token)
        } else {
            leaf(.enumValue, token, isName: true)
        }
    }

    private mutating func variableInConstant(_ source: Span<UInt8>) throws(GraphQLError) -> GraphQLError {
        let dollar = token
        try advance(source)
        guard token.kind == .name else { return unexpected(dollar, source) }
        return .syntax(
            "Unexpected variable \"$\(String(source, token.range))\" in constant value.", at: Int(dollar.start),
            in: source)
    }

    /// ListValue[Const] : `[` `]` | `[` Value[?Const]+ `]`
    private mutating func parseList(_ source: Span<UInt8>, isConstant: Bool) throws(GraphQLError) {
        let start = token.start
        let index = open()
        try descend(source)
        try advance(source)
        while try !skip(.rightBracket, source) { try parseValue(source, isConstant: isConstant) }
        ascend()
        close(index, .listValue, from: start)
    }

    /// ObjectValue[Const] : `{` `}` | `{` ObjectField[?Const]+ `}`
    private mutating func parseObject(_ source: Span<UInt8>, isConstant: Bool) throws(GraphQLError) {
        let start = token.start
        let index = open()
        try descend(source)
        try advance(source)
        while try !skip(.rightBrace, source) {
            let field = open()
            let name = try parseName(source)
            try expect(.colon, source)
            try parseValue(source, isConstant: isConstant)
            close(field, .objectField, from: name.start, name: name)
        }
        ascend()
        close(index, .objectValue, from: start)
    }

    /// Type : NamedType | ListType | NonNullType
    mutating func parseTypeReference(_ source: Span<UInt8>) throws(GraphQLError) {
        let index = nodes.count
        let start = token.start
        if token.kind == .leftBracket {
            _ = open()
            try descend(source)
            try advance(source)
            try parseTypeReference(source)
            try expect(.rightBracket, source)
            ascend()
            close(index, .listType, from: start)
        } else {
            try parseNamedType(source)
        }
        if try skip(.exclamationMark, source) { wrapInNonNull(index) }
    }

    /// A parent that is known only after its child: the few nodes of the type move up by one.
    private mutating func wrapInNonNull(_ index: Int) {
        nodes.insert(Node(kind: .nonNullType, start: nodes[index].start, end: previousEnd), at: index)
        for moved in index + 1..<nodes.count { nodes[moved].next += 1 }
        nodes[index].next = UInt32(truncatingIfNeeded: nodes.count)
    }

    mutating func parseNamedType(_ source: Span<UInt8>) throws(GraphQLError) {
        let name = token
        try expect(.name, source)
        leaf(.namedType, name, isName: true)
    }
}
