// The `path` argument of JSON columns (dialect of the API, section 11), read before anything runs: a malformed path is
// refused whatever is stored.
//
//     path    = "$" step* | name step* | step+
//     step    = "." name | "[" digits "]" | "['" … "']" | "[\"" … "\"]"
//     name    = one or more characters but . [ ] ' " and white space
package import Base

package struct JSONPath: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        /// A member of an object.
        case member(String)
        /// An item of a list, from 0.
        case item(Int64)
    }

    package let steps: [Step]

    /// - Throws: `parse-failed` with what was expected and where, in characters from 0.
    package init(_ value: JSONValue, at path: String) throws(GatewayError) {
        guard let text = value.string else {
            throw GatewayError(.dataException, "invalid input for String: expected a string", extensionPath: path)
        }
        guard text.utf8.count <= Self.maximumBytes else {
            throw GatewayError(
                .parseFailed, "The JSON path is longer than \(Self.maximumBytes) bytes.", extensionPath: path)
        }
        var reader = Reader(characters: Array(text.unicodeScalars))
        do throws(Reader.Problem) {
            steps = try reader.path()
        } catch {
            throw GatewayError(
                .parseFailed, "parse json path error: \(error.wanted) expected at character \(error.position)",
                extensionPath: path)
        }
    }

    package static let maximumBytes = 1000

    /// A JSON list: a string for a member, a number for an item.
    package var text: String {
        JSONValue.array(
            steps.map { step in
                switch step {
                case .member(let name): .string(name)
                case .item(let index): .number(JSONNumber(index))
                }
            }
        ).text
    }

    private struct Reader {
        struct Problem: Error {
            let wanted: String
            let position: Int
        }

        let characters: [Unicode.Scalar]
        var position = 0

        mutating func path() throws(Problem) -> [Step] {
            var steps: [Step] = []
            if !take("$"), let next, next != ".", next != "[" { try steps.append(.member(name())) }
            while position < characters.count { try steps.append(step()) }
            guard position > 0 else { throw Problem(wanted: "a path such as $, a.b or a[0]", position: 0) }
            return steps
        }

        private mutating func step() throws(Problem) -> Step {
            if take(".") { return try .member(name()) }
            guard take("[") else { throw Problem(wanted: "\".\" or \"[\"", position: position) }
            let step: Step
            if let quote = next, quote == "'" || quote == "\"" {
                position += 1
                step = try .member(quoted(quote))
            } else {
                step = try .item(index())
            }
            guard take("]") else { throw Problem(wanted: "\"]\"", position: position) }
            return step
        }

        private mutating func name() throws(Problem) -> String {
            var name = String.UnicodeScalarView()
            while let next, !".[]'\"".unicodeScalars.contains(next), !next.properties.isWhitespace {
                name.append(next)
                position += 1
            }
            guard !name.isEmpty else { throw Problem(wanted: "a name", position: position) }
            return String(name)
        }

        private mutating func quoted(_ quote: Unicode.Scalar) throws(Problem) -> String {
            var name = String.UnicodeScalarView()
            while let next, next != quote {
                position += 1
                // A backslash stands before a quote or another backslash.
                if next == "\\", let escaped = self.next, escaped == quote || escaped == "\\" {
                    name.append(escaped)
                    position += 1
                } else {
                    name.append(next)
                }
            }
            guard take(quote) else { throw Problem(wanted: "a closing quote", position: position) }
            return String(name)
        }

        private mutating func index() throws(Problem) -> Int64 {
            let start = position
            var digits = ""
            while let next, ("0"..."9").contains(next) {
                digits.unicodeScalars.append(next)
                position += 1
            }
            guard let index = Int64(digits) else { throw Problem(wanted: "an index or a quoted name", position: start) }
            return index
        }

        private var next: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard next == scalar else { return false }
            position += 1
            return true
        }
    }
}
