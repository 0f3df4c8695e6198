// Literals to the values a resolver or planner works with: variables put in, defaults of input fields applied, single
// items made lists. Specification, section 3.12 "List", 3.10 "Input Objects", their "Input Coercion".

package import Base

package enum LiteralCoercion {
    /// `nil` when the literal does not fit the type or needs a variable that has no value. Validation has reported the
    /// first before; unknown input fields are its business too.
    package static func coerce<Literal: InputLiteral>(
        _ value: Literal, to type: TypeReference, in schema: Schema, variables: CoercedVariables? = nil
    ) -> JSONValue? {
        if case .variable(let name) = value.literal {
            guard let given = variables?[name], !(given.isNull && type.isNonNull) else { return nil }
            return given
        }
        switch type {
        case .nonNull(let inner):
            if case .null = value.literal { return nil }
            return coerce(value, to: inner, in: schema, variables: variables)
        case .list(let item):
            switch value.literal {
            case .null: return .null
            case .list(let items): return list(items, of: item, in: schema, variables)
            default: return coerce(value, to: item, in: schema, variables: variables).map { .array([$0]) }
            }
        case .named(let name):
            if case .null = value.literal { return .null }
            return named(value, name, in: schema, variables)
        }
    }

    private static func list<Literal: InputLiteral>(
        _ items: [Literal], of type: TypeReference, in schema: Schema, _ variables: CoercedVariables?
    ) -> JSONValue? {
        var result: [JSONValue] = []
        result.reserveCapacity(items.count)
        for item in items {
            if isMissing(item, variables) {
                if type.isNonNull { return nil }
                result.append(.null)
            } else {
                guard let value = coerce(item, to: type, in: schema, variables: variables) else { return nil }
                result.append(value)
            }
        }
        return .array(result)
    }

    private static func named<Literal: InputLiteral>(
        _ value: Literal, _ name: String, in schema: Schema, _ variables: CoercedVariables?
    ) -> JSONValue? {
        switch schema.type(named: name) {
        case .scalar?: return try? ScalarCoercion.coerce(value, to: name, variables: variables).get()
        case .enumeration(let type)?:
            guard case .enumeration(let value) = value.literal, type.values[value] != nil else { return nil }
            return .string(value)
        case .inputObject(let type)?:
            guard case .object(let fields) = value.literal else { return nil }
            return object(fields, type, in: schema, variables)
        case .object?, .interface?, .union?, nil: return nil
        }
    }

    private static func object<Literal: InputLiteral>(
        _ fields: [(name: String, value: Literal)], _ type: InputObjectType, in schema: Schema,
        _ variables: CoercedVariables?
    ) -> JSONValue? {
        let given = Dictionary(fields, uniquingKeysWith: { _, last in last })
        var members: [JSONMember] = []
        for field in type.fields {
            guard let value = given[field.name], !isMissing(value, variables) else {
                if let fallback = field.defaultValue {
                    guard let value = coerce(fallback, to: field.type, in: schema) else { return nil }
                    members.append(JSONMember(name: field.name, value: value))
                } else if field.type.isNonNull {
                    return nil
                }
                continue
            }
            guard let value = coerce(value, to: field.type, in: schema, variables: variables) else { return nil }
            members.append(JSONMember(name: field.name, value: value))
        }
        if type.isOneOf, members.count != 1 || members[0].value.isNull { return nil }
        return .object(JSONObject(members))
    }

    private static func isMissing(_ value: some InputLiteral, _ variables: CoercedVariables?) -> Bool {
        guard case .variable(let name) = value.literal else { return false }
        return variables?[name] == nil
    }
}
