// The lines around an error with a mark under its column, for people at a terminal: schema files, rules, the command
// line. Never sent to callers.

package import Base

package enum SourceExcerpt {
    private static let longLine = 120
    private static let subLine = 80

    /// `name:line:column` and up to three lines of `source`. `firstLine` is the number of the source's first line in
    /// the file it was taken from.
    package static func print(
        _ source: String, at location: SourceLocation, name: String = "GraphQL request", firstLine: Int = 1
    ) -> String {
        let lines = split(source)
        let number = location.line + firstLine - 1
        let heading = "\(name):\(number):\(location.column)\n"
        guard lines.indices.contains(location.line - 1) else { return heading }
        let line = lines[location.line - 1]
        if line.count > longLine {
            // A minified document: the line is shown in pieces, up to the one after the mark.
            let pieces = stride(from: 0, to: line.count, by: subLine).map { start in
                text(line[start..<min(start + subLine, line.count)])
            }
            let marked = location.column / subLine
            var rows: [(String, String?)] = [("\(number) |", pieces[0])]
            rows += pieces.dropFirst().prefix(marked).map { ("|", $0) }
            rows.append(("|", mark(location.column % subLine)))
            rows.append(("|", marked + 1 < pieces.count ? pieces[marked + 1] : nil))
            return heading + join(rows)
        }
        return heading
            + join([
                ("\(number - 1) |", location.line > 1 ? text(lines[location.line - 2][...]) : nil),
                ("\(number) |", text(line[...])), ("|", mark(location.column)),
                ("\(number + 1) |", location.line < lines.count ? text(lines[location.line][...]) : nil),
            ])
    }

    private static func mark(_ column: Int) -> String { String(repeating: " ", count: max(0, column - 1)) + "^" }

    private static func join(_ rows: [(prefix: String, line: String?)]) -> String {
        let shown = rows.filter { $0.line != nil }
        let width = shown.map(\.prefix.count).max() ?? 0
        return shown.map { row in
            let padding = String(repeating: " ", count: width - row.prefix.count)
            let line = row.line ?? ""
            return padding + row.prefix + (line.isEmpty ? "" : " " + line)
        }.joined(separator: "\n")
    }

    /// Lines as UTF-16, because columns count that.
    private static func split(_ source: String) -> [[UInt16]] {
        var lines: [[UInt16]] = [[]]
        var previous: UInt16 = 0
        for unit in source.utf16 {
            switch unit {
            case 0x0A where previous == 0x0D: break
            case 0x0A, 0x0D: lines.append([])
            default: lines[lines.count - 1].append(unit)
            }
            previous = unit
        }
        return lines
    }

    private static func text(_ units: ArraySlice<UInt16>) -> String { String(decoding: units, as: UTF16.self) }
}

extension GraphQLError {
    /// The message, then the excerpt of each of its places.
    package func description(in source: String, name: String = "GraphQL request") -> String {
        ([message] + locations.map { SourceExcerpt.print(source, at: $0, name: name) }).joined(separator: "\n\n")
    }
}
