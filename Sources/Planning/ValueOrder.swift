// Which of two values comes first, as the database would say. What it cannot say exactly it leaves undecided: a rule that is
// repeated in memory may be unsure, never wrong (rules of the API, section 1.4).
internal import Base
internal import Metadata

enum ValueOrder: Sendable, Hashable {
    /// Below, at or above 0, as the first value comes before, with or after the second.
    case order(Int)
    /// The database compares with null.
    case null
    /// Only the database knows.
    case undecided

    /// - Parameters:
    ///   - left: a value of a row, not null.
    ///   - right: what it is compared with, not null: of `rightKind` where it is a value of a row too, bound otherwise.
    init(_ left: TypedValue, _ right: BoundValue, rightKind: ScalarKind?) {
        switch left.typing {
        case .byColumn: self = ColumnOrder.compare(left, right, rightKind)
        case .byValue: self = StorageClassOrder.compare(left.value, right, left.kind, rightKind)
        }
    }

    fileprivate init<Value: Comparable>(_ left: Value, _ right: Value) {
        self = .order(left == right ? 0 : (left < right ? -1 : 1))
    }

    /// By the bytes of UTF-8, which sort as the code points do.
    fileprivate init(texts left: String, _ right: String) {
        self = .init(bytes: Array(left.utf8), Array(right.utf8))
    }

    fileprivate init(bytes left: [UInt8], _ right: [UInt8]) {
        self = .order(left == right ? 0 : (left.lexicographicallyPrecedes(right) ? -1 : 1))
    }
}

/// Where the type of the column decides: a value is of it, and what it is compared with is made one.
private enum ColumnOrder {
    static func compare(_ left: TypedValue, _ right: BoundValue, _ rightKind: ScalarKind?) -> ValueOrder {
        switch left.kind.family {
        case .integer, .fractional: return numbers(left.value, left.kind, right, rightKind)
        case .boolean:
            guard case .integer(let first) = left.value, case .integer(let second) = right else { return .undecided }
            return ValueOrder(first, second)
        case .binary:
            guard case .bytes(let first) = left.value, case .bytes(let second) = right else { return .undecided }
            return ValueOrder(bytes: first, second)
        case .text, .calendar, .instant, .opaque:
            guard case .text(let first) = left.value, case .text(let second) = right else { return .undecided }
            return texts(first, second, left.kind)
        case .document, .list: return .undecided
        }
    }

    private static func texts(_ left: String, _ right: String, _ kind: ScalarKind) -> ValueOrder {
        switch kind {
        // Its digits in either case are one value.
        case .uuid: return ValueOrder(texts: left.lowercased(), right.lowercased())
        case .date:
            if let order = infinite(left, right) { return order }
            guard Instant.isDate(left), Instant.isDate(right) else { return .undecided }
            return ValueOrder(texts: left, right)
        case .time: return instants("1970-01-01T" + left, "1970-01-01T" + right)
        case .timestamp, .timestamptz: return instants(left, right)
        case .other(let type):
            guard case .labels(let labels) = type.form else { return .undecided }
            guard let first = labels.firstIndex(where: { $0.isIdentical(to: left) }),
                let second = labels.firstIndex(where: { $0.isIdentical(to: right) })
            else { return .undecided }
            return ValueOrder(first, second)
        case .int, .smallint, .bigint, .float, .float8, .numeric, .boolean, .string, .json, .jsonb, .bytea,
            .enumeration, .array:
            return ValueOrder(texts: left, right)
        }
    }

    /// Before and after all days and instants; `nil` where neither value is.
    private static func infinite(_ left: String, _ right: String) -> ValueOrder? {
        let rank = { (text: String) in text == "infinity" ? 1 : text == "-infinity" ? -1 : 0 }
        let (first, second) = (rank(left), rank(right))
        return first == 0 && second == 0 ? nil : ValueOrder(first, second)
    }

    private static func instants(_ left: String, _ right: String) -> ValueOrder {
        if let order = infinite(left, right) { return order }
        guard let first = Instant(left), let second = Instant(right), !isFine(left), !isFine(right) else {
            return .undecided
        }
        return ValueOrder(first, second)
    }

    /// Whether it has digits beyond microseconds, which the gateway cuts and the database rounds.
    private static func isFine(_ text: String) -> Bool {
        guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return false }
        let digits = text.utf8[point...].dropFirst().prefix {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return digits.count > 6
    }

    /// Whole and decimal numbers compare exactly, and as soon as one of them is a floating one, both as such.
    private static func numbers(
        _ left: BoundValue, _ leftKind: ScalarKind, _ right: BoundValue, _ rightKind: ScalarKind?
    ) -> ValueOrder {
        let narrow = rightKind == nil && leftKind == .float
        if isFloating(leftKind) || rightKind.map({ isFloating($0) }) ?? false {
            guard let first = double(left, leftKind), let second = double(right, narrow ? .float : rightKind ?? .float8)
            else { return .undecided }
            return floating(first, second)
        }
        let (firstRank, secondRank) = (rank(left), rank(right))
        if firstRank != 0 || secondRank != 0 { return ValueOrder(firstRank, secondRank) }
        guard let first = decimal(left), let second = decimal(right) else { return .undecided }
        return ValueOrder(first, second)
    }

