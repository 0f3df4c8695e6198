// What the second arrow of the pipeline gives: one operation of a document that broke no rule of the schema it was
// validated against. Only this module makes one. Specification, section 6.1 "Executing Requests".

/// A class, since every request for a known document passes it on several times.
package final class ValidatedOperation: Sendable {
    package let document: Document
    package let operation: OperationDefinition
    package let fragments: FragmentTable
    /// The schema it was validated against: the caller's.
    package let schema: Schema
    /// The variables the operation declares.
    package let variables: [DeclaredVariable]
    /// What validating cost, of `ValidationLimits.steps`.
    package let validationSteps: Int

    package struct DeclaredVariable: Sendable {
        package let definition: VariableDefinition
        package let name: String
        package let type: TypeReference
        /// Of the arguments whose whole value it is, in the operation and in fragments.
        package let argumentNames: Set<String>
        /// Set where the type is a scalar that takes JSON values as they are.
        let simpleType: SimpleScalar?
        package var isSimple: Bool { simpleType != nil }
    }

    private init(
        document: Document, operation: OperationDefinition, schema: Schema, variables: [DeclaredVariable],
        validationSteps: Int
    ) {
        self.document = document
        self.operation = operation
        fragments = FragmentTable(document)
        self.schema = schema
        self.variables = variables
        self.validationSteps = validationSteps
    }

    /// Picks the operation by name and validates the document. Everything that is wrong is reported together.
    package static func validate(
        _ document: Document, operationName: String?, schema: Schema, limits: ValidationLimits = .standard
    ) throws(ValidationFailure) -> ValidatedOperation {
        let operation = try select(document, operationName)
        if schema.rootType(operation.operationKind) == nil {
            let kind = operation.operationKind == .mutation ? "mutations" : "subscriptions"
            throw ValidationFailure([GraphQLError(.validation, "no \(kind) exist", extensionPath: "$")])
        }
        let outcome = Validation.outcome(document, schema, limits: limits)
        if !outcome.errors.isEmpty { throw ValidationFailure(outcome.errors, steps: outcome.steps) }
        let argumentNames = argumentNames(in: document)
        return ValidatedOperation(
            document: document, operation: operation, schema: schema,
            variables: operation.variableDefinitions.map {
                let type = $0.type.reference
                return DeclaredVariable(
                    definition: $0, name: $0.name, type: type, argumentNames: argumentNames[$0.name] ?? [],
                    simpleType: SimpleScalar(type, in: schema))
            }, validationSteps: outcome.steps)
    }

    /// By name of a variable, those of the arguments that it is the value of.
    private static func argumentNames(in document: Document) -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for index in 0..<document.nodeCount where document[index].kind == .argument {
            let argument = ArgumentNode(document: document, index: index)
            guard case .variable(let name) = argument.value.content else { continue }
            names[name, default: []].insert(argument.name)
        }
        return names
    }

    /// Specification, section 6.1.1 "GetOperation".
    private static func select(
        _ document: Document, _ operationName: String?
    ) throws(ValidationFailure) -> OperationDefinition {
        let operations = document.operations
        guard let operationName else {
            guard operations.count <= 1 else {
                throw ValidationFailure([
                    GraphQLError(
                        .validation, "Must provide operation name if query contains multiple operations.",
                        extensionPath: "$")
                ])
            }
            guard let only = operations.first else {
                throw ValidationFailure([GraphQLError(.validation, "Must provide an operation.", extensionPath: "$")])
            }
            return only
        }
        guard let named = operations.first(where: { $0.name == operationName }) else {
            throw ValidationFailure([
                GraphQLError(.validation, "Unknown operation named \"\(operationName)\".", extensionPath: "$")
            ])
        }
        return named
    }
}

/// Everything that is wrong with a document; never empty.
package struct ValidationFailure: Error, Sendable {
    package let errors: [GraphQLError]
    /// What finding them cost, of `ValidationLimits.steps`.
    package let validationSteps: Int

    init(_ errors: [GraphQLError], steps: Int = 0) {
        precondition(!errors.isEmpty, "a failure names at least one error")
        self.errors = errors
        validationSteps = steps
    }
}
