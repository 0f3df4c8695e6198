// One request taken up to its statements and no further: what `perigee explain` prints and golden files pin. It walks the
// pipeline's own arrows, so it cannot say anything but what a request would do; no cache is asked or filled.
package import Base
internal import Connectors
internal import Execution
internal import GraphQL
internal import Metadata
internal import Planning
internal import Rules

package struct Explanation: Sendable {
    package struct Statement: Sendable, Hashable {
        /// The source's name in the configuration.
        package let source: String
        package let text: String
        /// In binding order: where each value comes from and what it is converted to, never the value itself.
        package let parameters: [String]
        /// The database's account of running it; `nil` where it was not run, or the source has none.
        package var analysis: String?
    }

    /// The plan as the caller asked for it, one node a line.
    package let plan: String
    /// The plan after the rules.
    package let secured: String
    /// One for each source that is read.
    package let statements: [Statement]
    /// What the answer of a subscription depends on, one collection or source a line; empty for what is answered once.
    package let dependencies: [String]
    /// What the request is estimated to cost, and what the configuration allows.
    package let cost: Int64
    package let costLimit: Int64

    /// - Parameter analyzes: whether statements are run, for the database's account of it. Blocks then.
    /// - Throws: what is wrong with the request; `not-supported` for a mutation that is to be analysed.
    package static func make(
        _ request: GraphQLRequest, project: Project, caller: Caller, now: Instant, analyzes: Bool = false
    ) throws(RequestFailure) -> Explanation {
        let pipeline = Pipeline(project: project)
        let shape = project.shapes.context(of: caller, now: now, generation: project.generation)
        let document = try pipeline.parse(request.query)
        let operation = try pipeline.validate(document, request.operationName, shape)
        let variables = try pipeline.coerce(operation, request)
        let plan = try pipeline.plan(operation, variables, caller)
        let secured = try pipeline.secure(plan, shape)
        let catalog = project.catalog
        let lowered = pipeline.lower(secured, operation)
        if analyzes, lowered.mutation != nil {
            throw RequestFailure(GatewayError(.notSupported, "A mutation is not run to be explained."))
        }
        var statements: [Statement] = []
        for statement in lowered.statements {
            var explained = Statement(
                source: catalog[statement.source].name, text: statement.lowered.text,
                parameters: statement.lowered.parameters.map { "\($0) as \($0.target.words)" })
            if analyzes {
                explained.analysis = try analysis(of: statement, project, caller, variables, now)
            }
            statements.append(explained)
        }
        if let mutation = lowered.mutation {
            // Parameters are shared by the statements of a transaction: they stand under the last.
            let texts = mutation.lowered.texts
            for (index, text) in texts.enumerated() {
                statements.append(
                    Statement(
                        source: catalog[mutation.source].name, text: text,
                        parameters: index == texts.count - 1
                            ? mutation.lowered.parameters.map { "\($0) as \($0.target.words)" } : []))
            }
        }
        return Explanation(
            plan: PlanPrinter.print(plan.roots, catalog: catalog),
            secured: PlanPrinter.print(secured.roots, catalog: catalog),
            statements: statements, dependencies: lowered.dependencies?.describe(in: catalog) ?? [],
            cost: pipeline.costLimit.estimate(plan).cost(variables),
            costLimit: pipeline.costLimit.maximum)
    }

    private static func analysis(
        of statement: PreparedOperation.Statement, _ project: Project, _ caller: Caller, _ variables: CoercedVariables,
        _ now: Instant
    ) throws(RequestFailure) -> String? {
        let binder = ParameterBinder(
            variables: variables, caller: caller, now: now, maskKeys: project.maskKeys, cursors: project.cursors)
        let values: [BoundValue]
        do throws(GatewayError) {
            values = try statement.values(binder)
        } catch {
            throw RequestFailure(error)
        }
        do throws(ConnectorError) {
            return try project.connectors[statement.source.index].analyze(statement.lowered, values: values)
        } catch {
            throw RequestFailure(GatewayError(error))
        }
    }
}

extension Parameter.Target {
    fileprivate var words: String {
        switch self {
        case .value(let kind): kind.graphQLName
        case .list(let kind): "[\(kind.graphQLName)]"
        case .count: "row count"
        case .pattern: "pattern"
        case .jsonPath: "JSON path"
        case .bytes: "bytes"
        }
    }
}

extension Project {
    /// The schema a caller sees, as SDL.
    package func schemaText(of caller: Caller, now: Instant) -> String {
        SchemaPrinter.print(shapes.context(of: caller, now: now, generation: generation).schema)
    }
}
