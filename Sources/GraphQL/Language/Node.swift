// One entry of the flat syntax tree. Nodes stand in source order, parents before children; `next` is where the subtree
// ends, so a child list is a walk from sibling to sibling. Names are byte ranges inside the node, not nodes.

/// The kinds of specification section 2 and 3, with the specification's spelling.
package enum NodeKind: Sendable, CaseIterable {
    case operationDefinition
    case fragmentDefinition
    case variableDefinition
    case selectionSet
    case field
    case fragmentSpread
    case inlineFragment
    case argument
    case directive

    case variable
    case intValue
    case floatValue
    case stringValue
    case booleanValue
    case nullValue
    case enumValue
    case listValue
    case objectValue
    case objectField

    case namedType
    case listType
    case nonNullType

    case schemaDefinition
    case operationTypeDefinition
    case scalarTypeDefinition
    case objectTypeDefinition
    case fieldDefinition
    case inputValueDefinition
    case interfaceTypeDefinition
    case unionTypeDefinition
    case enumTypeDefinition
    case enumValueDefinition
    case inputObjectTypeDefinition
    case directiveDefinition
    case directiveLocation

    case schemaExtension
    case scalarTypeExtension
    case objectTypeExtension
    case interfaceTypeExtension
    case unionTypeExtension
    case enumTypeExtension
    case inputObjectTypeExtension
}

extension NodeKind {
    package var isValue: Bool {
        switch self {
        case .variable, .intValue, .floatValue, .stringValue, .booleanValue, .nullValue, .enumValue, .listValue,
            .objectValue:
            true
        default: false
        }
    }

    package var isType: Bool { self == .namedType || self == .listType || self == .nonNullType }

    package var isSelection: Bool { self == .field || self == .fragmentSpread || self == .inlineFragment }

    package var isTypeDefinition: Bool {
        switch self {
        case .scalarTypeDefinition, .objectTypeDefinition, .interfaceTypeDefinition, .unionTypeDefinition,
            .enumTypeDefinition, .inputObjectTypeDefinition:
            true
        default: false
        }
    }

    package var isTypeExtension: Bool {
        switch self {
        case .scalarTypeExtension, .objectTypeExtension, .interfaceTypeExtension, .unionTypeExtension,
            .enumTypeExtension, .inputObjectTypeExtension:
            true
        default: false
        }
    }
}

struct Node: Sendable {
    var kind: NodeKind
    /// What else the kind needs to know: an operation's kind, a boolean's value, how a string was written.
    var flags: UInt8 = 0
    /// Byte offsets of the whole construct.
    var start: UInt32
    var end: UInt32
    /// Byte offsets of its name, both 0 when it has none. A variable's leaves out the `$`.
    var nameStart: UInt32 = 0
    var nameEnd: UInt32 = 0
    /// A field's alias goes from `start` to here; 0 without one.
    var aliasEnd: UInt32 = 0
    /// Index of the first node after this one's subtree.
    var next: UInt32 = 0

    enum Flag {
        static let isTrue: UInt8 = 1
        static let isBlock: UInt8 = 1
        static let hasEscapes: UInt8 = 2
        static let isRepeatable: UInt8 = 1
        /// An operation written as a bare selection set.
        static let isShorthand: UInt8 = 0x10
        static let operationKind: UInt8 = 0x0F
    }
}
