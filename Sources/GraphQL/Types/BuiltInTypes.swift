// The scalars and directives every schema has. Specification, sections 3.5 "Scalars" and 3.13 "Directives".

package enum BuiltInScalars {
    package static let int = NamedType.scalar(
        ScalarType(
            name: "Int",
            description:
                "The `Int` scalar type represents non-fractional signed whole numeric values. Int can represent values between -(2^31) and 2^31 - 1."
        ))
    package static let float = NamedType.scalar(
        ScalarType(
            name: "Float",
            description:
                "The `Float` scalar type represents signed double-precision fractional values as specified by [IEEE 754](https://en.wikipedia.org/wiki/IEEE_floating_point)."
        ))
    package static let string = NamedType.scalar(
        ScalarType(
            name: "String",
            description:
                "The `String` scalar type represents textual data, represented as UTF-8 character sequences. The String type is most often used by GraphQL to represent free-form human-readable text."
        ))
    package static let boolean = NamedType.scalar(
        ScalarType(name: "Boolean", description: "The `Boolean` scalar type represents `true` or `false`."))
    package static let id = NamedType.scalar(
        ScalarType(
            name: "ID",
            description:
                "The `ID` scalar type represents a unique identifier, often used to refetch an object or as key for a cache. The ID type appears in a JSON response as a String; however, it is not intended to be human-readable. When expected as an input type, any string (such as `\"4\"`) or integer (such as `4`) input value will be accepted as an ID."
        ))

    package static let all = [string, int, float, boolean, id]
    package static let byName: [String: NamedType] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

package enum BuiltInDirectives {
    package static let include = DirectiveDefinition(
        name: "include",
        description: "Directs the executor to include this field or fragment only when the `if` argument is true.",
        arguments: [
            InputValueDefinition(name: "if", description: "Included when true.", type: .nonNull("Boolean"))
        ],
        locations: [.field, .fragmentSpread, .inlineFragment])
    package static let skip = DirectiveDefinition(
        name: "skip",
        description: "Directs the executor to skip this field or fragment when the `if` argument is true.",
        arguments: [InputValueDefinition(name: "if", description: "Skipped when true.", type: .nonNull("Boolean"))],
        locations: [.field, .fragmentSpread, .inlineFragment])
    package static let defaultDeprecationReason = "No longer supported"
    package static let deprecated = DirectiveDefinition(
        name: "deprecated", description: "Marks an element of a GraphQL schema as no longer supported.",
        arguments: [
            InputValueDefinition(
                name: "reason",
                description:
                    "Explains why this element was deprecated, usually also including a suggestion for how to access supported similar data. Formatted using the Markdown syntax, as specified by [CommonMark](https://commonmark.org/).",
                type: .named("String"), defaultValue: .string(defaultDeprecationReason))
        ],
        locations: [.fieldDefinition, .argumentDefinition, .inputFieldDefinition, .enumValue])
    package static let specifiedBy = DirectiveDefinition(
        name: "specifiedBy", description: "Exposes a URL that specifies the behavior of this scalar.",
        arguments: [
            InputValueDefinition(
                name: "url", description: "The URL that specifies the behavior of this scalar.",
                type: .nonNull("String"))
        ],
        locations: [.scalar])
    package static let oneOf = DirectiveDefinition(
        name: "oneOf",
        description: "Indicates exactly one field must be supplied and this field must not be `null`.",
        locations: [.inputObject])

    package static let all = [include, skip, deprecated, specifiedBy, oneOf]
    package static let names = Set(all.map(\.name))
}

/// The fields every selection may add (specification, section 4.1 and 4.2).
package enum MetaFields {
    package static let typename = FieldDefinition(
        name: "__typename", description: "The name of the current Object type at runtime.", type: .nonNull("String"))
    package static let schema = FieldDefinition(
        name: "__schema", description: "Access the current type schema of this server.", type: .nonNull("__Schema"))
    package static let type = FieldDefinition(
        name: "__type", description: "Request the type information of a single type.",
        arguments: [InputValueDefinition(name: "name", type: .nonNull("String"))], type: .named("__Type"))
}
