// Instants as text (RFC 3339) and as microseconds.
import Base
import Testing

struct InstantTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("1970-01-01T00:00", 0), ("1970-01-01 00:00:00", 0),
            ("1969-07-20T20:17:40Z", -14_182_940_000_000), ("2000-02-29T12:00:00z", 951_825_600_000_000),
            ("2024-12-31t23:59:59.999999Z", 1_735_689_599_999_999), ("1970-01-01T01:00:00+01:00", 0),
            ("1969-12-31T22:30:00-01:30", 0), ("1970-01-01T00:00:00+0000", 0), ("1970-01-01T02:00:00+02", 0),
            ("1970-01-01T00:00:00.5Z", 500_000), ("1970-01-01T00:00:00.1234567Z", 123_456),
            ("0001-01-01", -62_135_596_800_000_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
        ] as [(String, Int64)])
    func `a timestamp is read`(_ text: String, _ microseconds: Int64) {
        #expect(Instant(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "1970", "1970-1-1", "1970-13-01", "1970-00-01", "1970-02-29", "1900-02-29", "2024-04-31", "1970-01-01T",
        "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00.", "1970-01-01T00:00:00.1234567890Z", "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+00:60", "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00 Z", "1970-01-01X00:00:00Z",
        "-1970-01-01", "1970-01-01Z", "yesterday", "0", "1970-01-01T00:00:00+1", "1970-01-01T0:00",
    ])
    func `anything else is no timestamp`(_ text: String) {
        #expect(Instant(text) == nil)
    }

    @Test(arguments: [
        "1970-01-01T00:00:00Z", "1969-07-20T20:17:40Z", "2000-02-29T23:59:59.000001Z", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z", "1600-03-01T00:00:00Z", "2100-02-28T12:00:00Z",
    ])
    func `the text of an instant reads back`(_ text: String) {
        #expect(Instant(text)?.description == text)
    }

    @Test
    func `every day of four centuries and their text agree`() {
        var previous = Instant(microseconds: -11_676_096_000_000_000 - 86_400_000_000)
        for day in 0..<146_097 {
            let instant = Instant(microseconds: -11_676_096_000_000_000 + Int64(day) * 86_400_000_000)
            guard Instant(instant.description) == instant, previous < instant else {
                Issue.record("\(instant.description)")
                return
            }
            previous = instant
        }
        #expect(Instant("1600-01-01")?.microseconds == -11_676_096_000_000_000)
    }

    @Test(arguments: [
        ("2024-02-29", true), ("2023-02-29", false), ("2024-02-29T00:00", false), ("24-02-29", false), ("", false),
    ])
    func `a date is a day of the calendar`(_ text: String, _ isDate: Bool) {
        #expect(Instant.isDate(text) == isDate)
    }

    @Test(arguments: [
        ("00:00", true), ("23:59:59", true), ("23:59:59.123456789", true), ("24:00", false), ("1:00", false),
        ("12:00Z", false), ("12:00:00.", false), ("", false),
    ])
    func `a time is one of the day`(_ text: String, _ isTime: Bool) {
        #expect(Instant.isTime(text) == isTime)
    }
}
