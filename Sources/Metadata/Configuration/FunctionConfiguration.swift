// One entry of `sources.<name>.functions`: a function of the database that becomes a root field.

internal import Base

package struct FunctionConfiguration: Sendable, Hashable {
    /// The function as a `FunctionReference`.
    package var function: String
    /// The API name; `nil` keeps the function's.
    package var name: String?
    /// The argument that is given the caller's claims.
    package var sessionArgument: String?
    package var pointer: String

    package init(function: String, pointer: String = "") {
        self.function = function
        self.pointer = pointer
    }

    static let keys = ["name", "sessionArgument"]

    init?(function: String, _ node: ConfigurationNode) {
        guard !function.isEmpty else {
            node.report("the name of a function must not be empty")
            return nil
        }
        guard let section = node.section(Self.keys) else { return nil }
        self.function = function
        name = section["name"]?.graphQLName()
        sessionArgument = section["sessionArgument"]?.text()
        pointer = node.pointer
    }
}
