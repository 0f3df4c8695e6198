// Whether a contract in `schema/` says the same of a file as the reader that loads it: what the reader takes the schema takes, and
// what has the wrong shape for the one has it for the other.
package import Base
package import Metadata

package enum SchemaAgreement {
    /// Words of messages about the shape of a file: its keys, the kinds of its values, and words that are one of a list. All others
    /// are about what names stand for.
    private static let shape = [
        "unknown key \"", "unknown section \"", "unknown operation", "unknown rule kind \"", "unknown value \"",
        "unknown comparison \"", "unknown type \"", "\" is missing", "must be a list", "must be an object",
        "must be true or false", "must be a string", "must be one of", "must not be empty",
        "\" is not supported by this version",
    ]

    /// What stands in a filter, and the operands of a comparison, are values: what they must be hangs on columns and on words
    /// beside them.
    package static func isOfShape(_ error: ConfigurationError) -> Bool {
        let isOfValue =
            error.pointer.contains("/where/") || error.pointer.hasSuffix("/f1") || error.pointer.hasSuffix("/f2")
        return !isOfValue && shape.contains { error.message.contains($0) }
    }

    /// What the schema says otherwise; `nil` where they agree.
    /// - Parameter errors: what the reader says of this very file.
    package static func difference(
        _ value: JSONValue, _ errors: [ConfigurationError], _ schema: JSONSchema
    ) -> String? {
        let problems = schema.problems(value)
        if errors.isEmpty, let first = problems.first { return "the schema refuses what is taken: \(first)" }
        guard problems.isEmpty, let error = errors.first(where: { isOfShape($0) }) else { return nil }
        return "the schema takes what is refused: \(error)"
    }
}
