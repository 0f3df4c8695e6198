// `perigee_instant(text)`: the instant a timestamp names, as microseconds since 1970, so that timestamps of different
// zones and precisions compare as instants; `perigee_instant_key(text)` for aggregates that answer one of the texts. RFC 3339,
// with the freedoms of ISO 8601 that SQLite's own functions take.

enum InstantFunction {
    static func instant(_ call: FunctionCall) {
        guard call[0].kind == .text, let microseconds = unsafe Timestamp.microseconds(call[0].text) else {
            return call.returnNull()
        }
        call.returnInteger(microseconds)
    }

    /// Bytes of a sort key.
    static let keyLength = 20

    /// `perigee_instant_key(text)`: the instant as digits that sort as instants do, and the text behind them: the smallest of
    /// such texts ends in the earliest timestamp as it is stored. Two texts of one instant sort as texts do.
    static func key(_ call: FunctionCall) {
        guard call[0].kind == .text, let microseconds = unsafe Timestamp.microseconds(call[0].text) else {
            return call.returnNull()
        }
        // Counted from the earliest instant there is, so that no key has a sign.
        var rest = UInt64(bitPattern: microseconds) ^ (1 << 63)
        var digits = [UInt8](repeating: UInt8(ascii: "0"), count: keyLength)
        for place in digits.indices.reversed() {
            digits[place] += UInt8(rest % 10)
            rest /= 10
        }
        var output = unsafe OutputBuffer(limit: call.byteLimit, capacity: keyLength + call[0].text.count)
        output.append(digits)
        unsafe output.append(call[0].text)
        call.returnText(&output)
    }
}

/// Reads `YYYY-MM-DD`, then optionally `T` or a space, `hh:mm`, `:ss`, a fraction of up to 9 digits, and `Z` or `±hh:mm`.
/// Without a zone it is UTC, without a time midnight. Digits below microseconds are cut off.
@safe struct Timestamp {
    private let text: UnsafeBufferPointer<UInt8>
    private var index = 0

    /// `nil` when it is not a timestamp, or not a date or time that exists.
    static func microseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        // The longest form has 35 bytes.
        guard text.count >= 10, text.count <= 35 else { return nil }
        var timestamp = unsafe Timestamp(text: text)
        return timestamp.read()
    }

    private init(text: UnsafeBufferPointer<UInt8>) {
        unsafe self.text = text
    }

    private mutating func read() -> Int64? {
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        var microseconds = Self.daysSinceEpoch(year, month, day) * 86_400_000_000
        if isAtEnd { return microseconds }
        guard take("T") || take("t") || take(" "), let time = time() else { return nil }
        microseconds += time
        guard let offset = offset(), isAtEnd else { return nil }
        return microseconds - offset
    }

    private mutating func time() -> Int64? {
        guard let hour = digits(2), take(":"), let minute = digits(2), hour < 24, minute < 60 else { return nil }
        var microseconds = (hour * 60 + minute) * 60_000_000
        guard take(":") else { return microseconds }
        guard let second = digits(2), second < 60 else { return nil }
        microseconds += second * 1_000_000
        guard take(".") else { return microseconds }
        var scale: Int64 = 100_000
        var count = 0
        while let digit = digits(1) {
            microseconds += digit * scale
            scale /= 10
            count += 1
        }
        return (1...9).contains(count) ? microseconds : nil
    }

    private mutating func offset() -> Int64? {
        if isAtEnd || take("Z") || take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hour = digits(2), take(":"), let minute = digits(2), hour < 24, minute < 60
        else {
            return nil
        }
        let microseconds = (hour * 60 + minute) * 60_000_000
        return isWest ? -microseconds : microseconds
    }

    private var isAtEnd: Bool { unsafe index == text.count }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard unsafe index < text.count && text[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func digits(_ count: Int) -> Int64? {
        guard unsafe index + count <= text.count else { return nil }
        var value: Int64 = 0
        for offset in 0..<count {
            let byte = unsafe text[index + offset]
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        index += count
        return value
    }

    // MARK: Calendar

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March.
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        // Year 0000 before March belongs to the era before.
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
