// Values with a unit in them: `1MiB`, `30s`. A setting whose unit must be guessed is a setting that will be wrong once.

/// Bytes of a size such as `512`, `64KiB`, `1MiB`, `2GB`; `nil` when the text is none or does not fit.
package func parseByteSize(_ text: String) -> Int? {
    let units: [(String, Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000),
        ("GB", 1_000_000_000), ("B", 1),
    ]
    return scaled(text, by: units) ?? Int(digits: text)
}

/// A span of time such as `250ms`, `30s`, `10m`, `1h`, `7d`; `nil` without a unit.
package func parseDuration(_ text: String) -> Duration? {
    let units: [(String, Int)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
    return scaled(text, by: units).map { Duration.milliseconds($0) }
}

private func scaled(_ text: String, by units: [(String, Int)]) -> Int? {
    for (unit, factor) in units where text.hasSuffix(unit) {
        guard let count = Int(digits: String(text.dropLast(unit.count))) else { continue }
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
    return nil
}

extension Int {
    /// Decimal digits and nothing else: no sign, no white space.
    fileprivate init?(digits text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return nil
        }
        self.init(text)
    }
}
