// PostgreSQL's advanced regular expressions, said in the language of PCRE. The reader takes its grammar, character for
// character, and writes what means the same there; whatever only PCRE knows (recursion, verbs, `\Q`, `\C` …) is refused
// as PostgreSQL refuses it. Only whether a text matches is asked, never where, so that the longest match of the one and
// the first match of the other do not differ.
// https://www.postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS

/// An expression in PCRE's words, with what its engine has to know of it.
struct RegularExpression: Sendable, Hashable {
    let text: String
    let ignoresCase: Bool
    /// Refers to what a group has matched, which only then is kept.
    let hasBackReferences: Bool
    /// Characters that may be compared between two choices: the price of a step of the matcher.
    let weight: Int

    /// - Parameter text: as PostgreSQL takes it, director and embedded options included.
    init(_ text: String, ignoresCase: Bool) throws(PatternError) {
        var reader = RegularExpressionReader(text, ignoresCase: ignoresCase)
        let weight = try reader.read()
        self.text = reader.output
        self.ignoresCase = reader.options.ignoresCase
        hasBackReferences = reader.hasBackReferences
        self.weight = weight
    }
}

struct RegularExpressionReader {
    /// What `(?xyz)` at the beginning sets.
    struct Options {
        var ignoresCase: Bool
        /// White space and comments stand for nothing.
        var isExpanded = false
        /// `.` and complements do not match a newline.
        var stopsAtNewline = false
        /// `^` and `$` match at newlines too.
        var anchorsAtNewline = false
    }

    private(set) var options: Options
    private(set) var output = ""
    private(set) var hasBackReferences = false
    private let scalars: [Unicode.Scalar]
    private var index = 0
    /// Groups begun so far, and those that are complete.
    private var groups = 0
    private var closedGroups: Set<Int> = []
    private var depth = 0
    private var isInLookaround = false

    private static let maximumDepth = 100
    /// PostgreSQL's bound of a repetition.
    private static let maximumRepetition = 255
    /// Beyond this a weight is no longer counted.
    private static let maximumWeight = 1 << 24

    init(_ text: String, ignoresCase: Bool) {
        scalars = Array(text.unicodeScalars)
        options = Options(ignoresCase: ignoresCase)
    }

    /// The weight of the whole.
    mutating func read() throws(PatternError) -> Int {
        if try director() { return quote(scalars[index...]) }
        if try embeddedOptions() { return quote(scalars[index...]) }
        let weight = try choice()
        guard isAtEnd else { throw PatternError(regular: "parentheses () not balanced") }
        return weight
    }

    // MARK: The beginning

    /// `***:` and `***=`; true where the rest is a text that stands for itself.
    private mutating func director() throws(PatternError) -> Bool {
        guard starts(with: "***") else { return false }
        if starts(with: "***=") {
            index = 4
            return true
        }
        guard starts(with: "***:") else { throw PatternError(regular: "quantifier operand invalid") }
        index = 4
        return false
    }

    /// `(?letters)`; true where the rest is a text that stands for itself.
    private mutating func embeddedOptions() throws(PatternError) -> Bool {
        guard starts(with: "(?"), let first = at(index + 2), first.isASCIILetter else { return false }
        index += 2
        var isLiteral = false
        while let letter = next(), letter != ")" {
            switch letter {
            case "c": options.ignoresCase = false
            case "i": options.ignoresCase = true
            case "m", "n":
                options.stopsAtNewline = true
                options.anchorsAtNewline = true
            case "p":
                options.stopsAtNewline = true
                options.anchorsAtNewline = false
            case "q": isLiteral = true
            case "s":
                options.stopsAtNewline = false
                options.anchorsAtNewline = false
            case "t": options.isExpanded = false
            case "w":
                options.stopsAtNewline = false
                options.anchorsAtNewline = true
            case "x": options.isExpanded = true
            case "b", "e":
                throw PatternError(regular: "only advanced regular expressions are supported, not option \"\(letter)\"")
            default: throw PatternError(regular: "invalid embedded option")
            }
        }
        guard at(index - 1) == ")" else { throw PatternError(regular: "invalid embedded option") }
        return isLiteral
    }

