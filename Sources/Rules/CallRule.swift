// `functions` of the rules: who may call a function of a database (rules of the API, section 3). There is no row to ask
// before the call, so the request alone decides; what the function returns obeys the rules of its collection.
internal import Base
internal import Metadata
internal import Planning

enum CallRule {
    static func compile(
        _ entries: [(name: String, node: RuleNode)], _ compiler: RuleCompiler
    ) -> [FunctionID: Condition] {
        var calls: [FunctionID: Condition] = [:]
        for (name, node) in entries {
            guard let function = compiler.catalog.functions.first(where: { $0.name.description == name }) else {
                node.report(unknown: "function", name, among: compiler.catalog.functions.map(\.name.description))
                continue
            }
            // Also where the rule is wrong: then the project does not load.
            calls[function.id] = .constant(.isFalse)
            guard let call = node.section(required: ["call"])?["call"], let rule = RuleDecoder.decode(call) else {
                continue
            }
            let scope = RuleScope(
                collection: compiler.catalog[function.collection], operation: .read, field: nil)
            guard let condition = compiler.condition(rule, scope) else { continue }
            guard condition.isDecidedByRequest else {
                call.report(
                    "there is no row before a call: its rule is decided by the request alone",
                    suggestion:
                        "what the function returns obeys the rule for \"read\" of \(compiler.catalog[function.collection].name)"
                )
                continue
            }
            calls[function.id] = condition
        }
        warn(compiler, Set(entries.map(\.name)))
        return calls
    }

    /// What an owner should know about functions that the rules cannot look into.
    private static func warn(_ compiler: RuleCompiler, _ ruled: Set<String>) {
        for function in compiler.catalog.functions {
            let location = RuleLocation(file: "functions", pointer: "/" + function.name.description)
            if function.isVolatile, !ruled.contains(function.name.description) {
                compiler.problems.warn(
                    location, "the function may change data and no rule opens it: only the admin secret calls it")
            }
            if function.borrowsRights {
                compiler.problems.warn(
                    location,
                    "the function is SECURITY DEFINER and sets no search_path: whoever may create objects in a schema that it "
                        + "looks into decides what it runs")
            }
        }
    }
}

extension Condition {
    fileprivate var isDecidedByRequest: Bool {
        switch self {
        case .constant, .fact: true
        case .residue, .related, .query: false
        case .all(let parts), .any(let parts): parts.allSatisfy(\.isDecidedByRequest)
        case .not(let inner): inner.isDecidedByRequest
        }
    }
}
