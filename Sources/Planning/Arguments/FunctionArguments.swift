// `args`: what a function is given by the caller, beside the claims and the row it is given by the gateway (dialect of the
// API, section 11).
internal import Base
internal import Metadata

extension Planner {
    /// - Throws: `not-supported` where something is left out that has no default, or before something that is given.
    func call(
        _ origin: FunctionCall.Origin, _ function: DatabaseFunction, _ context: ReadContext
    ) throws(GatewayError) -> FunctionCall {
        var given: [String: LocatedInput] = [:]
        if case .object(let members)? = argument("args", context)?.value {
            for member in members { given[member.name] = member.input }
        }
        var arguments: [FunctionCall.Argument] = []
        var isComplete = true
        for argument in function.arguments {
            let next: FunctionCall.Argument
            switch argument.role {
            case .row: next = .row
            case .session: next = .value(.claims)
            case .input(let name, let kind):
                guard let input = given[name] else {
                    guard argument.hasDefault else {
                        throw refusal("Non default arguments cannot be omitted", context)
                    }
                    isComplete = false
                    continue
                }
                next = .value(value(input, .value(kind)))
            }
            guard isComplete else {
                throw refusal("Only last set of positional arguments can be omitted", context)
            }
            arguments.append(next)
        }
        return FunctionCall(origin: origin, arguments: arguments)
    }

    private func refusal(_ message: String, _ context: ReadContext) -> GatewayError {
        GatewayError(.notSupported, message, extensionPath: "\(context.path).args.args")
    }
}
