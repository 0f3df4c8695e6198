// Plans of queries over the small catalog of a blog, for a caller who may see all of it.
import Base
import GraphQL
import Metadata
import TestSupport

@testable import Planning

/// Every field and relationship in clear.
struct FullVisibility: SchemaVisibility {
    let catalog: Catalog

    func mayCall(_ function: FunctionID) -> Bool { true }

    func visibility(of collection: CollectionID) -> CollectionVisibility {
        CollectionVisibility(
            isReadable: true, isAggregatable: true, fields: catalog[collection].fields.map { _ in .clear },
            relationships: catalog[collection].relationships.map { _ in .visible(mayBeMissing: false) })
    }
}

struct PlanBench {
    let catalog: Catalog
    let types: GeneratedTypes
    let schema: Schema

    static let blog = PlanBench(TestCatalog.blog)

    init(_ catalog: Catalog) {
        self.catalog = catalog
        types = GeneratedTypes(catalog: catalog)
        schema = SchemaGenerator.schema(catalog: catalog, types: types, visibility: FullVisibility(catalog: catalog))
    }

    func operation(_ query: String) throws -> ValidatedOperation {
        do {
            return try ValidatedOperation.validate(
                DocumentParser.parse(Array(query.utf8)), operationName: nil, schema: schema)
        } catch let failure as ValidationFailure {
            throw GatewayError(.validationFailed, failure.errors.map(\.message).joined(separator: "; "))
        }
    }

    func variables(_ operation: ValidatedOperation, _ text: String) throws -> CoercedVariables {
        do throws(VariableErrors) {
            return try VariableCoercion.coerce(operation, JSONValue(test: text).object)
        } catch {
            throw GatewayError(.validationFailed, error.errors.map(\.message).joined(separator: "; "))
        }
    }

    func plan(_ query: String, _ variables: String = "{}") throws -> OperationPlan {
        let operation = try operation(query)
        return try Planner.plan(
            operation, variables: self.variables(operation, variables), catalog: catalog, types: types,
            options: PlanningOptions(rowLimit: 1000, allowsIntrospection: false))
    }

    /// The printed plan, or `code at path: message`.
    func text(_ query: String, _ variables: String = "{}") -> String {
        do {
            return try PlanPrinter.print(plan(query, variables).roots, catalog: catalog)
        } catch let error as GatewayError {
            return "\(error.code.rawValue) at \(error.extensionPath): \(error.message)"
        } catch {
            return "\(error)"
        }
    }

    /// The line of the printed plan that starts with a word, without its margin; "none" if there is none.
    func line(_ word: String, _ query: String, _ variables: String = "{}") -> String {
        let text = text(query, variables)
        let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
        guard text.hasPrefix("query") else { return text }
        return lines.first { $0.hasPrefix(word + " ") }.map { String($0.dropFirst(word.count + 1)) } ?? "none"
    }

    /// The variables' part of the key under which a plan is kept.
    func key(_ query: String, _ variables: String) throws -> [UInt8] {
        let operation = try operation(query)
        var key = ByteBuffer()
        VariableShape.write(operation, try self.variables(operation, variables), into: &key)
        return key.bytes
    }
}
