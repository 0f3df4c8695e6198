// Block strings: taking the common indentation off and writing a text so that reading it gives the same text back.
// Specification, section 2.9.4 "Block Strings", BlockStringValue().

package enum BlockString {
    private static let quotes: [UInt8] = [0x22, 0x22, 0x22]

    /// The value of the raw content between the quotes.
    static func value(_ source: Span<UInt8>, _ range: Range<Int>) -> String {
        var lines: [[UInt8]] = [[]]
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = source[index]
            index += 1
            switch byte {
            case 0x0A: lines.append([])
            case 0x0D:
                if index < range.upperBound, source[index] == 0x0A { index += 1 }
                lines.append([])
            case 0x5C
            where index + 3 <= range.upperBound && source[index] == 0x22 && source[index + 1] == 0x22
                && source[index + 2] == 0x22:
                lines[lines.count - 1].append(contentsOf: quotes)
                index += 3
            default: lines[lines.count - 1].append(byte)
            }
        }
        return String(decoding: Array(dedent(lines).joined(separator: [0x0A])), as: UTF8.self)
    }

    /// Removes the indentation all lines but the first share, and blank lines at both ends.
    package static func dedent(_ lines: [[UInt8]]) -> [[UInt8]] {
        var common = Int.max
        var firstFilled: Int?
        var lastFilled = -1
        for (number, line) in lines.enumerated() {
            let indentation = line.prefix { isWhiteSpace($0) }.count
            if indentation == line.count { continue }
            firstFilled = firstFilled ?? number
            lastFilled = number
            if number > 0 { common = min(common, indentation) }
        }
        guard let firstFilled else { return [] }
        return (firstFilled...lastFilled).map { number in
            number == 0 ? lines[number] : Array(lines[number].dropFirst(common))
        }
    }

    /// Whether the text comes back unchanged from a block string of its own.
    package static func isPrintable(_ text: String) -> Bool {
        if text.isEmpty { return true }
        var isEmptyLine = true
        var hasIndentation = false
        var hasCommonIndentation = true
        var seenFilledLine = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}", "\u{F}": return false
            case "\u{D}": return false
            case "\u{A}":
                if isEmptyLine && !seenFilledLine { return false }
                seenFilledLine = true
                isEmptyLine = true
                hasIndentation = false
            case "\u{9}", " ":
                hasIndentation = hasIndentation || isEmptyLine
            default:
                hasCommonIndentation = hasCommonIndentation && hasIndentation
                isEmptyLine = false
            }
        }
        if isEmptyLine { return false }
        if hasCommonIndentation && seenFilledLine { return false }
        return true
    }

    /// The text as a block string; `minimize` leaves out every line break it can.
    package static func print(_ text: String, minimize: Bool = false) -> String {
        let bytes = Array(text.utf8)
        let escaped = escapeQuotes(bytes)
        let lines = split(escaped)
        let isSingleLine = lines.count == 1
        let forceLeadingLine =
            lines.count > 1 && lines.dropFirst().allSatisfy { $0.first.map(isWhiteSpace) ?? true }
        let endsInTripleQuotes = escaped.suffix(4) == [0x5C, 0x22, 0x22, 0x22]
        let endsInQuote = bytes.last == 0x22 && !endsInTripleQuotes
        let forceTrailingLine = endsInQuote || bytes.last == 0x5C
        let asLines =
            !minimize
            && (!isSingleLine || text.utf16.count > 70 || forceTrailingLine || forceLeadingLine || endsInTripleQuotes)
        let skipLeadingLine = isSingleLine && bytes.first.map(isWhiteSpace) ?? false
        var result = quotes
        if (asLines && !skipLeadingLine) || forceLeadingLine { result.append(0x0A) }
        result += escaped
        if asLines || forceTrailingLine { result.append(0x0A) }
        return String(decoding: result + quotes, as: UTF8.self)
    }

    private static func escapeQuotes(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: quotes) {
                result.append(0x5C)
                result += quotes
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == 0x0A || byte == 0x0D else { continue }
            lines.append(bytes[start..<index - 1])
            if byte == 0x0D, index < bytes.count, bytes[index] == 0x0A { index += 1 }
            start = index
        }
        lines.append(bytes[start...])
        return lines
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
