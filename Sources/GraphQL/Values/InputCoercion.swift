// JSON values of variables to coerced values, every mismatch reported with its place inside the value.
// Specification, section 3, "Input Coercion" of each kind of type; messages are the reference's.

package import Base

package struct InputCoercion {
    package struct Mismatch: Sendable {
        /// Where inside the value.
        package let path: [PathSegment]
        /// The part that does not fit.
        package let value: JSONValue
        package let message: String
    }

    private let schema: Schema
    private var path: [PathSegment] = []
    package private(set) var mismatches: [Mismatch] = []
    /// Past this many the rest of the value is not looked at.
    private let maximum: Int
    /// Handed on from variable to variable.
    var suggestions = SuggestionAllowance()

    package init(schema: Schema, maximumMismatches: Int = 51) {
        self.schema = schema
        maximum = maximumMismatches
    }

    /// The coerced value; `nil` where a mismatch was found.
    package mutating func coerce(_ value: JSONValue, to type: TypeReference) -> JSONValue? {
        guard mismatches.count < maximum else { return nil }
        switch type {
        case .nonNull(let inner):
            if value.isNull { return report(value, "Expected non-nullable type \"\(type)\" not to be null.") }
            return coerce(value, to: inner)
        case .list(let item):
            if value.isNull { return .null }
            guard case .array(let items) = value else { return coerce(value, to: item).map { .array([$0]) } }
            var result: [JSONValue] = []
            result.reserveCapacity(items.count)
            for (index, element) in items.enumerated() {
                path.append(.index(index))
                if let value = coerce(element, to: item) { result.append(value) }
                path.removeLast()
            }
            return .array(result)
        case .named(let name):
            if value.isNull { return .null }
            return named(value, name)
        }
    }

    private mutating func named(_ value: JSONValue, _ name: String) -> JSONValue? {
        switch schema.type(named: name) {
        case .scalar?:
            switch ScalarCoercion.coerce(value, to: name) {
            case .success(let value): return value
            case .failure(let mismatch): return report(value, mismatch.message)
            }
        case .enumeration(let type)?: return enumeration(value, type)
        case .inputObject(let type)?: return object(value, type)
        case .object?, .interface?, .union?, nil: return report(value, "Expected type \"\(name)\" to be an input type.")
        }
    }

    private mutating func enumeration(_ value: JSONValue, _ type: EnumType) -> JSONValue? {
        guard case .string(let name) = value else {
            return report(
                value, "Enum \"\(type.name)\" cannot represent non-string value: \(Inspection.inspect(value)).")
        }
        guard type.values[name] != nil else {
            let near = suggestions.list(name, type.values.names)
            return report(
                value,
                "Value \"\(name)\" does not exist in \"\(type.name)\" enum."
                    + Suggestions.didYouMean(near, kind: "the enum value"))
        }
        return value
    }

    private mutating func object(_ value: JSONValue, _ type: InputObjectType) -> JSONValue? {
        guard case .object(let object) = value else {
            return report(value, "Expected type \"\(type.name)\" to be an object.")
        }
        // Looked up by hash: a long object against a long type must not cost their product.
        let given = Dictionary(object.members.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        var members: [JSONMember] = []
        var keys: [String] = []
        for field in type.fields {
            guard let element = given[field.name] else {
                if let fallback = field.defaultValue {
                    keys.append(field.name)
                    if let value = LiteralCoercion.coerce(fallback, to: field.type, in: schema) {
                        members.append(JSONMember(name: field.name, value: value))
                    }
                } else if field.type.isNonNull {
                    report(value, "Field \"\(field.name)\" of required type \"\(field.type)\" was not provided.")
                }
                continue
            }
            keys.append(field.name)
            path.append(.field(field.name))
            if let value = coerce(element, to: field.type) {
                members.append(JSONMember(name: field.name, value: value))
            }
            path.removeLast()
        }
        for member in object.members where type.fields[member.name] == nil {
            guard mismatches.count < maximum else { break }
            let near = suggestions.list(member.name, type.fields.names)
            report(
                value,
                "Field \"\(member.name)\" is not defined by type \"\(type.name)\"." + Suggestions.didYouMean(near))
        }
        if type.isOneOf { checkOneOf(value, type, keys, members) }
        return .object(JSONObject(asWritten(members, object)))
    }

    /// The order of keys carries meaning in `order_by`: members come as the request wrote them, defaults after them.
    private func asWritten(_ members: [JSONMember], _ object: JSONObject) -> [JSONMember] {
        guard members.count > 1 else { return members }
        let positions = Dictionary(
            object.members.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { _, last in last })
        return members.sorted { (positions[$0.name] ?? .max) < (positions[$1.name] ?? .max) }
    }

    /// Section 3.10.1: exactly one field, and not null.
    private mutating func checkOneOf(
        _ value: JSONValue, _ type: InputObjectType, _ keys: [String], _ members: [JSONMember]
    ) {
        guard keys.count == 1 else {
            report(value, "Exactly one key must be specified for OneOf type \"\(type.name)\".")
            return
        }
        if members.first?.value.isNull ?? false {
            path.append(.field(keys[0]))
            report(.null, "Field \"\(keys[0])\" must be non-null.")
            path.removeLast()
        }
    }

    @discardableResult
    private mutating func report(_ value: JSONValue, _ message: String) -> JSONValue? {
        mismatches.append(Mismatch(path: path, value: value, message: message))
        return nil
    }
}
