// Default values in the one form introspection and printed schemas show: coerced to the type and written out again, so
// that single items are lists and input objects have their own defaults.
// Specification, section 4.2.4 "The __InputValue Type".

package import Base

package enum DefaultValue {
    /// The default in canonical form; `nil` without one or where it does not fit the type.
    package static func canonical(of value: InputValueDefinition, in schema: Schema) -> ConstantValue? {
        guard let literal = value.defaultValue,
            let coerced = LiteralCoercion.coerce(literal, to: value.type, in: schema)
        else { return nil }
        return try? constant(coerced, of: value.type, in: schema)
    }

    /// A value as a literal of its type; `nil` if it has none there.
    /// - Throws: where a scalar or enum cannot have the value.
    package static func constant(
        _ value: JSONValue, of type: TypeReference, in schema: Schema
    ) throws(ScalarMismatch) -> ConstantValue? {
        switch type {
        case .nonNull(let inner):
            guard !value.isNull else { return nil }
            return try constant(value, of: inner, in: schema)
        case .list(let item):
            if value.isNull { return .null }
            guard case .array(let items) = value else { return try constant(value, of: item, in: schema) }
            var literals: [ConstantValue] = []
            for element in items {
                if let literal = try constant(element, of: item, in: schema) { literals.append(literal) }
            }
            return .list(literals)
        case .named(let name):
            if value.isNull { return .null }
            switch schema.type(named: name) {
            case .inputObject(let input)?: return try object(value, input, in: schema)
            case .enumeration(let type)?:
                guard let text = value.string, type.values[text] != nil else {
                    throw ScalarMismatch(
                        message: "Enum \"\(name)\" cannot represent value: \(Inspection.inspect(value))")
                }
                return .enumeration(text)
            case .scalar?: return try scalar(ResultCoercion.coerce(value, to: name).get(), isID: name == "ID")
            case .object?, .interface?, .union?, nil: return nil
            }
        }
    }

    private static func object(
        _ value: JSONValue, _ input: InputObjectType, in schema: Schema
    ) throws(ScalarMismatch) -> ConstantValue? {
        guard case .object(let object) = value else { return nil }
        var fields: [ConstantField] = []
        for field in input.fields {
            guard let member = object[field.name], let literal = try constant(member, of: field.type, in: schema)
            else { continue }
            fields.append(ConstantField(name: field.name, value: literal))
        }
        return .object(fields)
    }

    private static func scalar(_ value: JSONValue, isID: Bool) throws(ScalarMismatch) -> ConstantValue {
        switch value {
        case .null: return .null
        case .bool(let flag): return .boolean(flag)
        case .number(let number):
            guard ExactDecimal(number.text) != nil else {
                throw ScalarMismatch(message: "Cannot convert value to AST: \(Inspection.inspect(value)).")
            }
            return self.number(NumberText.print(number.text))
        case .string(let text): return isID && isInteger(text) ? .int(text) : .string(text)
        case .array(let items):
            return .list(try items.map { (item) throws(ScalarMismatch) in try scalar(item, isID: false) })
        case .object(let object):
            return .object(
                try object.members.map { (member) throws(ScalarMismatch) in
                    ConstantField(name: member.name, value: try scalar(member.value, isID: false))
                })
        }
    }

    private static func number(_ text: String) -> ConstantValue { isInteger(text) ? .int(text) : .float(text) }

    /// IntValue's grammar: what needs no quotes to stay the same text.
    private static func isInteger(_ text: String) -> Bool {
        var digits = Array(text.utf8)[...]
        if digits.first == UInt8(ascii: "-") { digits = digits.dropFirst() }
        guard let first = digits.first, digits.allSatisfy({ CharacterClass.isDigit($0) }) else { return false }
        return first != UInt8(ascii: "0") || digits.count == 1
    }
}
