// From a byte offset to a line and a column. Nodes keep byte offsets only; this is computed when an error needs it.
// Specification, section 2.1.2 "Line Terminators".

package import Base

extension SourceLocation {
    /// The place of byte `offset` in `source`: lines end at `\n`, `\r` or `\r\n`; a column is one UTF-16 code unit.
    package init(offset: Int, in source: Span<UInt8>) {
        var line = 1
        var column = 1
        var index = 0
        let end = min(offset, source.count)
        while index < end {
            let byte = source[index]
            index += 1
            switch byte {
            case 0x0A:
                line += 1
                column = 1
            case 0x0D:
                // The first half of \r\n moves nothing: its line feed does.
                if index < source.count, source[index] == 0x0A { continue }
                line += 1
                column = 1
            case 0x80...0xBF: continue
            case 0xF0...0xFF: column += 2
            default: column += 1
            }
        }
        self.init(line: line, column: column)
    }
}
