// A name for one element of a schema: `Query.articles(where:)`. Parsed and printed here, resolved by `Schema`.
// Specification, section 2, "Schema Coordinates".

package enum SchemaCoordinate: Sendable, Hashable {
    case type(String)
    /// A field, an input field or an enum value.
    case member(type: String, name: String)
    case argument(type: String, field: String, name: String)
    case directive(String)
    case directiveArgument(directive: String, name: String)
}

extension SchemaCoordinate: CustomStringConvertible {
    /// The coordinate as it is written; parsing it gives the same coordinate.
    package var description: String {
        switch self {
        case .type(let name): name
        case .member(let type, let name): "\(type).\(name)"
        case .argument(let type, let field, let name): "\(type).\(field)(\(name):)"
        case .directive(let name): "@\(name)"
        case .directiveArgument(let directive, let name): "@\(directive)(\(name):)"
        }
    }
}

extension SchemaCoordinate {
    /// SchemaCoordinate :: Name | Name `.` Name | Name `.` Name `(` Name `:` `)` | `@` Name | `@` Name `(` Name `:` `)`.
    /// Nothing may stand between the parts, not even white space, so every element has one spelling.
    /// - Throws: a syntax error at the first character that does not fit.
    package init(parsing text: String) throws(GraphQLError) {
        var reader = CoordinateReader(text)
        let isDirective = reader.take(UInt8(ascii: "@"))
        let name = try reader.name()
        let member = !isDirective && reader.take(UInt8(ascii: ".")) ? try reader.name() : nil
        let takesArgument = isDirective || member != nil
        let argument = takesArgument && reader.take(UInt8(ascii: "(")) ? try reader.argument() : nil
        try reader.end()
        if isDirective {
            self = argument.map { .directiveArgument(directive: name, name: $0) } ?? .directive(name)
        } else if let member {
            self =
                argument.map { .argument(type: name, field: member, name: $0) } ?? .member(type: name, name: member)
        } else {
            self = .type(name)
        }
    }
}

/// SchemaCoordinateToken :: Name | one of `(` `)` `.` `:` `@`
private struct CoordinateReader {
    let source: [UInt8]
    private var position = 0

    init(_ text: String) {
        source = Array(text.utf8)
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < source.count, source[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func name() throws(GraphQLError) -> String {
        let start = position
        guard position < source.count, CharacterClass.isNameStart(source[position]) else { throw expected("Name") }
        while position < source.count, CharacterClass.isNameContinue(source[position]) { position += 1 }
        return String(source.span, start..<position)
    }

    /// Name `:` `)`, after the parenthesis.
    mutating func argument() throws(GraphQLError) -> String {
        let name = try name()
        guard take(UInt8(ascii: ":")) else { throw expected("\":\"") }
        guard take(UInt8(ascii: ")")) else { throw expected("\")\"") }
        return name
    }

    func end() throws(GraphQLError) {
        if position < source.count { throw expected("<EOF>") }
    }

    private func expected(_ what: String) -> GraphQLError {
        .syntax(
            "Expected \(what), found \(CodePoint.print(source.span, at: position)).", at: position, in: source.span)
    }
}
