// A JSON document of the request's own in which variables stand: its text in the open, the variables as places. So a plan
// with such a literal depends on the literal alone, and one cached statement serves every value.
internal import Base
internal import GraphQL

struct TemplateBuilder {
    private(set) var parts: [TemplatePart] = []

    mutating func append(_ text: String) {
        if case .text(let bytes)? = parts.last {
            parts[parts.count - 1] = .text(bytes + Array(text.utf8))
        } else {
            parts.append(.text(Array(text.utf8)))
        }
    }

    mutating func append(variable name: String) {
        parts.append(.variable(name))
    }

    /// - Parameter isGiven: whether a variable has a value; a member without one is left out, an item is null.
    mutating func append(_ node: ValueNode, isGiven: (String) -> Bool) {
        switch node.content {
        case .variable(let name):
            if isGiven(name) { append(variable: name) } else { append("null") }
        case .int(let text), .float(let text): append(text)
        case .string(let text), .enumeration(let text): append(JSONValue.string(text).text)
        case .boolean(let flag): append(flag ? "true" : "false")
        case .null: append("null")
        case .list(let items):
            append("[")
            for (index, item) in items.enumerated() {
                if index > 0 { append(",") }
                append(item, isGiven: isGiven)
            }
            append("]")
        case .object(let fields):
            append("{")
            var isFirst = true
            for field in fields {
                if case .variable(let name) = field.value.content, !isGiven(name) { continue }
                if !isFirst { append(",") }
                isFirst = false
                append(JSONValue.string(field.name).text + ":")
                append(field.value, isGiven: isGiven)
            }
            append("}")
        }
    }

    static func holdsVariable(_ node: ValueNode) -> Bool {
        switch node.content {
        case .variable: true
        case .list(let items): items.contains { holdsVariable($0) }
        case .object(let fields): fields.contains { holdsVariable($0.value) }
        case .int, .float, .string, .boolean, .null, .enumeration: false
        }
    }
}
