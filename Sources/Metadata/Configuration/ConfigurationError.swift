// What is wrong with a configuration or rules file, where, and what would be right: the text an owner reads before the
// gateway refuses to start (exit code 2) or keeps its old configuration.

package import Base

package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file as the owner named it.
    package var file: String
    /// JSON pointer (RFC 6901) of the value at fault; empty for the whole document.
    package var pointer: String
    /// 1-based line and column, where the text itself could not be read.
    package var location: SourceLocation?
    package var message: String
    /// What would be right, such as `did you mean "kind"?`.
    package var suggestion: String?

    package init(
        file: String, pointer: String = "", location: SourceLocation? = nil, message: String, suggestion: String? = nil
    ) {
        self.file = file
        self.pointer = pointer
        self.location = location
        self.message = message
        self.suggestion = suggestion
    }

    /// `perigee.yaml: /sources/main/kin: unknown key "kin"; did you mean "kind"?`
    package var description: String {
        var text = file
        if let location { text += ":\(location.line):\(location.column)" }
        text += ": "
        if !pointer.isEmpty { text += "\(pointer): " }
        text += message
        if let suggestion { text += "; \(suggestion)" }
        return text
    }
}

/// Everything that was found wrong in one reading; never empty.
package struct ConfigurationFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package let errors: [ConfigurationError]

    package init(_ errors: [ConfigurationError]) {
        precondition(!errors.isEmpty, "a failure names at least one error")
        self.errors = errors
    }

    package init(_ error: ConfigurationError) {
        errors = [error]
    }

    /// One line an error.
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// A JSON pointer one step deeper (RFC 6901 section 3: `~` and `/` inside a name are escaped).
package func jsonPointer(_ parent: String, _ name: String) -> String {
    guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
        return "\(parent)/\(name)"
    }
    var escaped = ""
    for character in name.unicodeScalars {
        switch character {
        case "~": escaped += "~0"
        case "/": escaped += "~1"
        default: escaped.unicodeScalars.append(character)
        }
    }
    return "\(parent)/\(escaped)"
}
