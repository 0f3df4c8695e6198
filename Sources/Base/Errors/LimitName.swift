// The bounds a request may meet, by the names the configuration and the documentation use. An error with the code
// `limit-exceeded` says which of them it was in `extensions.limit`; docs/reference/limits.md lists them, and a test
// compares the two.

package enum LimitName: String, Sendable, Hashable, CaseIterable {
    // Before the document is read.
    case batch
    case variablesBytes
    case variablesDepth
    case documentBytes
    case perConnection
    // While it is read and checked.
    case tokens
    case nesting
    case directives
    case validationSteps
    case errors
    case depth
    case introspectionDepth
    case aliases
    case rootFields
    // While it is planned.
    case filterDepth
    case cost
    // When it is begun.
    case subscriptions
    // While it is answered.
    case rows
    case responseBytes
}
