// The request that asks a server for its whole schema, with as much as the server is known to understand.
// Specification, section 4.2 "Schema Introspection".

package struct IntrospectionQuery: Sendable, Hashable {
    package var descriptions: Bool
    package var specifiedByURL: Bool
    package var directiveIsRepeatable: Bool
    package var schemaDescription: Bool
    package var inputValueDeprecation: Bool
    package var oneOf: Bool

    /// Without arguments: what servers of any age understand.
    package init(
        descriptions: Bool = true, specifiedByURL: Bool = false, directiveIsRepeatable: Bool = false,
        schemaDescription: Bool = false, inputValueDeprecation: Bool = false, oneOf: Bool = false
    ) {
        self.descriptions = descriptions
        self.specifiedByURL = specifiedByURL
        self.directiveIsRepeatable = directiveIsRepeatable
        self.schemaDescription = schemaDescription
        self.inputValueDeprecation = inputValueDeprecation
        self.oneOf = oneOf
    }

    /// Everything the current specification has.
    package static let full = IntrospectionQuery(
        specifiedByURL: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true,
        oneOf: true)

    /// Types inside lists and non-null marks are asked for this deep.
    private static let typeDepth = 9

    package var text: String {
        let description = descriptions ? " description" : ""
        let arguments = inputValueDeprecation ? "(includeDeprecated: true)" : ""
        var type = "kind name"
        for _ in 0..<IntrospectionQuery.typeDepth { type = "kind name ofType { \(type) }" }
        return """
            query IntrospectionQuery {
              __schema {\(schemaDescription ? description : "")
                queryType { name kind } mutationType { name kind } subscriptionType { name kind }
                types { ...FullType }
                directives {
                  name\(description)\(directiveIsRepeatable ? " isRepeatable" : "")
                  locations
                  args\(arguments) { ...InputValue }
                }
              }
            }
            fragment FullType on __Type {
              kind name\(description)\(specifiedByURL ? " specifiedByURL" : "")\(oneOf ? " isOneOf" : "")
              fields(includeDeprecated: true) {
                name\(description)
                args\(arguments) { ...InputValue }
                type { ...TypeRef }
                isDeprecated deprecationReason
              }
              inputFields\(arguments) { ...InputValue }
              interfaces { ...TypeRef }
              enumValues(includeDeprecated: true) { name\(description) isDeprecated deprecationReason }
              possibleTypes { ...TypeRef }
            }
            fragment InputValue on __InputValue {
              name\(description)
              type { ...TypeRef }
              defaultValue\(inputValueDeprecation ? " isDeprecated deprecationReason" : "")
            }
            fragment TypeRef on __Type { \(type) }
            """
    }
}
