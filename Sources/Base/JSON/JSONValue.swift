// A JSON document as a tree (RFC 8259), for what is read once and looked at closely: configuration, rules, tokens and
// GraphQL variables. Object members keep their order; numbers keep their source text, so that integers beyond 2^53
// and decimals stay exact.

package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// Strings are equal when their bytes are: two spellings of one character are two values to a database, so what is
    /// bound or compared must not be taken for one another.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.isIdentical(to: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }

    package func hash(into hasher: inout Hasher) {
        // The hash of a string is that of all its spellings: equal values hash equally, which is what is asked of it.
        switch self {
        case .null: hasher.combine(0)
        case .bool(let flag): hasher.combine(flag)
        case .number(let number): hasher.combine(number)
        case .string(let text): hasher.combine(text)
        case .array(let items): hasher.combine(items)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension String {
    /// Whether both have the same code points; `==` takes canonically equivalent ones for equal.
    package func isIdentical(to other: String) -> Bool {
        self == other && utf8.elementsEqual(other.utf8)
    }
}

/// A number as it was written.
package struct JSONNumber: Sendable, Hashable {
    package let text: String

    package init(text: String) {
        self.text = text
    }

    package init(_ value: some BinaryInteger) {
        text = String(value)
    }

    package init(_ value: Double) {
        text = value.description
    }

    /// The number as a 64-bit integer, when it is written as one (`1.0` and `1e2` count) and fits.
    package var int64: Int64? {
        if let value = Int64(text) { return value }
        guard let decimal = ExactDecimal(text) else { return nil }
        return decimal.int64
    }

    package var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

/// Members of an object in the order they were written; a reader refuses duplicate names.
package struct JSONObject: Sendable, Hashable {
    package var members: [JSONMember]

    package init(_ members: [JSONMember] = []) {
        self.members = members
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    package var keys: [String] { members.map(\.name) }

    package subscript(name: String) -> JSONValue? {
        get {
            for member in members where member.name.isIdentical(to: name) { return member.value }
            return nil
        }
        set {
            let index = members.firstIndex { $0.name.isIdentical(to: name) }
            switch (index, newValue) {
            case (let index?, let value?): members[index] = JSONMember(name: name, value: value)
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(JSONMember(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

package struct JSONMember: Sendable, Hashable {
    package let name: String
    package let value: JSONValue

    package init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONValue {
    package var object: JSONObject? {
        if case .object(let value) = self { return value }
        return nil
    }

    package var array: [JSONValue]? {
        if case .array(let value) = self { return value }
        return nil
    }

    package var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    package var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    package var number: JSONNumber? {
        if case .number(let value) = self { return value }
        return nil
    }

    package var isNull: Bool { self == .null }

    /// What kind of value it is, as an error message names it: "an object", "a string" …
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
