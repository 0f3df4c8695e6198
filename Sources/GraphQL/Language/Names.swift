// Which texts are names, in the reference's words. Specification, section 2.1.7 "Names".

package enum Names {
    /// Why `text` is no name; `nil` when it is one.
    package static func problem(_ text: String) -> String? {
        guard let first = text.utf8.first else { return "Expected name to be a non-empty string." }
        guard text.utf8.allSatisfy({ CharacterClass.isNameContinue($0) }) else {
            return "Names must only contain [_a-zA-Z0-9] but \"\(text)\" does not."
        }
        return CharacterClass.isNameStart(first) ? nil : "Names must start with [_a-zA-Z] but \"\(text)\" does not."
    }

    /// The same for the name of an enum value.
    package static func enumValueProblem(_ text: String) -> String? {
        switch text {
        case "true", "false", "null": "Enum values cannot be named: \(text)"
        default: problem(text)
        }
    }
}
