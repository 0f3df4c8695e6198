// The part of a request's variables that shapes its plan: which are absent or null, the keys of input objects, lengths of
// lists of them, booleans and enum values, and the numbers of rows that are usually asked for. Values that only fill a
// parameter leave no trace in it, so that one cached statement serves them all.
package import Base
package import GraphQL

package struct VariableShape: Sendable {
    /// Writes the shape of every variable of the operation; equal bytes mean an equal plan.
    package static func write(
        _ operation: ValidatedOperation, _ variables: CoercedVariables, into key: inout ByteBuffer
    ) {
        for declared in operation.variables {
            guard let value = variables[declared.name] else {
                key.append(UInt8(ascii: "-"))
                continue
            }
            if declared.argumentNames.contains(countArgument), let count = usualCount(value) {
                key.append(text: String(count))
                key.append(UInt8(ascii: ";"))
            } else if declared.isSimple, !value.isNull, value.bool == nil {
                key.append(UInt8(ascii: "."))
            } else {
                write(value, declared.type, operation.schema, &key)
            }
        }
    }

    /// The argument whose number is part of the plan where it is a usual one: a database that does not know how few rows
    /// are wanted plans every run anew, or badly.
    static let countArgument = "limit"

    /// Few enough numbers that all of them may have a plan; a number beyond is a parameter.
    static func usualCount(_ value: JSONValue) -> Int64? {
        guard let count = value.number?.int64, count >= 0, count <= 1000, count <= 100 || count % 50 == 0 else {
            return nil
        }
        return count
    }

    private static func write(_ value: JSONValue, _ type: TypeReference, _ schema: Schema, _ key: inout ByteBuffer) {
        if value.isNull {
            key.append(UInt8(ascii: "0"))
            return
        }
        switch type {
        case .nonNull(let inner): write(value, inner, schema, &key)
        case .list(let item):
            guard isStructured(item.name, schema) else {
                key.append(UInt8(ascii: "*"))
                return
            }
            key.append(UInt8(ascii: "["))
            if let items = value.array {
                for element in items { write(element, item, schema, &key) }
            } else {
                write(value, item, schema, &key)
            }
            key.append(UInt8(ascii: "]"))
        case .named(let name):
            if case .bool(let flag) = value {
                key.append(flag ? UInt8(ascii: "t") : UInt8(ascii: "f"))
                return
            }
            guard isStructured(name, schema), let structured = schema.type(named: name) else {
                key.append(UInt8(ascii: "."))
                return
            }
            if case .inputObject(let input) = structured, let object = value.object {
                key.append(UInt8(ascii: "{"))
                for member in object.members {
                    key.append(text: member.name)
                    key.append(UInt8(ascii: ":"))
                    if let definition = input.fields[member.name] { write(member.value, definition.type, schema, &key) }
                }
                key.append(UInt8(ascii: "}"))
            } else {
                key.append(jsonString: value.string ?? "")
            }
        }
    }

    private static func isStructured(_ name: String, _ schema: Schema) -> Bool {
        switch name {
        case "Int", "Float", "String", "ID", "Boolean": return false
        default: break
        }
        switch schema.type(named: name) {
        case .inputObject?: return true
        case .enumeration(let type)?: return !type.holdsData
        case .scalar?, .object?, .interface?, .union?, nil: return false
        }
    }
}
