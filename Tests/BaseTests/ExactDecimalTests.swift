// Decimal numbers keep every digit: they are what tokens, rules and variables compare by.
import Base
import Testing

struct ExactDecimalTests {
    @Test(arguments: [
        "0", "-0", "1", "-1", "10", "0.5", "1.10", "1e3", "1E+3", "1e-3", "12.5e2", "9007199254740993", "0.1e-9999",
        "1e9999", "123456789012345678901234567890",
    ])
    func `what JSON takes as a number is read`(_ text: String) {
        #expect(ExactDecimal(text) != nil)
    }

    @Test(arguments: [
        "", "-", "+1", " 1", "1 ", "01", "1.", ".5", "1e", "1e+", "0x10", "1_000", "1,5", "NaN", "Infinity", "1e10000",
        "1e-10000", "1e99999999999999999999", "--1", "1.2.3", "١",
        "1e5x", "1 2",
    ])
    func `anything else is no number`(_ text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test(arguments: [
        ["0", "-0", "0.000", "0e5"], ["1", "1.0", "10e-1", "0.1e1", "1.000e0"], ["-120", "-1.2e2", "-12e1", "-120.00"],
        ["0.00123", "1.23e-3", "123e-5"],
    ])
    func `spellings of one number are equal`(_ texts: [String]) {
        let numbers = texts.compactMap { ExactDecimal($0) }
        #expect(numbers.count == texts.count)
        #expect(Set(numbers).count == 1)
        for left in numbers { for right in numbers { #expect(!(left < right)) } }
    }

    @Test
    func `numbers are ordered by value`() {
        let ascending = [
            "-1e20", "-9007199254740993", "-9007199254740992", "-10", "-9.99", "-1", "-0.5", "-0.05", "0", "0.0001",
            "0.05", "0.5", "0.50001", "1", "9", "9.99", "10", "11",
            "100", "9007199254740992", "9007199254740993", "1e16", "1e20", "1.1e20",
        ].compactMap { ExactDecimal($0) }
        for (left, first) in ascending.enumerated() {
            for (right, second) in ascending.enumerated() { #expect((first < second) == (left < right)) }
        }
        #expect(ascending.count == 24)
    }

    @Test(
        arguments: [
            ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("9223372036854775808", nil),
            ("-9223372036854775809", nil), ("1.0", 1), ("1.5", nil), ("1e18", 1_000_000_000_000_000_000),
            ("1e19", nil), ("0", 0), ("-0", 0), ("12e-1", nil), ("120e-1", 12),
        ] as [(String, Int64?)])
    func `a whole number that fits is an integer`(_ text: String, _ value: Int64?) {
        #expect(ExactDecimal(text)?.int64 == value)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 10, 9_007_199_254_740_993, Int64.max])
    func `an integer survives`(_ value: Int64) {
        #expect(ExactDecimal(value).int64 == value)
        #expect(ExactDecimal(value) == ExactDecimal(String(value)))
    }
}
