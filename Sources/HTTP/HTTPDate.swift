// The `Date` header's IMF-fixdate, and the one second for which it is worth keeping.
// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7

internal import Base

package struct HTTPDate: Sendable {
    private var second = Int.min
    private var text: [UInt8] = []

    package init() {}

    /// `Sun, 06 Nov 1994 08:49:37 GMT` for a time in seconds since 1970, from memory if it is the last one again.
    package mutating func bytes(at seconds: Int) -> [UInt8] {
        if seconds != second {
            second = seconds
            text = Self.format(seconds)
        }
        return text
    }

    private static func format(_ seconds: Int) -> [UInt8] {
        let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months: [StaticString] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let seconds = max(0, seconds)
        let (days, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let date = civil(days)
        var buffer = ByteBuffer(capacity: 29)
        buffer.append(weekdays[days % 7])
        buffer.append(", ")
        appendTwo(date.day, &buffer)
        buffer.append(" ")
        buffer.append(months[date.month - 1])
        buffer.append(" ")
        buffer.append(decimal: date.year)
        buffer.append(" ")
        appendTwo(time / 3600, &buffer)
        buffer.append(":")
        appendTwo(time / 60 % 60, &buffer)
        buffer.append(":")
        appendTwo(time % 60, &buffer)
        buffer.append(" GMT")
        return buffer.bytes
    }

    private static func appendTwo(_ number: Int, _ buffer: inout ByteBuffer) {
        buffer.append(UInt8(truncatingIfNeeded: 0x30 + number / 10))
        buffer.append(UInt8(truncatingIfNeeded: 0x30 + number % 10))
    }

    /// Proleptic Gregorian date of a day count since 1970, by eras of 400 years that begin on 1 March, so that the leap
    /// day is the last of a year.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
