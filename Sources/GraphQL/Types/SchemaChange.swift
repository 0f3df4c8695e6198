// One difference between two schemas that clients of the older one can feel. `SchemaChanges` finds them.

package struct SchemaChange: Sendable, Hashable {
    /// What a change can be, with the names that tools know.
    package enum Kind: String, Sendable, CaseIterable {
        case typeRemoved = "TYPE_REMOVED"
        case typeChangedKind = "TYPE_CHANGED_KIND"
        case typeRemovedFromUnion = "TYPE_REMOVED_FROM_UNION"
        case valueRemovedFromEnum = "VALUE_REMOVED_FROM_ENUM"
        case requiredInputFieldAdded = "REQUIRED_INPUT_FIELD_ADDED"
        case interfaceRemoved = "IMPLEMENTED_INTERFACE_REMOVED"
        case fieldRemoved = "FIELD_REMOVED"
        case fieldChangedKind = "FIELD_CHANGED_KIND"
        case requiredArgumentAdded = "REQUIRED_ARG_ADDED"
        case argumentRemoved = "ARG_REMOVED"
        case argumentChangedKind = "ARG_CHANGED_KIND"
        case directiveRemoved = "DIRECTIVE_REMOVED"
        case directiveArgumentRemoved = "DIRECTIVE_ARG_REMOVED"
        case requiredDirectiveArgumentAdded = "REQUIRED_DIRECTIVE_ARG_ADDED"
        case directiveRepeatableRemoved = "DIRECTIVE_REPEATABLE_REMOVED"
        case directiveLocationRemoved = "DIRECTIVE_LOCATION_REMOVED"

        case valueAddedToEnum = "VALUE_ADDED_TO_ENUM"
        case typeAddedToUnion = "TYPE_ADDED_TO_UNION"
        case optionalInputFieldAdded = "OPTIONAL_INPUT_FIELD_ADDED"
        case optionalArgumentAdded = "OPTIONAL_ARG_ADDED"
        case interfaceAdded = "IMPLEMENTED_INTERFACE_ADDED"
        case argumentDefaultChanged = "ARG_DEFAULT_VALUE_CHANGE"

        /// A breaking change makes requests fail that were valid; a dangerous one may change what they mean or bring.
        package var isBreaking: Bool {
            switch self {
            case .typeRemoved, .typeChangedKind, .typeRemovedFromUnion, .valueRemovedFromEnum,
                .requiredInputFieldAdded, .interfaceRemoved, .fieldRemoved, .fieldChangedKind, .requiredArgumentAdded,
                .argumentRemoved, .argumentChangedKind, .directiveRemoved, .directiveArgumentRemoved,
                .requiredDirectiveArgumentAdded, .directiveRepeatableRemoved, .directiveLocationRemoved:
                true
            case .valueAddedToEnum, .typeAddedToUnion, .optionalInputFieldAdded, .optionalArgumentAdded,
                .interfaceAdded, .argumentDefaultChanged:
                false
            }
        }
    }

    package let kind: Kind
    /// One sentence that names the element.
    package let description: String

    package var isBreaking: Bool { kind.isBreaking }
}
