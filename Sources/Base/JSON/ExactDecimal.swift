// A decimal number held exactly as digits and an exponent, so that numbers of tokens, rules and variables compare
// without passing through a double (rules.md section 4, "Numbers in tokens are never doubles").

package struct ExactDecimal: Sendable, Hashable, Comparable {
    /// Whether the number is below zero; zero is never negative.
    package let isNegative: Bool
    /// Significant digits 0…9, without leading or trailing zeros; empty for zero.
    package let digits: [UInt8]
    /// The power of ten of the digit after the last one: the value is `digits × 10^exponent`.
    package let exponent: Int

    /// Reads the grammar of a JSON number (RFC 8259 section 6), the whole text or nothing. Exponents beyond ±9999
    /// are refused: no column holds such a number and comparing them must stay cheap.
    package init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        var negative = false
        if bytes.first == UInt8(ascii: "-") {
            negative = true
            bytes = bytes.dropFirst()
        }
        var digits: [UInt8] = []
        var exponent = 0
        let whole = bytes.prefix { ExactDecimal.isDigit($0) }
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return nil }
        digits.append(contentsOf: whole.map { $0 - UInt8(ascii: "0") })
        bytes = bytes.dropFirst(whole.count)
        if bytes.first == UInt8(ascii: ".") {
            bytes = bytes.dropFirst()
            let fraction = bytes.prefix { ExactDecimal.isDigit($0) }
            guard !fraction.isEmpty else { return nil }
            digits.append(contentsOf: fraction.map { $0 - UInt8(ascii: "0") })
            exponent -= fraction.count
            bytes = bytes.dropFirst(fraction.count)
        }
        if let marker = bytes.first, marker | 0x20 == UInt8(ascii: "e") {
            var tail = bytes.dropFirst()
            var sign = 1
            if tail.first == UInt8(ascii: "+") {
                tail = tail.dropFirst()
            } else if tail.first == UInt8(ascii: "-") {
                sign = -1
                tail = tail.dropFirst()
            }
            guard !tail.isEmpty, tail.allSatisfy({ ExactDecimal.isDigit($0) }),
                let power = Int(String(decoding: tail, as: UTF8.self)), power <= 9999
            else { return nil }
            exponent += sign * power
            bytes = bytes.suffix(0)
        }
        guard bytes.isEmpty else { return nil }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        let leading = digits.prefix { $0 == 0 }.count
        digits.removeFirst(leading)
        self.isNegative = negative && !digits.isEmpty
        self.digits = digits
        self.exponent = digits.isEmpty ? 0 : exponent
    }

    package init(_ value: Int64) {
        // The description of an integer is always in the grammar above.
        self = ExactDecimal(String(value)) ?? ExactDecimal.zero
    }

    private init() {
        isNegative = false
        digits = []
        exponent = 0
    }

    package static let zero = ExactDecimal()

    /// The value as a 64-bit integer when it is whole and fits.
    package var int64: Int64? {
        guard exponent >= 0, digits.count + exponent <= 19 else { return nil }
        var value: Int64 = 0
        for digit in digits + Array(repeating: 0, count: exponent) {
            let (product, productOverflow) = value.multipliedReportingOverflow(by: 10)
            let step = isNegative ? -Int64(digit) : Int64(digit)
            let (sum, sumOverflow) = product.addingReportingOverflow(step)
            if productOverflow || sumOverflow { return nil }
            value = sum
        }
        return value
    }

    package static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        if left.digits.isEmpty || right.digits.isEmpty {
            if left.digits.isEmpty { return !right.digits.isEmpty && !right.isNegative }
            return left.isNegative
        }
        let ascending = magnitudeIsLess(left, right)
        return left.isNegative ? magnitudeIsLess(right, left) : ascending
    }

    private static func magnitudeIsLess(_ left: ExactDecimal, _ right: ExactDecimal) -> Bool {
        let leftScale = left.digits.count + left.exponent
        let rightScale = right.digits.count + right.exponent
        if leftScale != rightScale { return leftScale < rightScale }
        return left.digits.lexicographicallyPrecedes(right.digits)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
