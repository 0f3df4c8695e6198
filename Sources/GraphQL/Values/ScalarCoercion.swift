// What the built-in scalars accept, from JSON and from literals. Custom scalars accept anything here; the planner knows
// their columns. Specification, section 3.5 "Scalars", "Input Coercion" of each.

package import Base

package enum ScalarCoercion {
    /// The coerced value, or the reference's message.
    package typealias Outcome = Result<JSONValue, ScalarMismatch>

    /// Coerces a JSON value of a variable. Numbers of custom scalars keep their text.
    package static func coerce(_ value: JSONValue, to scalar: String) -> Outcome {
        switch scalar {
        case "Int":
            guard case .number(let number) = value, isWhole(number) else {
                return mismatch("Int cannot represent non-integer value", value)
            }
            guard let integer = number.int64, Int32(exactly: integer) != nil else {
                return mismatch("Int cannot represent non 32-bit signed integer value", value)
            }
            return .success(.number(JSONNumber(integer)))
        case "Float":
            guard case .number(let number) = value, number.double != nil else {
                return mismatch("Float cannot represent non numeric value", value)
            }
            return .success(value)
        case "String":
            guard case .string = value else { return mismatch("String cannot represent a non string value", value) }
            return .success(value)
        case "Boolean":
            guard case .bool = value else { return mismatch("Boolean cannot represent a non boolean value", value) }
            return .success(value)
        case "ID":
            if case .string = value { return .success(value) }
            if case .number(let number) = value, isWhole(number) {
                return .success(.string(NumberText.print(number.text)))
            }
            return mismatch("ID cannot represent value", value)
        default: return .success(value)
        }
    }

    /// Coerces a literal that is neither null nor a variable.
    package static func coerce<Literal: InputLiteral>(
        _ value: Literal, to scalar: String, variables: CoercedVariables? = nil
    ) -> Outcome {
        switch (scalar, value.literal) {
        case ("Int", .int(let text)):
            guard let integer = Int32(text) else {
                return .failure(
                    ScalarMismatch(message: "Int cannot represent non 32-bit signed integer value: \(text)"))
            }
            return .success(.number(JSONNumber(integer)))
        case ("Int", _): return mismatch("Int cannot represent non-integer value", value)
        case ("Float", .int(let text)), ("Float", .float(let text)):
            guard JSONNumber(text: text).double != nil else {
                return mismatch("Float cannot represent non numeric value", value)
            }
            return .success(.number(JSONNumber(text: text)))
        case ("Float", _): return mismatch("Float cannot represent non numeric value", value)
        case ("String", .string(let text)), ("ID", .string(let text)), ("ID", .int(let text)):
            return .success(.string(text))
        case ("String", _): return mismatch("String cannot represent a non string value", value)
        case ("Boolean", .boolean(let flag)): return .success(.bool(flag))
        case ("Boolean", _): return mismatch("Boolean cannot represent a non boolean value", value)
        case ("ID", _):
            return mismatch("ID cannot represent a non-string and non-integer value", value)
        default: return .success(untyped(value, variables: variables) ?? .null)
        }
    }

    /// A literal as JSON, whatever its type: for custom scalars. `nil` is a variable without a value.
    package static func untyped<Literal: InputLiteral>(
        _ value: Literal, variables: CoercedVariables? = nil
    ) -> JSONValue? {
        switch value.literal {
        case .variable(let name): variables?[name]
        case .int(let text), .float(let text): .number(JSONNumber(text: text))
        case .string(let text), .enumeration(let text): .string(text)
        case .boolean(let flag): .bool(flag)
        case .null: .null
        case .list(let items): .array(items.map { untyped($0, variables: variables) ?? .null })
        case .object(let fields):
            .object(
                JSONObject(
                    fields.compactMap { field in
                        untyped(field.value, variables: variables).map { JSONMember(name: field.name, value: $0) }
                    }))
        }
    }

    private static func isWhole(_ number: JSONNumber) -> Bool {
        guard let decimal = ExactDecimal(number.text) else { return false }
        return decimal.exponent >= 0
    }

    private static func mismatch(_ message: String, _ value: JSONValue) -> Outcome {
        .failure(ScalarMismatch(message: "\(message): \(Inspection.inspect(value))"))
    }

    private static func mismatch(_ message: String, _ value: some InputLiteral) -> Outcome {
        .failure(ScalarMismatch(message: "\(message): \(value.printed)"))
    }
}

/// Why a value is none of the scalar's.
package struct ScalarMismatch: Error, Sendable, Hashable {
    package let message: String
}
