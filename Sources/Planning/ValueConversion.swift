// The two conversions from JSON to a value that can be bound. What callers send is converted by the scalar's input
// rule and an error says what is wrong; what rules name (claims, literals) converts exactly or not at all, and not at
// all means unknown (rules of the API, section 4 "Values"). Neither is ever left to the database.
package import Base
package import Metadata
package import Patterns

package enum ValueConversion {
    // MARK: What callers send

    /// - Throws: `parse-failed` for numbers that do not fit, `data-exception` for texts of the wrong form; the error
    ///   names no value.
    package static func input(_ value: JSONValue, as kind: ScalarKind, at path: String) throws(GatewayError)
        -> BoundValue
    {
        switch kind {
        case .int: return try integer(value, kind, Int64(Int32.min)...Int64(Int32.max), path)
        case .smallint: return try integer(value, kind, Int64(Int16.min)...Int64(Int16.max), path)
        case .bigint: return try integer(value, kind, Int64.min...Int64.max, path)
        case .float, .float8, .numeric:
            guard let number = numberText(value), let bound = self.number(number, kind) else {
                throw GatewayError(
                    .parseFailed, "The value is not a number that \(kind.graphQLName) can hold.", extensionPath: path)
            }
            return bound
        case .boolean:
            guard let flag = value.bool else { throw mismatch("a boolean", kind, path) }
            return .integer(flag ? 1 : 0)
        // Which values an enum has, validation has looked.
        case .string, .enumeration:
            guard let text = value.string else { throw mismatch("a string", kind, path) }
            return .text(text)
        case .array(let item): return try inputArray(value, of: item, at: path)
        case .other(let type): return try input(value, as: type, at: path)
        case .uuid:
            guard let text = value.string, isUUID(text) else { throw mismatch("a UUID", kind, path) }
            return .text(text)
        case .date:
            guard let text = value.string, Instant.isDate(text) else {
                throw mismatch("a date such as \"1969-07-20\"", kind, path)
            }
            return .text(text)
        case .time:
            guard let text = value.string, Instant.isTime(text) else {
                throw mismatch("a time such as \"20:17:40\"", kind, path)
            }
            return .text(text)
        case .timestamp, .timestamptz:
            guard let text = value.string, Instant(text) != nil else {
                throw mismatch("a timestamp such as \"1969-07-20T20:17:40Z\"", kind, path)
            }
            return .text(text)
        case .json, .jsonb: return .text(value.text)
        case .bytea:
            guard let text = value.string, let bytes = BinaryText.decode(text) else {
                throw mismatch("base64", kind, path)
            }
            return .bytes(bytes)
        }
    }

    /// A value of a type that is written as its database writes it: what can be told without asking it.
    private static func input(
        _ value: JSONValue, as type: DatabaseType, at path: String
    ) throws(GatewayError) -> BoundValue {
        if let bound = exact(value, as: type) { return bound }
        let wanted =
            switch type.form {
            case .notation, .text, .range: "a string"
            case .labels(let labels):
                "one of " + labels.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
                    + (labels.count > 20 ? " …" : "")
            case .amount: "a number or a string"
            case .record: "an object"
            }
        throw mismatch(wanted, .other(type), path)
    }

    /// A list as a value of a column. Lists inside it are of one length, or the database has no array for them.
    private static func inputArray(
        _ value: JSONValue, of item: ScalarKind, at path: String
    ) throws(GatewayError) -> BoundValue {
        // A single value stands for a list of one (GraphQL specification, section "Input Coercion" of lists).
        let items = value.array ?? [value]
        var bound: [BoundValue] = []
        bound.reserveCapacity(items.count)
        for (index, value) in items.enumerated() {
            if value.isNull, item.family != .list {
                bound.append(.null)
            } else {
                try bound.append(input(value, as: item, at: "\(path)[\(index)]"))
            }
        }
        if item.family == .list, let length = items.first?.array?.count {
            guard items.allSatisfy({ $0.array?.count == length }) else {
                throw mismatch("lists of one length", .array(item), path)
            }
        }
        return list(bound, nested: true)
    }

    package static func inputList(
        _ value: JSONValue, of kind: ScalarKind, at path: String
    ) throws(GatewayError) -> BoundValue {
        // A single value stands for a list of one (GraphQL specification, section "Input Coercion" of lists).
        let items: [JSONValue]
        if case .array(let list) = value { items = list } else { items = [value] }
        var bound: [BoundValue] = []
        bound.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            let place = "\(path)[\(index)]"
            let value = try input(item, as: kind, at: place)
            guard !holdsZero(value) else {
                throw GatewayError(
                    .dataException, "The character U+0000 cannot be searched for in a list.", extensionPath: place)
            }
            bound.append(value)
        }
        return list(bound, nested: kind.family == .list)
    }

    /// Databases that read lists as JSON end a text at U+0000, and others hold none: the text would find another one.
    private static func holdsZero(_ value: BoundValue) -> Bool {
        if case .text(let text) = value { text.utf8.contains(0) } else { false }
    }

    package static func count(_ value: JSONValue, at path: String) throws(GatewayError) -> BoundValue {
        // `offset` takes a number in quotes, which the dialect's clients send for bigint-like counts.
        let number = value.number?.int64 ?? value.string.flatMap { Int64($0) }
        guard let number, number <= Int64(Int32.max), number >= Int64(Int32.min) else {
            throw GatewayError(.parseFailed, "The value is not a 32-bit integer.", extensionPath: path)
        }
        guard number >= 0 else { throw GatewayError(.notSupported, "unexpected negative value", extensionPath: path) }
        return .integer(number)
    }

    /// A pattern that is malformed, or longer than every database takes, is refused before anything runs, so that no error
    /// depends on what is stored.
    package static func pattern(
        _ value: JSONValue, _ kind: PatternKind, at path: String
    ) throws(GatewayError) -> BoundValue {
        guard let text = value.string else { throw mismatch("a string", .string, path) }
        do throws(PatternError) {
            try kind.check(text)
        } catch {
            throw GatewayError(kind == .like ? .dataException : .badRequest, error.message, extensionPath: path)
        }
        return .text(text)
    }

    // MARK: What rules name

    /// The value, if it is exactly one of the kind; otherwise `nil`, which makes a comparison unknown.
    package static func exact(_ value: JSONValue, as kind: ScalarKind) -> BoundValue? {
        switch kind.family {
        case .integer:
            guard let number = numberText(value) else { return nil }
            if let integer = number.int64 { return .integer(integer) }
            // A double stands for itself only if it is the number that was written; then comparing it with an integer
            // column is exact as well.
            guard let decimal = ExactDecimal(number.text), let double = number.double,
                ExactDecimal(double.description) == decimal
            else { return nil }
            return .real(double)
        case .fractional: return numberText(value).flatMap { number($0, kind) }
        case .boolean: return value.bool.map { .integer($0 ? 1 : 0) }
        case .text:
            guard let text = value.string, kind != .uuid || isUUID(text) else { return nil }
            // Not every database holds U+0000, and a rule means the same in all of them.
            return text.utf8.contains(0) ? nil : .text(text)
        case .opaque:
            guard case .other(let type) = kind else { return nil }
            return exact(value, as: type)
        case .list:
            guard case .array(let item) = kind, case .list(let text)? = exactList(value, of: item) else { return nil }
            return .list(text)
        case .calendar:
            guard let text = value.string else { return nil }
            return (kind == .date ? Instant.isDate(text) && hasYear(text) : Instant.isTime(text)) ? .text(text) : nil
        case .instant: return value.string.flatMap { instant($0, kind) }
        case .binary: return value.string.flatMap { BinaryText.decode($0) }.map { .bytes($0) }
        // Any JSON is a document.
        case .document: return .text(value.text)
        }
    }

    /// One instant is one value in every database, so what databases read differently is written in UTC: a zone beside a
    /// column that has none, zones far off, and digits beyond microseconds.
    private static func instant(_ text: String, _ kind: ScalarKind) -> BoundValue? {
        guard let instant = Instant(text), hasYear(text) else { return nil }
        let time = text.utf8.dropFirst("YYYY-MM-DD".utf8.count)
        let zone = time.first { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        let digits = time.drop { $0 != UInt8(ascii: ".") }.dropFirst().prefix {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        if zone == nil, digits.count <= 6 { return .text(text) }
        let plain = instant.description
        // It may lie in another year than it was written with.
        return plain.utf8.prefix { $0 != UInt8(ascii: "-") }.count == 4 && hasYear(plain) ? .text(plain) : nil
    }

    /// No calendar has a year 0, though RFC 3339 can write it.
    private static func hasYear(_ text: String) -> Bool { !text.hasPrefix("0000") }

    private static func exact(_ value: JSONValue, as type: DatabaseType) -> BoundValue? {
        switch (type.form, value) {
        case (.notation, .string(let text)), (.text, .string(let text)), (.range, .string(let text)),
            (.amount, .string(let text)):
            .text(text)
        case (.labels(let labels), .string(let text)): labels.contains { $0.isIdentical(to: text) } ? .text(text) : nil
        case (.amount, .number(let number)): .text(number.text)
        case (.record, .object): .text(value.text)
        case (.notation, _), (.text, _), (.range, _), (.amount, _), (.labels, _), (.record, _): nil
        }
    }

    /// A list of such values: a JSON list, or the text `{a,b}` that headers carry. One item that does not convert makes
    /// the whole list unusable.
    package static func exactList(_ value: JSONValue, of kind: ScalarKind) -> BoundValue? {
        let items: [JSONValue]
        switch value {
        case .array(let list): items = list
        case .string(let text):
            guard let list = bracedList(text) else { return nil }
            items = list
        case .null, .bool, .number, .object: return nil
        }
        var bound: [BoundValue] = []
        for item in items {
            guard let value = exact(item, as: kind), !holdsZero(value) else { return nil }
            bound.append(value)
        }
        return list(bound, nested: kind.family == .list)
    }

    /// A value of a variable as a pattern that matches just itself.
    package static func escapedPattern(_ value: JSONValue, _ kind: PatternKind) -> BoundValue? {
        guard let pattern = value.string.map({ kind.literally($0) }), (try? kind.check(pattern)) != nil else {
            return nil
        }
        return .text(pattern)
    }

    // MARK: Keys

    /// Keys of rows as one list: a key of one value by itself, one of several as an array.
    package static func keys(_ rows: [[BoundValue]]) -> BoundValue {
        list(rows.map { $0.count == 1 ? $0[0] : list($0) }, nested: true)
    }

    /// An item of a list that was bound, as a value by itself.
    package static func listed(_ item: JSONValue, _ kind: ScalarKind) -> BoundValue? {
        if kind.family == .boolean { return item.number?.int64.map { .integer($0) } }
        return exact(item, as: kind)
    }

    // MARK: Parts

    /// `{a,b}`: items between commas, with optional double quotes around each; a backslash escapes inside quotes.
    package static func bracedList(_ text: String) -> [JSONValue]? {
        guard text.hasPrefix("{"), text.hasSuffix("}"), text.utf8.count >= 2 else { return nil }
        let inner = text.unicodeScalars.dropFirst().dropLast()
        if inner.isEmpty { return [] }
        var items: [JSONValue] = []
        var current = ""
        var isQuoted = false
        var isEscaped = false
        for scalar in inner {
            switch scalar {
            case _ where isEscaped:
                current.unicodeScalars.append(scalar)
                isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                items.append(.string(current))
                current = ""
            case "{" where !isQuoted, "}" where !isQuoted: return nil
            default: current.unicodeScalars.append(scalar)
            }
        }
        guard !isQuoted, !isEscaped else { return nil }
        items.append(.string(current))
        return items
    }

    /// - Parameter nested: lists among the values are arrays, not texts.
    private static func list(_ values: [BoundValue], nested: Bool = false) -> BoundValue {
        var buffer = ByteBuffer()
        buffer.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            switch value {
            case .null: buffer.append("null")
            case .integer(let integer): buffer.append(decimal: integer)
            case .real(let real): buffer.append(text: real.description)
            case .decimal(let text): buffer.append(text: text)
            case .list(let text) where nested: buffer.append(text: text)
            case .text(let text), .list(let text): buffer.append(jsonString: text)
            case .bytes(let bytes): buffer.append(jsonString: Base64.encode(bytes))
            }
        }
        buffer.append(UInt8(ascii: "]"))
        return .list(buffer.text)
    }

    private static func integer(
        _ value: JSONValue, _ kind: ScalarKind, _ range: ClosedRange<Int64>, _ path: String
    ) throws(GatewayError) -> BoundValue {
        guard let number = numberText(value)?.int64, range.contains(number) else {
            throw GatewayError(
                .parseFailed,
                "The value lies outside the bounds of \(kind.graphQLName) or is not an integer.", extensionPath: path)
        }
        return .integer(number)
    }

    private static func numberText(_ value: JSONValue) -> JSONNumber? {
        switch value {
        case .number(let number): number
        case .string(let text): ExactDecimal(text) == nil ? nil : JSONNumber(text: text)
        case .null, .bool, .array, .object: nil
        }
    }

    /// A number for a column of the kind: exactly, where the kind is exact; `nil` where it is beyond all doubles.
    package static func number(_ number: JSONNumber, _ kind: ScalarKind) -> BoundValue? {
        if let integer = number.int64 { return .integer(integer) }
        guard let double = number.double else { return nil }
        // The shortest text that is read as the double again: the same number as was written, or the double is another.
        guard kind == .numeric, let written = ExactDecimal(number.text), ExactDecimal(double.description) != written
        else { return .real(double) }
        return .decimal(number.text)
    }

    private static func mismatch(_ wanted: String, _ kind: ScalarKind, _ path: String) -> GatewayError {
        GatewayError(.dataException, "invalid input for \(kind.graphQLName): expected \(wanted)", extensionPath: path)
    }

    private static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.indices.allSatisfy { index in
            if [8, 13, 18, 23].contains(index) { return bytes[index] == UInt8(ascii: "-") }
            return isHexadecimal(bytes[index])
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
