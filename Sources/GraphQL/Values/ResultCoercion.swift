// What functions and remote services returned, as values of the built-in scalars and of enums. Rows of databases never
// pass here. Specification, section 3.5 "Scalars", "Result Coercion" of each.

package import Base

package enum ResultCoercion {
    /// The value as the scalar writes it into a response, or the reference's message. Custom scalars keep theirs.
    package static func coerce(_ value: JSONValue, to scalar: String) -> ScalarCoercion.Outcome {
        switch scalar {
        case "Int": int(value)
        case "Float": float(value)
        case "String": string(value)
        case "Boolean": boolean(value)
        case "ID": id(value)
        default: .success(value)
        }
    }

    private static func int(_ value: JSONValue) -> ScalarCoercion.Outcome {
        let number: JSONNumber? =
            switch value {
            case .bool(let flag): JSONNumber(flag ? 1 : 0)
            case .string(let text): ExactDecimal(text).map { _ in JSONNumber(text: text) }
            case .number(let number): number
            case .null, .array, .object: nil
            }
        guard let number, let decimal = ExactDecimal(number.text), decimal.exponent >= 0 else {
            return mismatch("Int cannot represent non-integer value", value)
        }
        guard let integer = decimal.int64, Int32(exactly: integer) != nil else {
            return mismatch("Int cannot represent non 32-bit signed integer value", value)
        }
        return .success(.number(JSONNumber(integer)))
    }

    private static func float(_ value: JSONValue) -> ScalarCoercion.Outcome {
        switch value {
        case .bool(let flag): return .success(.number(JSONNumber(flag ? 1 : 0)))
        case .string(let text):
            if ExactDecimal(text) != nil { return .success(.number(JSONNumber(text: text))) }
        case .number(let number):
            if number.double != nil { return .success(value) }
        case .null, .array, .object: break
        }
        return mismatch("Float cannot represent non numeric value", value)
    }

    private static func string(_ value: JSONValue) -> ScalarCoercion.Outcome {
        switch value {
        case .string: .success(value)
        case .bool(let flag): .success(.string(flag ? "true" : "false"))
        case .number(let number):
            // Databases know NaN and infinity; JSON does not, and no text stands for them.
            ExactDecimal(number.text) != nil
                ? .success(.string(NumberText.print(number.text))) : mismatch("String cannot represent value", value)
        case .null, .array, .object: mismatch("String cannot represent value", value)
        }
    }

    private static func boolean(_ value: JSONValue) -> ScalarCoercion.Outcome {
        switch value {
        case .bool: .success(value)
        case .number(let number):
            number.double.map { .success(.bool($0 != 0)) }
                ?? mismatch("Boolean cannot represent a non boolean value", value)
        case .string, .null, .array, .object: mismatch("Boolean cannot represent a non boolean value", value)
        }
    }

    private static func id(_ value: JSONValue) -> ScalarCoercion.Outcome {
        switch value {
        case .string: return .success(value)
        case .number(let number):
            if let decimal = ExactDecimal(number.text), decimal.exponent >= 0 {
                return .success(.string(NumberText.print(number.text)))
            }
        case .bool, .null, .array, .object: break
        }
        return mismatch("ID cannot represent value", value)
    }

    private static func mismatch(_ message: String, _ value: JSONValue) -> ScalarCoercion.Outcome {
        .failure(ScalarMismatch(message: "\(message): \(Inspection.inspect(value))"))
    }
}
