// Fields that functions of the database answer: of the query root, of the mutation root where they may change data, and of
// rows; and what they are given (dialect of the API, sections 2 and 11).
internal import GraphQL

extension SchemaGenerator {
    func functionFields() -> [FieldDefinition] {
        var fields: [FieldDefinition] = []
        for function in catalog.functions where !function.isVolatile && mayCall(function.id) {
            let collection = catalog[function.collection]
            let visibility = see(collection.id)
            guard visibility.isReadable else { continue }
            let names = TypeNames.roots(of: function)
            if hasObject(collection.id) { fields.append(rows(of: function)) }
            if visibility.isAggregatable {
                fields.append(
                    FieldDefinition(
                        name: names[1], description: function.description,
                        arguments: argument(of: function) + listArguments(collection),
                        type: .nonNull(TypeNames.aggregate(collection))))
            }
        }
        return fields
    }

    func volatileFunctionFields() -> [FieldDefinition] {
        catalog.functions.filter { function in
            function.isVolatile && mayCall(function.id) && see(function.collection).isReadable
                && hasObject(function.collection)
        }.map { rows(of: $0) }
    }

    private func rows(of function: TrackedFunction) -> FieldDefinition {
        let collection = catalog[function.collection]
        return FieldDefinition(
            name: function.apiName, description: function.description,
            arguments: argument(of: function) + listArguments(collection),
            type: .nonNullList(of: TypeNames.object(collection)))
    }

    func rowFunctionFields(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> [FieldDefinition] {
        zip(collection.rowFunctions, visibility.functions).compactMap { function, link in
            guard link != .hidden, hasObject(function.target) else { return nil }
            return FieldDefinition(
                name: function.name, description: function.description,
                arguments: argument(TypeNames.arguments(of: function, collection), function.function)
                    + listArguments(catalog[function.target]),
                type: .nonNullList(of: TypeNames.object(catalog[function.target])))
        }
    }

    private func argument(of function: TrackedFunction) -> [InputValueDefinition] {
        argument(TypeNames.arguments(of: function), function.function)
    }

    /// `args`, for a function that callers give something.
    private func argument(_ type: String, _ function: DatabaseFunction) -> [InputValueDefinition] {
        let inputs = function.inputs
        guard !inputs.isEmpty else { return [] }
        let isNeeded = inputs.contains { !$0.hasDefault }
        return [
            InputValueDefinition(
                name: "args", description: "input parameters for the function",
                type: isNeeded ? .nonNull(type) : .named(type))
        ]
    }

    func arguments(of function: TrackedFunction) -> NamedType {
        arguments(TypeNames.arguments(of: function), function.function)
    }

    func arguments(of reference: RowFunctionReference) -> NamedType {
        let function = catalog.rowFunction(reference)
        return arguments(TypeNames.arguments(of: function, catalog[reference.collection]), function.function)
    }

    /// Null is a value that a function is given, and what may be left out is said when it is: all members may be null.
    private func arguments(_ name: String, _ function: DatabaseFunction) -> NamedType {
        .inputObject(
            InputObjectType(
                name: name,
                fields: DefinitionList(
                    function.inputs.map { input in
                        InputValueDefinition(name: input.name, type: input.kind.reference)
                    })))
    }
}
