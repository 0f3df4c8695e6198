// Execution straight from the specification's section 6, over outcomes that a test provides: what field collection,
// argument coercion, result coercion and introspection give when put together. Plans never run here.

import Base
import GraphQL

struct ReferenceExecutor {
    /// What a resolver came to.
    indirect enum Outcome {
        case value(JSONValue)
        case error(String)
        case list([Outcome])
        case object
    }

    let schema: Schema
    let collector: FieldCollector
    /// Enum values as the host language has them, by type and name.
    let internalValues: JSONObject
    let resolve: ([PathSegment], ObjectType, FieldDefinition, JSONObject) -> Outcome
    let runtimeType: ([PathSegment], NamedType) -> String?
    var errors: [GraphQLError] = []

    /// `data`; `nil` when a null reached the top.
    mutating func execute(_ operation: OperationDefinition) -> JSONValue? {
        guard let name = schema.rootType(operation.operationKind), case .object(let root)? = schema.type(named: name)
        else { return nil }
        do throws(GraphQLError) {
            return try object(collector.collect(operation.selectionSet, on: name), root, [])
        } catch {
            errors.append(error)
            return nil
        }
    }

    private mutating func object(
        _ fields: [CollectedField], _ type: ObjectType, _ path: [PathSegment]
    ) throws(GraphQLError) -> JSONValue {
        var members: [JSONMember] = []
        for field in fields {
            let path = path + [.field(field.responseKey)]
            guard let definition = schema.field(named: field.name, on: .object(type)) else { continue }
            let value: JSONValue
            do throws(GraphQLError) {
                value = try self.field(field, definition, type, path)
            } catch {
                if definition.type.isNonNull { throw error }
                errors.append(error)
                value = .null
            }
            members.append(JSONMember(name: field.responseKey, value: value))
        }
        return .object(JSONObject(members))
    }

    private mutating func field(
        _ field: CollectedField, _ definition: FieldDefinition, _ type: ObjectType, _ path: [PathSegment]
    ) throws(GraphQLError) -> JSONValue {
        if field.name == "__typename" { return .string(type.name) }
        do throws(GraphQLError) {
            if Introspection.answers(field) {
                var buffer = ByteBuffer()
                var introspection = Introspection(schema: schema, collector: collector, order: .asDefined)
                try introspection.write(field, into: &buffer)
                return (try? JSONScanner.parse(buffer.bytes)) ?? .null
            }
            let arguments = try ArgumentCoercion.coerce(
                field.node, definition, in: schema, variables: collector.variables)
            let outcome = resolve(path, type, definition, arguments)
            return try complete(outcome, definition.type, field, "\(type.name).\(definition.name)", path)
        } catch {
            throw located(error, field, path)
        }
    }

    private func located(
        _ error: GraphQLError, _ field: CollectedField, _ path: [PathSegment]
    ) -> GraphQLError {
        var error = error
        if error.locations.isEmpty { error.locations = field.nodes.map(\.location) }
        if error.path.isEmpty { error.path = path }
        return error
    }

    private func failure(_ message: String) -> GraphQLError { GraphQLError(.coercion, message) }

    private mutating func complete(
        _ outcome: Outcome, _ type: TypeReference, _ field: CollectedField, _ name: String, _ path: [PathSegment]
    ) throws(GraphQLError) -> JSONValue {
        if case .error(let message) = outcome { throw failure(message) }
        switch type {
        case .nonNull(let inner):
            let value = try complete(outcome, inner, field, name, path)
            if value.isNull { throw failure("Cannot return null for non-nullable field \(name).") }
            return value
        case .list(let item):
            if case .value(.null) = outcome { return .null }
            return try list(outcome, item, field, name, path)
        case .named(let typeName):
            if case .value(.null) = outcome { return .null }
            return try named(outcome, typeName, field, name, path)
        }
    }

    private mutating func list(
        _ outcome: Outcome, _ type: TypeReference, _ field: CollectedField, _ name: String, _ path: [PathSegment]
    ) throws(GraphQLError) -> JSONValue {
        let items: [Outcome]
        switch outcome {
        case .list(let outcomes): items = outcomes
        case .value(.array(let values)): items = values.map { .value($0) }
        case .value, .object, .error:
            throw failure("Expected Iterable, but did not find one for field \"\(name)\".")
        }
        var values: [JSONValue] = []
        for (index, item) in items.enumerated() {
            let path = path + [.index(index)]
            do throws(GraphQLError) {
                values.append(try complete(item, type, field, name, path))
            } catch {
                let error = located(error, field, path)
                if type.isNonNull { throw error }
                errors.append(error)
                values.append(.null)
            }
        }
        return .array(values)
    }

    private mutating func named(
        _ outcome: Outcome, _ typeName: String, _ field: CollectedField, _ name: String, _ path: [PathSegment]
    ) throws(GraphQLError) -> JSONValue {
        guard let type = schema.type(named: typeName) else { throw failure("no type \(typeName)") }
        switch type {
        case .scalar:
            guard case .value(let value) = outcome else { throw failure("no value") }
            switch ResultCoercion.coerce(value, to: typeName) {
            case .success(let value): return value
            case .failure(let mismatch): throw failure(mismatch.message)
            }
        case .enumeration(let enumeration):
            guard case .value(let value) = outcome else { throw failure("no value") }
            if let own = internalValues[typeName]?.object {
                if let member = own.members.first(where: { $0.value == value }) { return .string(member.name) }
            } else if let text = value.string, enumeration.values[text] != nil {
                return value
            }
            throw failure("Enum \"\(typeName)\" cannot represent value: \(Inspection.inspect(value))")
        case .object(let object):
            return try self.object(collector.collect(below: field, on: typeName), object, path)
        case .interface, .union:
            guard let runtime = runtimeType(path, type) else {
                throw failure(
                    "Abstract type \"\(typeName)\" must resolve to an Object type at runtime for field \"\(name)\". Either the \"\(typeName)\" type should provide a \"resolveType\" function or each possible type should provide an \"isTypeOf\" function."
                )
            }
            guard let runtimeType = schema.type(named: runtime) else {
                throw failure(
                    "Abstract type \"\(typeName)\" was resolved to a type \"\(runtime)\" that does not exist inside the schema."
                )
            }
            guard case .object(let object) = runtimeType else {
                throw failure("Abstract type \"\(typeName)\" was resolved to a non-object type \"\(runtime)\".")
            }
            guard schema.isSubtype(runtime, of: typeName) else {
                throw failure("Runtime Object type \"\(runtime)\" is not a possible type for \"\(typeName)\".")
            }
            return try self.object(collector.collect(below: field, on: runtime), object, path)
        case .inputObject: throw failure("an input type")
        }
    }
}
