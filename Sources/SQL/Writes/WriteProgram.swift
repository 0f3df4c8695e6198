// A mutation lowered for a database of SQL: the statements of its transaction in order, with what is kept of their rows and
// what is asked of them. It is data: `WriteRun` walks it, the connector runs the statements, nobody else is needed.
package import Base
package import Connectors
package import Planning

package struct WriteProgram: Sendable {
    /// Every text once, however often it runs.
    package let statements: [WriteText]
    /// What a request binds, in order; each once.
    package let parameters: [Parameter]
    package let steps: [WriteStep]
    /// One for each step: what of the response it works for.
    package let positions: [WritePosition]
    /// Where rows are kept while it runs.
    package let slotCount: Int
    package let counterCount: Int
    package let cellCount: Int
    /// One for each root field.
    package let answers: [WriteAnswerTemplate]
    package let earlyChecks: [EarlyCheck]
}

package struct WriteText: Sendable, Hashable {
    package let text: String
    /// Columns of its rows; 0 for a command that returns none.
    package let columnCount: Int
}

/// A statement of the program with what its placeholders stand for.
package struct WriteCall: Sendable {
    package enum Input: Sendable, Hashable {
        /// A value of the request.
        case value(Int)
        /// A column of the row in a slot.
        case column(slot: Int, index: Int)
        /// The keys in a slot, as one list.
        case keys(slot: Int)
    }

    package let statement: Int
    /// As what the inputs are bound, one for each.
    package let parameters: [Parameter]
    package let inputs: [Input]
}

package enum WriteStep: Sendable {
    /// Ends the mutation if the check with this number has refused; where there is a call, only if it finds rows.
    case refuse(check: Int, ifRows: WriteCall?, GatewayError)
    case insert(InsertStep)
    /// Runs a command; its rows are keys for `slot`, and what it changed counts.
    case command(WriteCall, keys: Int?, counter: Int, place: Int)
    /// Keeps the keys that a select finds, and counts them where there is a counter.
    case pick(WriteCall, keys: Int, counter: Int?, place: Int)
    /// Ends the mutation unless the count it selects is 0; where it is about keys, only if there are any.
    case verify(WriteCall, keys: Int?, GatewayError, place: Int)
    /// Keeps the JSON text that a select makes.
    case read(WriteCall, cell: Int, place: Int)
}

package struct InsertStep: Sendable {
    package let call: WriteCall
    /// Takes the returned row; its first columns are the key.
    package let row: Int
    package let keyCount: Int
    /// Takes the key of an inserted row.
    package let keys: [Int]
    package let counter: Int
    package let place: Int
    /// Link columns that were forced as well: the two must be the same.
    package let matches: [Match]
    package let conflict: ConflictStep?
    package let refusal: Refusal?
    /// Set where rows hang on this one: what is wrong if nothing was written, as when a trigger drops it.
    package let missing: GatewayError?

    /// An early check of an object that may meet a row instead: refused, it may still change the row it meets, or leave
    /// alone one that the caller may read; everything else is the same error.
    package struct Refusal: Sendable {
        package let check: Int
        package let error: GatewayError
    }

    package struct Match: Sendable {
        package let column: Int
        package let input: WriteCall.Input
    }
}

/// What follows an insert that returned no row because it met one.
package struct ConflictStep: Sendable {
    /// Changes the row it met; `nil` leaves it alone.
    package let update: WriteCall?
    /// Takes the key of a changed row.
    package let keys: [Int]
    /// Finds the row it met, as far as the caller may read it; `nil` where the values of the constraint were not sent.
    package let met: WriteCall?
    package let unchanged: Unchanged
    /// What is wrong where the row that was met is not one the caller may read, and that counts.
    package let hidden: GatewayError

    /// What becomes of an object whose row was met and not changed.
    package enum Unchanged: Sendable {
        /// Nothing hangs on it.
        case isLeftAlone
        /// The row it is nested in takes the key, if the caller may read it.
        case lends
        /// Rows hang on it, or it is nested in one and does nothing on purpose.
        case refuses(GatewayError)

        var lends: Bool {
            if case .lends = self { return true }
            return false
        }
    }
}

/// How the answer of a root field is put together.
package indirect enum WriteAnswerTemplate: Sendable {
    /// The JSON text of a read, or null.
    case cell(Int)
    case object([Member])
    case list([WriteAnswerTemplate])

    package struct Member: Sendable {
        package enum Content: Sendable {
            case text(String)
            case counter(Int)
            case cell(Int)
        }

        package let key: String
        package let content: Content
    }
}