    /// What is no number of `numeric`: infinities around all numbers, and not-a-number after everything.
    private static func rank(_ value: BoundValue) -> Int {
        guard case .decimal(let text) = value else { return 0 }
        return switch text {
        case "NaN": 2
        case "Infinity": 1
        case "-Infinity": -1
        default: 0
        }
    }

    private static func isFloating(_ kind: ScalarKind) -> Bool { kind == .float || kind == .float8 }

    private static func double(_ value: BoundValue, _ kind: ScalarKind) -> Double? {
        let number: Double? =
            switch value {
            case .integer(let integer): Double(integer)
            case .real(let real): real
            case .decimal(let text): ExactDecimal(text) == nil ? nil : Double(text)
            case .null, .text, .bytes, .list: nil
            }
        return kind == .float ? number.map { Double(Float($0)) } : number
    }

    /// Not-a-number is the same as itself and comes after all numbers.
    private static func floating(_ left: Double, _ right: Double) -> ValueOrder {
        switch (left.isNaN, right.isNaN) {
        case (true, true): .order(0)
        case (true, false): .order(1)
        case (false, true): .order(-1)
        case (false, false): ValueOrder(left, right)
        }
    }

    private static func decimal(_ value: BoundValue) -> ExactDecimal? {
        switch value {
        case .integer(let integer): ExactDecimal(integer)
        case .real(let real): ExactDecimal(real.description)
        case .decimal(let text): ExactDecimal(text)
        case .null, .text, .bytes, .list: nil
        }
    }
}

/// Where every value has a type of its own (https://sqlite.org/datatype3.html, section 4).
private enum StorageClassOrder {
    static func compare(
        _ left: BoundValue, _ right: BoundValue, _ kind: ScalarKind, _ rightKind: ScalarKind?
    ) -> ValueOrder {
        switch kind.family {
        case .boolean:
            guard let first = flag(left), let second = flag(right) else { return .null }
            return ValueOrder(first ? 1 : 0, second ? 1 : 0)
        case .instant:
            guard let first = instant(left), let second = instant(right) else { return .null }
            return ValueOrder(first, second)
        case .calendar:
            // Every collation of the database orders digits and their signs as their bytes are, beside whatever text that does
            // not end in blanks.
            guard isCalendar(left, kind) || isCalendar(right, kind), !endsInBlank(left), !endsInBlank(right) else {
                return .undecided
            }
            return byClass(left, right)
        case .integer, .fractional:
            // Two columns compare such texts by the collation of the first.
            if case .text = left, rightKind != nil { return .undecided }
            if case .text = right { return .undecided }
            return byClass(left, right)
        case .text, .binary: return byClass(left, right)
        case .document, .list, .opaque: return .undecided
        }
    }

    private static func byClass(_ left: BoundValue, _ right: BoundValue) -> ValueOrder {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): ValueOrder(left, right)
        case (.integer(let left), .real(let right)): order(left, right)
        case (.real(let left), .integer(let right)): order(right, left).reversed
        case (.real(let left), .real(let right)): ValueOrder(left, right)
        case (.text(let left), .text(let right)): ValueOrder(texts: left, right)
        case (.bytes(let left), .bytes(let right)): ValueOrder(bytes: left, right)
        // The database knows doubles only, and takes the nearest.
        case (.decimal(let text), _): Double(text).map { byClass(.real($0), right) } ?? .undecided
        case (_, .decimal(let text)): Double(text).map { byClass(left, .real($0)) } ?? .undecided
        case (.null, _), (_, .null), (.list, _), (_, .list): .undecided
        case (.integer, _), (.real, _), (.text, _), (.bytes, _):
            ValueOrder(storageClass(of: left), storageClass(of: right))
        }
    }

    private static func storageClass(of value: BoundValue) -> Int {
        switch value {
        case .null: 0
        case .integer, .real, .decimal: 1
        case .text, .list: 2
        case .bytes: 3
        }
    }

    /// Exactly, also where no double is the integer.
    private static func order(_ left: Int64, _ right: Double) -> ValueOrder {
        guard !right.isNaN else { return .null }
        if right >= 0x1p63 { return .order(-1) }
        if right < -0x1p63 { return .order(1) }
        let whole = right.rounded(.towardZero)
        let integer = Int64(whole)
        guard left == integer else { return ValueOrder(left, integer) }
        return ValueOrder(0, right - whole)
    }

    private static func flag(_ value: BoundValue) -> Bool? {
        switch value {
        case .integer(let integer): integer != 0
        case .real(let real): real != 0
        case .text(let text): BooleanWord.value(of: text)
        case .null, .decimal, .bytes, .list: nil
        }
    }

    private static func instant(_ value: BoundValue) -> Instant? {
        if case .text(let text) = value { Instant(text) } else { nil }
    }

    private static func isCalendar(_ value: BoundValue, _ kind: ScalarKind) -> Bool {
        guard case .text(let text) = value else { return true }
        return kind == .date ? Instant.isDate(text) : Instant.isTime(text)
    }

    private static func endsInBlank(_ value: BoundValue) -> Bool {
        if case .text(let text) = value { text.utf8.last == UInt8(ascii: " ") } else { false }
    }
}

extension ValueOrder {
    fileprivate var reversed: ValueOrder {
        if case .order(let order) = self { .order(-order) } else { self }
    }
}
