// A point in time as text (RFC 3339) and as a number: what claims, rules and timestamp columns compare by.

package struct Instant: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z; finer fractions are cut.
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Reads `YYYY-MM-DD`, then optionally `T` or a space, `hh:mm[:ss[.fraction]]` and `Z` or `±hh:mm`. Without a zone
    /// it is UTC; a date alone is its midnight. Anything else, and any date that no calendar has, is `nil`.
    package init?(_ text: Span<UInt8>) {
        var reader = DigitReader(offset: 0)
        guard let days = reader.date(text) else { return nil }
        var microseconds = days * 86_400_000_000
        if reader.offset < text.count {
            let separator = text[reader.offset]
            guard separator == UInt8(ascii: "T") || separator == UInt8(ascii: "t") || separator == 0x20 else {
                return nil
            }
            reader.offset += 1
            guard let time = reader.time(text) else { return nil }
            microseconds += time
            guard let zone = reader.zone(text), reader.offset == text.count else { return nil }
            microseconds -= zone * 60_000_000
        }
        self.microseconds = microseconds
    }

    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.span)
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    /// `YYYY-MM-DDThh:mm:ssZ`, with six fraction digits when there is a fraction.
    package var description: String {
        var days = microseconds / 86_400_000_000
        var rest = microseconds % 86_400_000_000
        if rest < 0 {
            rest += 86_400_000_000
            days -= 1
        }
        let (year, month, day) = Instant.civil(days)
        let seconds = rest / 1_000_000
        let fraction = rest % 1_000_000
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(date)T\(time)\(fraction == 0 ? "" : ".\(padded(fraction, 6))")Z"
    }

    /// Whether the text is a date of the proleptic Gregorian calendar, `YYYY-MM-DD`.
    package static func isDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var reader = DigitReader(offset: 0)
        return reader.date(bytes.span) != nil && reader.offset == bytes.count
    }

    /// Whether the text is a time of day, `hh:mm[:ss[.fraction]]`.
    package static func isTime(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var reader = DigitReader(offset: 0)
        return reader.time(bytes.span) != nil && reader.offset == bytes.count
    }

    private func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Days since 1970-01-01 to a civil date, by 400-year eras that start on the first of March.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

/// Reads fixed-width decimal fields of a timestamp.
private struct DigitReader {
    var offset: Int

    mutating func number(_ text: Span<UInt8>, _ width: Int) -> Int64? {
        guard offset + width <= text.count else { return nil }
        var value: Int64 = 0
        for index in offset..<(offset + width) {
            let byte = text[index]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        offset += width
        return value
    }

    mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
        guard offset < text.count, text[offset] == byte else { return false }
        offset += 1
        return true
    }

    /// Days since 1970-01-01.
    mutating func date(_ text: Span<UInt8>) -> Int64? {
        guard let year = number(text, 4), take(UInt8(ascii: "-"), text), let month = number(text, 2),
            take(UInt8(ascii: "-"), text), let day = number(text, 2), (1...12).contains(month), day >= 1
        else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[Int(month - 1)] else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Microseconds since midnight.
    mutating func time(_ text: Span<UInt8>) -> Int64? {
        guard let hour = number(text, 2), take(UInt8(ascii: ":"), text), let minute = number(text, 2), hour < 24,
            minute < 60
        else { return nil }
        var result = (hour * 60 + minute) * 60_000_000
        guard take(UInt8(ascii: ":"), text) else { return result }
        guard let second = number(text, 2), second < 60 else { return nil }
        result += second * 1_000_000
        guard take(UInt8(ascii: "."), text) else { return result }
        var scale: Int64 = 100_000
        var digits = 0
        while let digit = number(text, 1) {
            result += digit * scale
            scale /= 10
            digits += 1
        }
        return (1...9).contains(digits) ? result : nil
    }

    /// Minutes east of UTC; 0 at the end of the text.
    mutating func zone(_ text: Span<UInt8>) -> Int64? {
        if offset == text.count || take(UInt8(ascii: "Z"), text) || take(UInt8(ascii: "z"), text) { return 0 }
        let sign: Int64
        if take(UInt8(ascii: "+"), text) {
            sign = 1
        } else if take(UInt8(ascii: "-"), text) {
            sign = -1
        } else {
            return nil
        }
        guard let hours = number(text, 2), hours < 24 else { return nil }
        _ = take(UInt8(ascii: ":"), text)
        guard offset < text.count else { return sign * hours * 60 }
        guard let minutes = number(text, 2), minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
