// Lines and columns for many errors of one document: checkpoints every 512 bytes, so that an error costs a short walk
// even when the whole document is one line.

internal import Base

struct LocationTable {
    private let source: [UInt8]
    private var checkpoints: [SourceLocation] = []

    private static let stride = 512

    init(_ source: [UInt8]) {
        self.source = source
    }

    mutating func location(_ offset: Int) -> SourceLocation {
        if checkpoints.isEmpty { fill() }
        let index = min(offset / LocationTable.stride, checkpoints.count - 1)
        return walk(from: index * LocationTable.stride, at: checkpoints[index], to: min(offset, source.count))
    }

    private mutating func fill() {
        var location = SourceLocation(line: 1, column: 1)
        checkpoints.append(location)
        var offset = 0
        while offset + LocationTable.stride <= source.count {
            location = walk(from: offset, at: location, to: offset + LocationTable.stride)
            checkpoints.append(location)
            offset += LocationTable.stride
        }
    }

    private func walk(from start: Int, at location: SourceLocation, to end: Int) -> SourceLocation {
        let span = source.span
        var line = location.line
        var column = location.column
        for index in start..<max(start, end) {
            switch span[index] {
            case 0x0A:
                line += 1
                column = 1
            case 0x0D:
                if index + 1 < span.count, span[index + 1] == 0x0A { continue }
                line += 1
                column = 1
            case 0x80...0xBF: continue
            case 0xF0...0xFF: column += 2
            default: column += 1
            }
        }
        return SourceLocation(line: line, column: column)
    }
}
