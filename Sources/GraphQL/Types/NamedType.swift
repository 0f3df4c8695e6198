// The six kinds of named types, by value. Specification, section 3.4 "Types".

package enum NamedType: Sendable, Equatable {
    case scalar(ScalarType)
    case object(ObjectType)
    case interface(InterfaceType)
    case union(UnionType)
    case enumeration(EnumType)
    case inputObject(InputObjectType)
}

package struct ScalarType: NamedDefinition, Hashable {
    package let name: String
    package let description: String?
    package let specifiedByURL: String?

    package init(name: String, description: String? = nil, specifiedByURL: String? = nil) {
        self.name = name
        self.description = description
        self.specifiedByURL = specifiedByURL
    }
}

package struct ObjectType: NamedDefinition, Equatable {
    package let name: String
    package let description: String?
    package let interfaces: [String]
    package let fields: DefinitionList<FieldDefinition>

    package init(
        name: String, description: String? = nil, interfaces: [String] = [], fields: DefinitionList<FieldDefinition>
    ) {
        self.name = name
        self.description = description
        self.interfaces = interfaces
        self.fields = fields
    }
}

package struct InterfaceType: NamedDefinition, Equatable {
    package let name: String
    package let description: String?
    package let interfaces: [String]
    package let fields: DefinitionList<FieldDefinition>

    package init(
        name: String, description: String? = nil, interfaces: [String] = [], fields: DefinitionList<FieldDefinition>
    ) {
        self.name = name
        self.description = description
        self.interfaces = interfaces
        self.fields = fields
    }
}

package struct UnionType: NamedDefinition, Equatable {
    package let name: String
    package let description: String?
    package let memberTypes: [String]

    package init(name: String, description: String? = nil, memberTypes: [String]) {
        self.name = name
        self.description = description
        self.memberTypes = memberTypes
    }
}

package struct EnumType: NamedDefinition, Equatable {
    package let name: String
    package let description: String?
    package let values: DefinitionList<EnumValueDefinition>
    /// Its values are data, as those of a scalar are: they fill a place and shape nothing.
    package let holdsData: Bool

    package init(
        name: String, description: String? = nil, values: DefinitionList<EnumValueDefinition>, holdsData: Bool = false
    ) {
        self.name = name
        self.description = description
        self.values = values
        self.holdsData = holdsData
    }
}

package struct InputObjectType: NamedDefinition, Equatable {
    package let name: String
    package let description: String?
    package let fields: DefinitionList<InputValueDefinition>
    /// Exactly one field must be given (section 3.10.1).
    package let isOneOf: Bool

    package init(
        name: String, description: String? = nil, fields: DefinitionList<InputValueDefinition>, isOneOf: Bool = false
    ) {
        self.name = name
        self.description = description
        self.fields = fields
        self.isOneOf = isOneOf
    }
}

extension NamedType: NamedDefinition {
    package var name: String {
        switch self {
        case .scalar(let type): type.name
        case .object(let type): type.name
        case .interface(let type): type.name
        case .union(let type): type.name
        case .enumeration(let type): type.name
        case .inputObject(let type): type.name
        }
    }

    package var description: String? {
        switch self {
        case .scalar(let type): type.description
        case .object(let type): type.description
        case .interface(let type): type.description
        case .union(let type): type.description
        case .enumeration(let type): type.description
        case .inputObject(let type): type.description
        }
    }

    /// The value of `__TypeKind`.
    package var kindName: String {
        switch self {
        case .scalar: "SCALAR"
        case .object: "OBJECT"
        case .interface: "INTERFACE"
        case .union: "UNION"
        case .enumeration: "ENUM"
        case .inputObject: "INPUT_OBJECT"
        }
    }

    /// May stand where a value goes in.
    package var isInput: Bool {
        switch self {
        case .scalar, .enumeration, .inputObject: true
        case .object, .interface, .union: false
        }
    }

    /// May stand where a value comes out.
    package var isOutput: Bool {
        switch self {
        case .scalar, .enumeration, .object, .interface, .union: true
        case .inputObject: false
        }
    }

    package var isLeaf: Bool {
        switch self {
        case .scalar, .enumeration: true
        case .object, .interface, .union, .inputObject: false
        }
    }

    /// Has a selection set.
    package var isComposite: Bool {
        switch self {
        case .object, .interface, .union: true
        case .scalar, .enumeration, .inputObject: false
        }
    }

    package var isAbstract: Bool {
        switch self {
        case .interface, .union: true
        case .scalar, .enumeration, .inputObject, .object: false
        }
    }

    /// The fields of object and interface types.
    package var fields: DefinitionList<FieldDefinition>? {
        switch self {
        case .object(let type): type.fields
        case .interface(let type): type.fields
        case .scalar, .union, .enumeration, .inputObject: nil
        }
    }

    /// The interfaces object and interface types say they implement.
    package var interfaces: [String] {
        switch self {
        case .object(let type): type.interfaces
        case .interface(let type): type.interfaces
        case .scalar, .union, .enumeration, .inputObject: []
        }
    }
}
