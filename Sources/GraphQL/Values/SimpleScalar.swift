// Scalars whose JSON values need no coercion, only a look: the quick way for variables. Whatever it does not take goes the
// long way, which knows every conversion and every message. Specification, section 3.5 "Scalars".

internal import Base

enum SimpleScalar: Sendable {
    case int
    case string
    case boolean
    /// A scalar of the schema's own: any JSON scalar.
    case custom

    /// `nil` for lists, enums, input objects and the built-in scalars that convert (`Float`, `ID`).
    init?(_ type: TypeReference, in schema: Schema) {
        guard case .named(let name) = type.nullable else { return nil }
        switch name {
        case "Int": self = .int
        case "String": self = .string
        case "Boolean": self = .boolean
        case "Float", "ID": return nil
        default:
            guard case .scalar? = schema.type(named: name) else { return nil }
            self = .custom
        }
    }

    /// Whether the value is one of the scalar as it stands. Null never is.
    func takes(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.int, .number(let number)): Int32(number.text) != nil
        case (.string, .string), (.boolean, .bool): true
        case (.custom, .number), (.custom, .string), (.custom, .bool): true
        case (.int, _), (.string, _), (.boolean, _), (.custom, _): false
        }
    }
}
