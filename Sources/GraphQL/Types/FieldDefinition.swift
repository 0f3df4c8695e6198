// The parts types are made of: fields, arguments and input fields, enum values. Specification, sections 3.6 to 3.10.

package struct FieldDefinition: NamedDefinition, Hashable {
    package let name: String
    package let description: String?
    package let arguments: [InputValueDefinition]
    package let type: TypeReference
    /// `nil` when not deprecated.
    package let deprecationReason: String?

    package init(
        name: String, description: String? = nil, arguments: [InputValueDefinition] = [], type: TypeReference,
        deprecationReason: String? = nil
    ) {
        self.name = name
        self.description = description
        self.arguments = arguments
        self.type = type
        self.deprecationReason = deprecationReason
    }

    package func argument(named name: String) -> InputValueDefinition? { arguments.first { $0.name == name } }
}

/// An argument of a field or directive, or a field of an input object.
package struct InputValueDefinition: NamedDefinition, Hashable {
    package let name: String
    package let description: String?
    package let type: TypeReference
    package let defaultValue: ConstantValue?
    package let deprecationReason: String?
    /// Whether a literal of an `Int` argument may be a string that holds one: a freedom of the API beyond the
    /// specification, seen in no schema.
    package let acceptsNumberInText: Bool

    package init(
        name: String, description: String? = nil, type: TypeReference, defaultValue: ConstantValue? = nil,
        deprecationReason: String? = nil, acceptsNumberInText: Bool = false
    ) {
        self.name = name
        self.description = description
        self.type = type
        self.defaultValue = defaultValue
        self.deprecationReason = deprecationReason
        self.acceptsNumberInText = acceptsNumberInText
    }

    /// Non-null and without default: must be given.
    package var isRequired: Bool { type.isNonNull && defaultValue == nil }
}

package struct EnumValueDefinition: NamedDefinition, Hashable {
    package let name: String
    package let description: String?
    package let deprecationReason: String?

    package init(name: String, description: String? = nil, deprecationReason: String? = nil) {
        self.name = name
        self.description = description
        self.deprecationReason = deprecationReason
    }
}

package struct DirectiveDefinition: NamedDefinition, Hashable {
    package let name: String
    package let description: String?
    package let arguments: [InputValueDefinition]
    package let locations: [DirectiveLocation]
    package let isRepeatable: Bool

    package init(
        name: String, description: String? = nil, arguments: [InputValueDefinition] = [],
        locations: [DirectiveLocation], isRepeatable: Bool = false
    ) {
        self.name = name
        self.description = description
        self.arguments = arguments
        self.locations = locations
        self.isRepeatable = isRepeatable
    }

    package func argument(named name: String) -> InputValueDefinition? { arguments.first { $0.name == name } }
}
