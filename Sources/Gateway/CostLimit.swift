// The bound on what an operation may cost, kept before any source is asked. A plan that stays below it for every value of
// its variables is decided once, when it is made; only the others are counted again for each request.
internal import Base
internal import GraphQL
internal import Metadata
internal import Planning

struct CostLimit: Sendable {
    let maximum: Int64
    private let assumptions: CostEstimate.Assumptions

    init(_ limits: ServerConfiguration.Limits) {
        maximum = Int64(limits.cost)
        assumptions = CostEstimate.Assumptions(rows: Int64(limits.assumedRows), rowLimit: Int64(limits.rows))
    }

    func estimate(_ plan: OperationPlan) -> CostEstimate {
        CostEstimate(plan, assuming: assumptions)
    }

    /// - Returns: what must be counted for each request; `nil` when no request of the plan can exceed the bound.
    /// - Throws: `limit-exceeded`.
    func check(_ plan: OperationPlan, _ variables: CoercedVariables) throws(RequestFailure) -> CostEstimate? {
        let estimate = estimate(plan)
        guard estimate.worst > maximum else { return nil }
        try check(estimate, variables)
        return estimate
    }

    /// - Throws: `limit-exceeded`.
    func check(_ estimate: CostEstimate, _ variables: CoercedVariables) throws(RequestFailure) {
        let cost = estimate.cost(variables)
        guard cost > maximum else { return }
        throw RequestFailure(
            GatewayError(
                exceeded: .cost,
                "The operation exceeds the limit \"cost\": \(maximum) allowed, \(cost) used; use \"limit\" on its lists."
            ))
    }
}
