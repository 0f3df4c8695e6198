// `perigee_instant(text)`: the instant a timestamp names, as microseconds since 1970, so that timestamps of different
// zones and precisions compare as instants; `perigee_instant_key(text)` for aggregates that answer one of the texts.

internal import Base

enum InstantFunction {
    static func instant(_ call: FunctionCall) {
        guard let instant = instant(call[0]) else { return call.returnNull() }
        call.returnInteger(instant.microseconds)
    }

    /// Bytes of a sort key.
    static let keyLength = 20

    /// `perigee_instant_key(text)`: the instant as digits that sort as instants do, and the text behind them: the smallest of
    /// such texts ends in the earliest timestamp as it is stored. Two texts of one instant sort as texts do.
    static func key(_ call: FunctionCall) {
        guard let instant = instant(call[0]) else { return call.returnNull() }
        // Counted from the earliest instant there is, so that no key has a sign.
        var rest = UInt64(bitPattern: instant.microseconds) ^ (1 << 63)
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

    private static func instant(_ value: FunctionArgument) -> Instant? {
        guard value.kind == .text else { return nil }
        return Instant(unsafe Span(_unsafeElements: value.text))
    }
}
