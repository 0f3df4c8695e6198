// A type system document has one schema definition, an extension of a schema none. Specification, section 3.3.1 "Root
// Operation Types".

struct LoneSchemaDefinition: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        let schema = context.schema
        let isExtension = schema.queryType != nil || schema.mutationType != nil || schema.subscriptionType != nil
        var count = 0
        for definition in context.document.definitions where definition.kind == .schemaDefinition {
            if isExtension {
                context.report("Cannot define a new schema within a schema extension.", at: definition)
                continue
            }
            if count > 0 { context.report("Must provide only one schema definition.", at: definition) }
            count += 1
        }
    }
}
