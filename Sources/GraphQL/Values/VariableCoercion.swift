// The variables of a request, checked against the operation's definitions before anything is planned with them.
// Specification, section 6.1.2 "Coercing Variable Values".

package import Base

/// Variables by name. A variable that was neither given nor has a default is absent, which is not null.
package struct CoercedVariables: Sendable, Hashable {
    /// Few, so that a walk finds one sooner than a hash would.
    private var members: [JSONMember]

    package init(_ values: [String: JSONValue] = [:]) {
        members = values.sorted { $0.key < $1.key }.map { JSONMember(name: $0.key, value: $0.value) }
    }

    package static let none = CoercedVariables()

    package subscript(name: String) -> JSONValue? {
        get {
            for member in members where member.name == name { return member.value }
            return nil
        }
        set {
            members.removeAll { $0.name == name }
            if let newValue { members.append(JSONMember(name: name, value: newValue)) }
        }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var values: [String: JSONValue] {
        Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    fileprivate mutating func append(_ name: String, _ value: JSONValue) {
        members.append(JSONMember(name: name, value: value))
    }
}

/// Everything that is wrong with a request's variables.
package struct VariableErrors: Error, Sendable {
    package let errors: [GraphQLError]
}

package enum VariableCoercion {
    package static let maximumErrors = 50

    /// Coerces what a request sent for an operation's variables. `inputs` may hold names no definition knows; they are
    /// left out. Messages show the values that do not fit: they go back to whoever sent them and never to a log.
    package static func coerce(
        _ operation: OperationDefinition, _ inputs: JSONObject?, in schema: Schema,
        maximumErrors: Int = maximumErrors
    ) throws(VariableErrors) -> CoercedVariables {
        try coerce(Array(operation.variableDefinitions), inputs, in: schema, maximumErrors: maximumErrors)
    }

    /// The same for a validated operation. Variables of plain scalar types, which most are, cost a walk over the request's
    /// members and nothing else.
    package static func coerce(
        _ operation: ValidatedOperation, _ inputs: JSONObject?, maximumErrors: Int = maximumErrors
    ) throws(VariableErrors) -> CoercedVariables {
        var variables = CoercedVariables()
        for declared in operation.variables {
            guard let simple = declared.simpleType, let value = inputs?[declared.name], simple.takes(value) else {
                return try coerce(
                    operation.variables.map(\.definition), inputs, in: operation.schema, maximumErrors: maximumErrors)
            }
            variables.append(declared.name, value)
        }
        return variables
    }

    package static func coerce(
        _ definitions: [VariableDefinition], _ inputs: JSONObject?, in schema: Schema,
        maximumErrors: Int = maximumErrors
    ) throws(VariableErrors) -> CoercedVariables {
        if definitions.isEmpty { return .none }
        let given = Dictionary(
            (inputs?.members ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        var variables = CoercedVariables()
        var errors: [GraphQLError] = []
        var suggestions = SuggestionAllowance()
        var places = VariablePlaces(definitions)
        for definition in definitions {
            let name = definition.name
            let type = definition.type.reference
            guard schema.type(named: type.name)?.isInput ?? false else {
                errors.append(
                    GraphQLError(
                        .coercion,
                        "Variable \"$\(name)\" expected value of type \"\(type)\" which cannot be used as an input type.",
                        locations: [definition.type.location]))
                continue
            }
            guard let input = given[name] else {
                if let fallback = definition.defaultValue {
                    variables[name] = LiteralCoercion.coerce(fallback, to: type, in: schema)
                } else if type.isNonNull {
                    errors.append(
                        places.error(
                            definition, "Variable \"$\(name)\" of required type \"\(type)\" was not provided."))
                }
                continue
            }
            if input.isNull, type.isNonNull {
                errors.append(
                    places.error(
                        definition, "Variable \"$\(name)\" of non-null type \"\(type)\" must not be null."))
                continue
            }
            var coercion = InputCoercion(schema: schema, maximumMismatches: maximumErrors + 1)
            coercion.suggestions = suggestions
            variables[name] = coercion.coerce(input, to: type)
            suggestions = coercion.suggestions
            for mismatch in coercion.mismatches {
                let place = mismatch.path.isEmpty ? "" : " at \"\(name)\(print(mismatch.path))\""
                errors.append(
                    places.error(
                        definition,
                        "Variable \"$\(name)\" got invalid value \(Inspection.inspect(mismatch.value))\(place); \(mismatch.message)",
                        path: mismatch.path))
            }
            if errors.count > maximumErrors { break }
        }
        if errors.isEmpty { return variables }
        if errors.count > maximumErrors {
            errors.removeSubrange(maximumErrors...)
            errors.append(
                GraphQLError(
                    .coercion, "Too many errors processing variables, error limit reached. Execution aborted."))
        }
        throw VariableErrors(errors: errors)
    }

    /// `.key` and `[index]`.
    package static func print(_ path: [PathSegment]) -> String {
        path.map { segment in
            switch segment {
            case .field(let name): ".\(name)"
            case .index(let index): "[\(index)]"
            }
        }.joined()
    }
}

/// Where variables are defined and used, looked up once however many errors there are.
private struct VariablePlaces {
    private let definitions: [VariableDefinition]
    /// By the index of the definition. Made at the first error.
    private var uses: [Int: String]?

    init(_ definitions: [VariableDefinition]) {
        self.definitions = definitions
    }

    /// The dialect names the place where the variable is used, then the place inside its value.
    mutating func error(
        _ definition: VariableDefinition, _ message: String, path: [PathSegment] = []
    ) -> GraphQLError {
        let uses = uses ?? DialectPath.firstUses(of: definitions)
        self.uses = uses
        let use = uses[definition.index] ?? "$"
        return GraphQLError(
            .coercion, message, locations: [definition.location],
            extensionPath: use == "$" ? use : use + VariableCoercion.print(path))
    }
}
