// Literals in a document and constants of a schema are coerced by the same code: this is what both can say about
// themselves. Specification, section 3.4.2 "Input and Output Types".

package enum LiteralContent<Literal> {
    case variable(String)
    /// Numbers as written.
    case int(String)
    case float(String)
    case string(String)
    case boolean(Bool)
    case null
    case enumeration(String)
    case list([Literal])
    case object([(name: String, value: Literal)])
}

package protocol InputLiteral {
    var literal: LiteralContent<Self> { get }
    /// As the language writes it, for messages.
    var printed: String { get }
}

extension ValueNode: InputLiteral {
    package var literal: LiteralContent<ValueNode> {
        switch content {
        case .variable(let name): .variable(name)
        case .int(let text): .int(text)
        case .float(let text): .float(text)
        case .string(let text): .string(text)
        case .boolean(let flag): .boolean(flag)
        case .null: .null
        case .enumeration(let name): .enumeration(name)
        case .list(let items): .list(Array(items))
        case .object(let fields): .object(fields.map { (name: $0.name, value: $0.value) })
        }
    }

    package var printed: String { Printer.print(self) }
}

extension ConstantValue: InputLiteral {
    package var literal: LiteralContent<ConstantValue> {
        switch self {
        case .int(let text): .int(text)
        case .float(let text): .float(text)
        case .string(let text): .string(text)
        case .boolean(let flag): .boolean(flag)
        case .null: .null
        case .enumeration(let name): .enumeration(name)
        case .list(let items): .list(items)
        case .object(let fields): .object(fields.map { (name: $0.name, value: $0.value) })
        }
    }

    package var printed: String { text }
}
