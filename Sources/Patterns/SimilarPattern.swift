// SQL's SIMILAR TO as a regular expression, in the way PostgreSQL makes one of it: `%` and `_` are any run and any one
// character, `| * + ? {m,n} ( ) […]` mean what they mean there, everything else is itself, and the whole text matches.
// https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-SIMILARTO-REGEXP

enum SimilarPattern {
    static let special: Set<Unicode.Scalar> = [
        "%", "_", "\\", "|", "*", "+", "?", "{", "}", "(", ")", "[", "]", ".", "^", "$",
    ]

    static func regularExpression(_ pattern: String) -> String {
        var text = "^(?:"
        var isEscaped = false
        var isInBrackets = false
        for scalar in pattern.unicodeScalars {
            switch scalar {
            case _ where isEscaped:
                // Not only special characters: `\d` is a class here as it is there.
                text.unicodeScalars.append(contentsOf: ["\\", scalar])
                isEscaped = false
            case "\\": isEscaped = true
            case _ where isInBrackets:
                text.unicodeScalars.append(scalar)
                isInBrackets = scalar != "]"
            case "[":
                text.unicodeScalars.append(scalar)
                isInBrackets = true
            case "%": text += ".*"
            case "_": text += "."
            case "(": text += "(?:"
            case ".", "^", "$": text.unicodeScalars.append(contentsOf: ["\\", scalar])
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + ")$"
    }
}
