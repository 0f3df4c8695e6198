// A value that a statement is executed with. Plans and statements carry where the value comes from, never the value:
// so one cached statement serves every caller and every set of variables of the same shape.
internal import Base
package import Metadata
package import Patterns

package struct Parameter: Sendable, Hashable {
    package indirect enum Origin: Sendable, Hashable {
        /// A literal of the document, of a rule or of the configuration, as JSON text.
        case constant(JSONText)
        /// A leaf inside a GraphQL variable: the variable's name and the way down to the leaf.
        case variable(name: String, path: [InputStep])
        /// A literal of a custom scalar with variables inside it: JSON text between their values.
        case composed([LiteralPiece])
        /// One value of the sort key a sealed cursor holds.
        case cursor(CursorArgument, index: Int)
        /// A claim of the verified token: `args.auth` and the way down.
        case claim(path: [String])
        /// All of `args.auth`, as JSON text.
        case claims
        /// `args.now`, one instant per request.
        case now
        /// The key a column's mask hashes with, derived from the project key.
        case maskKey(collection: String, column: String)
        /// A number the planner computed, such as the row limit.
        case integer(Int64)
        /// A value in the form its column stores.
        case sealed(Parameter, StoredForm, FieldReference)
        /// A column of the row that an earlier statement of the same mutation wrote.
        case written(slot: Int, column: Int)
        /// The keys of the rows that earlier statements of the same mutation wrote, as one list.
        case keys(slot: Int)

        /// Two literals are one parameter only if their bytes are the same: two spellings of a character are two values.
        package static func == (left: Origin, right: Origin) -> Bool {
            switch left {
            case .constant(let left):
                if case .constant(let right) = right { left.isIdentical(to: right) } else { false }
            case .variable(let left, let leftPath):
                if case .variable(let right, let path) = right { left == right && leftPath == path } else { false }
            case .composed(let left): if case .composed(let right) = right { left == right } else { false }
            case .cursor(let left, let leftIndex):
                if case .cursor(let right, let index) = right { left == right && leftIndex == index } else { false }
            case .claim(let left):
                if case .claim(let right) = right {
                    left.count == right.count && zip(left, right).allSatisfy { $0.isIdentical(to: $1) }
                } else {
                    false
                }
            case .claims: if case .claims = right { true } else { false }
            case .now: if case .now = right { true } else { false }
            case .maskKey(let left, let leftColumn):
                if case .maskKey(let right, let column) = right {
                    left.isIdentical(to: right) && leftColumn.isIdentical(to: column)
                } else {
                    false
                }
            case .integer(let left): if case .integer(let right) = right { left == right } else { false }
            case .written(let left, let leftColumn):
                if case .written(let right, let column) = right { left == right && leftColumn == column } else { false }
            case .keys(let left): if case .keys(let right) = right { left == right } else { false }
            case .sealed(let left, let leftForm, let leftField):
                if case .sealed(let right, let form, let field) = right {
                    left == right && leftForm == form && leftField == field
                } else {
                    false
                }
            }
        }
    }

    /// What the value is converted to before it is bound.
    package enum Target: Sendable, Hashable {
        case value(ScalarKind)
        case list(of: ScalarKind)
        /// A row count: a 32-bit integer that must not be negative.
        case count
        /// A pattern, checked before execution.
        case pattern(PatternKind)
        /// A path into a JSON document, checked before execution; bound as a JSON list of its steps.
        case jsonPath
        case bytes
    }

    package let origin: Origin
    package let target: Target
    /// Where in the request the value stands, in the dialect's form: `$.selectionSet.T.args.where.id._eq`.
    package let errorPath: String

    package init(origin: Origin, target: Target, errorPath: String = "$") {
        self.origin = origin
        self.target = target
        self.errorPath = errorPath
    }

    /// Known only while the statements of a mutation run.
    package var isKnownWhileWriting: Bool {
        switch origin {
        case .written, .keys: true
        case .sealed(let inner, _, _): inner.isKnownWhileWriting
        case .constant, .variable, .claim, .claims, .now, .maskKey, .integer, .composed, .cursor: false
        }
    }
}

/// A piece of a literal that holds variables.
package enum LiteralPiece: Sendable, Hashable {
    case text(JSONText)
    case variable(String)

    package static func == (left: LiteralPiece, right: LiteralPiece) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)): left.isIdentical(to: right)
        case (.variable(let left), .variable(let right)): left == right
        case (.text, _), (.variable, _): false
        }
    }
}

/// One step from a variable's value towards a leaf.
package enum InputStep: Sendable, Hashable {
    case member(String)
    case item(Int)
}

/// JSON text that is hashable and cheap to carry.
package typealias JSONText = String