    private mutating func quote(_ text: ArraySlice<Unicode.Scalar>) -> Int {
        for scalar in text { write(literal: scalar) }
        return text.count
    }

    // MARK: Expressions

    /// `branch|branch…`, up to the end or a closing parenthesis.
    private mutating func choice() throws(PatternError) -> Int {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw PatternError(regular: "too many nested parentheses") }
        var weight = try branch()
        while at(index) == "|" {
            index += 1
            output += "|"
            weight = max(weight, try branch())
        }
        return weight
    }

    private mutating func branch() throws(PatternError) -> Int {
        var weight = 0
        while true {
            skipComments()
            guard let scalar = at(index), scalar != "|", scalar != ")" else { return weight }
            weight = min(Self.maximumWeight, weight + (try quantifiedAtom()))
        }
    }

    private mutating func quantifiedAtom() throws(PatternError) -> Int {
        // A constraint takes no quantifier: the next one finds nothing to repeat.
        guard let weight = try atom() else { return 1 }
        skipComments()
        switch at(index) {
        case "*", "+", "?":
            output.unicodeScalars.append(scalars[index])
            index += 1
            writeReluctance()
            return weight
        case "{" where at(index + 1)?.isASCIIDigit ?? false:
            index += 1
            let minimum = try bound()
            writeReluctance()
            return min(Self.maximumWeight, weight * max(1, minimum))
        default: return weight
        }
    }

    private mutating func writeReluctance() {
        guard at(index) == "?" else { return }
        index += 1
        output += "?"
    }

    /// `m}`, `m,}` or `m,n}`; the least number of repetitions.
    private mutating func bound() throws(PatternError) -> Int {
        let problem = PatternError(regular: "invalid repetition count(s)")
        guard let minimum = count() else { throw problem }
        var text = "{\(minimum)"
        if at(index) == "," {
            index += 1
            text += ","
            if at(index)?.isASCIIDigit ?? false {
                guard let maximum = count(), maximum >= minimum else { throw problem }
                text += "\(maximum)"
            }
        }
        guard let end = next() else { throw PatternError(regular: "braces {} not balanced") }
        guard end == "}" else { throw problem }
        output += text + "}"
        return minimum
    }

    private mutating func count() -> Int? {
        var value = 0
        while let scalar = at(index), scalar.isASCIIDigit {
            value = value * 10 + Int(scalar.value - 48)
            guard value <= Self.maximumRepetition else { return nil }
            index += 1
        }
        return value
    }

    /// Its weight; `nil` for a constraint, which nothing may repeat.
    private mutating func atom() throws(PatternError) -> Int? {
        let scalar = scalars[index]
        index += 1
        switch scalar {
        case "*", "+", "?": throw PatternError(regular: "quantifier operand invalid")
        case "{" where at(index)?.isASCIIDigit ?? false: throw PatternError(regular: "quantifier operand invalid")
        case "(": return try group()
        case "[":
            if let boundary = wordBoundary() {
                output += boundary
                return nil
            }
            try bracket()
            return 1
        case ".":
            output += options.stopsAtNewline ? "[^\\n]" : "."
            return 1
        case "^":
            output += options.anchorsAtNewline ? "(?<![^\\n])" : "\\A"
            return nil
        case "$":
            output += options.anchorsAtNewline ? "(?![^\\n])" : "\\z"
            return nil
        case "\\": return try escape()
        default:
            write(literal: scalar)
            return 1
        }
    }

    /// `[[:<:]]` and `[[:>:]]`, the older spellings of a word's beginning and end.
    private mutating func wordBoundary() -> String? {
        for (spelling, boundary) in [("[:<:]]", "\\b(?=\\w)"), ("[:>:]]", "\\b(?<=\\w)")] where starts(with: spelling) {
            index += spelling.unicodeScalars.count
            return boundary
        }
        return nil
    }

    private mutating func group() throws(PatternError) -> Int? {
        guard at(index) == "?" else {
            guard !isInLookaround else { return try group("(?:") }
            groups += 1
            let number = groups
            let weight = try group("(")
            closedGroups.insert(number)
            return weight
        }
        index += 1
        switch next() {
        case ":": return try group("(?:")
        case "=": return try lookaround("(?=")
        case "!": return try lookaround("(?!")
        case "<" where at(index) == "=" || at(index) == "!":
            return try lookaround(next() == "=" ? "(?<=" : "(?<!")
        default: throw PatternError(regular: "quantifier operand invalid")
        }
    }

    private mutating func group(_ opening: String) throws(PatternError) -> Int {
        output += opening
        let weight = try choice()
        guard next() == ")" else { throw PatternError(regular: "parentheses () not balanced") }
        output += ")"
        return weight
    }

    private mutating func lookaround(_ opening: String) throws(PatternError) -> Int? {
        let isNested = isInLookaround
        isInLookaround = true
        defer { isInLookaround = isNested }
        _ = try group(opening)
        return nil
    }

    // MARK: Escapes

    /// Behind a backslash: the weight of an atom, or `nil` for a constraint.
    private mutating func escape() throws(PatternError) -> Int? {
        switch try escaped() {
        case .character(let scalar): write(literal: scalar)
        case .classOf(let letter): write(class: letter)
        case .constraint(let text):
            output += text
            return nil
        case .group(let number):
            guard closedGroups.contains(number), !isInLookaround else {
                throw PatternError(regular: "invalid backreference number")
            }
            hasBackReferences = true
            output += "\\g{\(number)}"
        }
        return 1
    }

    private mutating func write(class letter: Unicode.Scalar) {
        // Complements take a newline even where `.` stops at it.
        switch letter {
        case "d": output += "[0-9]"
        case "D": output += "[^0-9]"
        case "s": output += "[\(Self.space)]"
        case "S": output += "[^\(Self.space)]"
        default: output += "\\" + String(Character(letter))
        }
    }

    /// White space as C libraries have it: without the spaces that join.
    static let space =
        "\\t-\\r\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}\\x{3000}"

    mutating func write(literal scalar: Unicode.Scalar) {
        output += Self.literal(scalar)
    }

    /// A character that stands for itself, in brackets and outside of them.
    static func literal(_ scalar: Unicode.Scalar) -> String {
        if scalar.isASCIILetter || scalar.isASCIIDigit || scalar.value > 0x9F { return String(Character(scalar)) }
        return "\\x{" + String(scalar.value, radix: 16) + "}"
    }

    // MARK: Characters

    var isAtEnd: Bool { index >= scalars.count }

    func at(_ place: Int) -> Unicode.Scalar? { place >= 0 && place < scalars.count ? scalars[place] : nil }

    func ahead(_ distance: Int = 0) -> Unicode.Scalar? { at(index + distance) }

    mutating func skip(_ count: Int = 1) { index += count }

    mutating func next() -> Unicode.Scalar? {
        guard index < scalars.count else { return nil }
        index += 1
        return scalars[index - 1]
    }

    func starts(with text: String) -> Bool {
        scalars[min(index, scalars.count)...].starts(with: text.unicodeScalars)
    }

    mutating func write(_ text: String) { output += text }

    var groupCount: Int { groups }

    /// `(?#…)`, and in expanded syntax white space and what follows `#` in its line.
    private mutating func skipComments() {
        while let scalar = at(index) {
            if options.isExpanded, scalar.properties.isWhitespace {
                index += 1
            } else if options.isExpanded, scalar == "#" {
                while let skipped = at(index), skipped != "\n" {
                    _ = skipped
                    index += 1
                }
            } else if starts(with: "(?#") {
                while let skipped = next(), skipped != ")" {}
            } else {
                return
            }
        }
    }
}

extension Unicode.Scalar {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
    var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
}
