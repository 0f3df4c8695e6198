// A literal without variables, detached from its document: default values of arguments, input fields and variables.
// Specification, section 2.9 "Input Values", Value[Const].

package indirect enum ConstantValue: Sendable, Hashable {
    case null
    /// Numbers as written.
    case int(String)
    case float(String)
    case string(String)
    case boolean(Bool)
    case enumeration(String)
    case list([ConstantValue])
    case object([ConstantField])
}

package struct ConstantField: Sendable, Hashable {
    package let name: String
    package let value: ConstantValue

    package init(name: String, value: ConstantValue) {
        self.name = name
        self.value = value
    }
}

extension ConstantValue {
    /// Reads a constant literal. A variable, which the parser refuses here, would become null.
    package init(_ node: ValueNode) {
        switch node.content {
        case .variable, .null: self = .null
        case .int(let text): self = .int(text)
        case .float(let text): self = .float(text)
        case .string(let text): self = .string(text)
        case .boolean(let flag): self = .boolean(flag)
        case .enumeration(let name): self = .enumeration(name)
        case .list(let items): self = .list(items.map { ConstantValue($0) })
        case .object(let fields):
            self = .object(fields.map { ConstantField(name: $0.name, value: ConstantValue($0.value)) })
        }
    }

    /// The literal as the language writes it, on one line.
    package var text: String {
        switch self {
        case .null: "null"
        case .int(let text), .float(let text): text
        case .string(let text): StringLiteral.print(text)
        case .boolean(let flag): flag ? "true" : "false"
        case .enumeration(let name): name
        case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .object(let fields): "{" + fields.map { "\($0.name): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }
}
