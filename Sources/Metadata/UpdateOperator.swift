// The operators of updates (dialect of the API, section 3).

package enum UpdateOperator: String, Sendable, Hashable, CaseIterable {
    case set = "_set"
    case increment = "_inc"
    case append = "_append"
    case prepend = "_prepend"
    case deleteKey = "_delete_key"
    case deleteElement = "_delete_elem"
    case deleteAtPath = "_delete_at_path"

    package func applies(to type: ScalarKind) -> Bool {
        switch self {
        case .set: true
        case .increment: type.isNumeric || type.isAmount
        case .append, .prepend, .deleteKey, .deleteElement, .deleteAtPath: type.family == .document
        }
    }

    /// Whether the result depends on what is stored: then the caller must be able to read it.
    package var readsStored: Bool { self != .set }

    package var description: String {
        switch self {
        case .set: "sets the columns of the filtered rows to the given values"
        case .increment: "increments the numeric columns with given value of the filtered values"
        case .append: "append existing jsonb value of filtered columns with new jsonb value"
        case .prepend: "prepend existing jsonb value of filtered columns with new jsonb value"
        case .deleteKey: "delete key/value pair or string element. key/value pairs are matched based on their key value"
        case .deleteElement:
            "delete the array element with specified index (negative integers count from the end). throws an error if top level container is not an array"
        case .deleteAtPath:
            "delete the field or element with specified path (for JSON arrays, negative integers count from the end)"
        }
    }
}
