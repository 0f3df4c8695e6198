// A pattern ready to be matched, with bounds that no pattern and no text can outlive: the engine tries one way after the
// other, and for some patterns there are exponentially many ways.
// https://www.pcre.org/current/doc/html/pcre2api.html

internal import Base

/// Used by one thread at a time.
package final class CompiledPattern {
    private let expression: RegularExpression
    /// Looks for a match from each place of the text in turn, leaving out those where none can begin.
    private let search: PCREProgram
    /// The same as one attempt whose bound holds for all places together; made when it is first needed.
    private var attempt: Attempt?

    /// Steps for any text, and for each byte of it; a step is some 30 ns.
    static let steps = 1_000_000
    static let stepsPerByte = 16
    /// Steps from one place below which there is no use in searching.
    private static let minimumSteps = 16
    /// Characters a step may compare before it counts as several.
    private static let freeWeight = 64

    package init(_ pattern: String, _ kind: PatternKind) throws(PatternError) {
        switch kind {
        case .like: preconditionFailure("databases know LIKE")
        case .similar:
            expression = try RegularExpression(SimilarPattern.regularExpression(pattern), ignoresCase: false)
        case .regular(let ignoresCase): expression = try RegularExpression(pattern, ignoresCase: ignoresCase)
        }
        search = try PCREProgram(expression, text: expression.text)
    }

    /// Whether it matches the text, somewhere in it or as a whole as its kind says. Malformed UTF-8 is repaired first.
    /// - Throws: `PatternTooCostly` when that takes more steps than any pattern has.
    package func matches(_ text: UnsafeBufferPointer<UInt8>) throws(PatternTooCostly) -> Bool {
        if unsafe Span(_unsafeElements: text).firstInvalidUTF8() == nil { return try unsafe matchesValid(text) }
        let repaired = Array(unsafe String(decoding: text, as: UTF8.self).utf8)
        return try unsafe repaired.withUnsafeBufferPointer { bytes throws(PatternTooCostly) in
            try unsafe matchesValid(bytes)
        }
    }

    private func matchesValid(_ text: UnsafeBufferPointer<UInt8>) throws(PatternTooCostly) -> Bool {
        let steps = steps(for: text.count)
        if search.isAnchored {
            guard let found = unsafe search.matches(text, steps: steps) else { throw PatternTooCostly() }
            return found
        }
        let fromOnePlace = steps / (text.count + 1)
        if fromOnePlace >= Self.minimumSteps, let found = unsafe search.matches(text, steps: fromOnePlace) {
            return found
        }
        if attempt == nil {
            attempt = try? Attempt(PCREProgram(expression, text: "(?:.*?)(?:\(expression.text))", isAnchored: true))
        }
        guard let found = unsafe attempt?.program.matches(text, steps: steps) else { throw PatternTooCostly() }
        return found
    }

    private func steps(for count: Int) -> Int {
        var price = max(1, expression.weight / Self.freeWeight)
        // A reference back compares as much as its group has matched.
        if expression.hasBackReferences { price = max(price, count / Self.freeWeight) }
        return max(Self.minimumSteps, (Self.steps + Self.stepsPerByte * count) / price)
    }

    private final class Attempt {
        let program: PCREProgram

        init(_ program: consuming PCREProgram) {
            self.program = program
        }
    }
}

/// A match took more steps than a pattern may have.
package struct PatternTooCostly: Error, Sendable, Hashable {
    package init() {}
}
