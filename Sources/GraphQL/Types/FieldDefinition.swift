// The parts types are made of: fields, arguments and input fields, enum values. Specification, sections 3.6 to 3.10.
//
// Fields, input values and enum values are immutable objects, equal where they say the same: the schemas of a large catalog hold
// hundreds of thousands of them, most of them many times over, and one object serves all places that say the same.

package final class FieldDefinition: NamedDefinition, Hashable {
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

    package static func == (left: FieldDefinition, right: FieldDefinition) -> Bool {
        left === right
            || left.name == right.name && left.type == right.type && left.arguments == right.arguments
                && left.description == right.description && left.deprecationReason == right.deprecationReason
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(type)
        hasher.combine(arguments.count)
    }
}

/// An argument of a field or directive, or a field of an input object.
package final class InputValueDefinition: NamedDefinition, Hashable {
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

    package static func == (left: InputValueDefinition, right: InputValueDefinition) -> Bool {
        left === right
            || left.name == right.name && left.type == right.type && left.defaultValue == right.defaultValue
                && left.description == right.description && left.deprecationReason == right.deprecationReason
                && left.acceptsNumberInText == right.acceptsNumberInText
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(type)
    }
}

package final class EnumValueDefinition: NamedDefinition, Hashable {
    package let name: String
    package let description: String?
    package let deprecationReason: String?

    package init(name: String, description: String? = nil, deprecationReason: String? = nil) {
        self.name = name
        self.description = description
        self.deprecationReason = deprecationReason
    }

    package static func == (left: EnumValueDefinition, right: EnumValueDefinition) -> Bool {
        left === right
            || left.name == right.name && left.description == right.description
                && left.deprecationReason == right.deprecationReason
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
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
