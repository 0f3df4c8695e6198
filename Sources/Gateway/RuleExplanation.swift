// What the rules make of one operation for one caller: the decision, what is left of the rules, and the statement of a
// request that asks for no more than the operation. The request takes the pipeline's own way.
package import Base
internal import GraphQL
internal import Metadata
package import Rules

package struct RuleExplanation: Sendable {
    package let verdict: RuleVerdict
    /// One thing a line.
    package let residue: [String]
    /// A request for just this; `nil` where the caller's schema has none.
    package let document: String?
    package let statements: [Explanation.Statement]
    /// Why the request would be refused, where it would.
    package let refusal: String?

    /// - Parameter name: `source.collection`, as rules name it.
    /// - Throws: where no collection has that name.
    package static func make(
        _ operation: RuleOperation, _ name: String, project: Project, caller: Caller, now: Instant
    ) throws(UnknownCollection) -> RuleExplanation {
        let collections = project.catalog.collections
        guard let collection = collections.first(where: { $0.name.description == name }) else {
            throw UnknownCollection(name: name, known: collections.map(\.name.description))
        }
        let shape = project.shapes.context(of: caller, now: now, generation: project.generation)
        let verdict = shape.view.verdict(operation, on: collection.id)
        let document = document(operation, collection, shape)
        var statements: [Explanation.Statement] = []
        var refusal: String?
        if let document {
            do throws(RequestFailure) {
                let request = GraphQLRequest(query: Array(document.utf8))
                statements = try Explanation.make(request, project: project, caller: caller, now: now).statements
            } catch {
                refusal = error.errors.map { "\($0.code.rawValue): \($0.message)" }.joined(separator: "; ")
            }
        }
        return RuleExplanation(
            verdict: verdict, residue: shape.view.residue(of: operation, on: collection.id), document: document,
            statements: statements, refusal: refusal)
    }

    package struct UnknownCollection: Error, Sendable, CustomStringConvertible {
        let name: String
        let known: [String]

        package var description: String {
            let hint = didYouMean(suggestions(for: name, in: known)).map { "; \($0)" } ?? ""
            return "unknown collection \"\(name)\"\(hint)"
        }
    }

    private static func document(
        _ operation: RuleOperation, _ collection: TrackedCollection, _ shape: ShapeContext
    ) -> String? {
        let roots = collection.rootFields
        let field: String
        let text: String
        switch operation {
        case .read:
            field = roots.select
            text = "{ \(field) { \(leaves(collection, shape).joined(separator: " ")) } }"
        case .aggregate:
            field = roots.selectAggregate
            text = "{ \(field) { aggregate { count } } }"
        case .create:
            field = roots.insert
            text = "mutation { \(field)(objects: [{}]) { affected_rows } }"
        case .update:
            field = roots.update
            let names = shape.view.visibility(of: collection.id).writing.updateFields.sorted()
            let change = names.first.map { ", _set: { \(collection.fields[$0].apiName): null }" } ?? ""
            text = "mutation { \(field)(where: {}, all: true\(change)) { affected_rows } }"
        case .delete:
            field = roots.delete
            text = "mutation { \(field)(where: {}, all: true) { affected_rows } }"
        }
        let kind: OperationKind = [.read, .aggregate].contains(operation) ? .query : .mutation
        guard let root = shape.schema.rootType(kind).flatMap({ shape.schema.type(named: $0) }),
            shape.schema.field(named: field, on: root) != nil
        else { return nil }
        return text
    }

    /// The fields of its rows that take no selection and no argument.
    private static func leaves(_ collection: TrackedCollection, _ shape: ShapeContext) -> [String] {
        let type = shape.schema.type(named: collection.apiName)
        let names = collection.fields.map(\.apiName).filter { type?.fields?[$0] != nil }
        return names.isEmpty ? ["__typename"] : names
    }
}
