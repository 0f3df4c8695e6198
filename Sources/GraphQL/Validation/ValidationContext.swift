// What the rules of one validation share: the document, the schema, the types at the current place, the errors so far
// and the budget. One validation owns it; nothing outlives that.

internal import Base

final class ValidationContext {
    let document: Document
    let schema: Schema
    let limits: ValidationLimits
    let fragments: FragmentTable
    /// Whether the document is a type system that extends `schema`.
    let isExtension: Bool

    var types: TypeTracker
    /// Indices of the nodes around the current one, outermost first.
    var ancestors: [Int] = []
    /// Per definition, by its index: the spreads and variables in it. Filled by the walk, read at the end.
    var contents: [Int: DefinitionContents] = [:]

    private(set) var errors: [GraphQLError] = []
    /// Set when a limit ended the validation.
    private(set) var isStopped = false
    /// What was spent of the budget.
    private(set) var steps = 0
    private var locations: LocationTable
    private var paths: DialectPath
    private var allowance = SuggestionAllowance()
    private var variablesOfOperations: [Int: [VariableUse]] = [:]
    private var usesVariables = false

    struct DefinitionContents {
        var spreads: [FragmentSpread] = []
        /// The fragments those lead to, by the index of their definition.
        var fragments: [Int] = []
        var variables: [VariableUse] = []
    }

    /// A variable where a value is expected.
    struct VariableUse {
        let node: AnyNode
        let place: TypeTracker.InputPlace?
    }

    init(document: Document, schema: Schema, limits: ValidationLimits, isExtension: Bool = false) {
        self.document = document
        self.schema = schema
        self.limits = limits
        self.isExtension = isExtension
        fragments = FragmentTable(document)
        types = TypeTracker(schema: schema, document: document)
        locations = LocationTable(document.source)
        paths = DialectPath(document)
    }

    /// A value that is no list where one is expected stands for a list of one, and so do errors in it.
    func noteLoneItem(_ node: AnyNode) {
        if types.input?.type?.isList == true { paths.note(loneItem: node) }
    }

    // MARK: Reporting

    /// Reports an error at the beginnings of nodes. `path` is the node the dialect's path names; the first otherwise.
    func report(_ message: String, at nodes: any NodeView..., path: (any NodeView)? = nil) {
        report(message, offsets: nodes.map(\.range.lowerBound), path: path ?? nodes.first)
    }

    /// The same at byte offsets, such as the beginnings of names.
    func report(_ message: String, offsets: [Int], path: (any NodeView)?, suffix: String = "") {
        guard !isStopped else { return }
        if errors.count >= limits.errors {
            isStopped = true
            errors.append(
                GraphQLError(
                    .validation, "Too many validation errors, error limit reached. Validation aborted.",
                    extensionPath: "$", limit: .errors))
            return
        }
        let passed = paths.siblingsPassed
        errors.append(
            GraphQLError(
                .validation, message, locations: offsets.map { locations.location($0) },
                extensionPath: (path.map { paths.path(to: $0.anyNode) } ?? "$") + suffix))
        // Errors are charged for what they say: long names in every message are a way to make a server talk.
        _ = spend(8 + offsets.count + message.utf8.count / 16 + (paths.siblingsPassed - passed) / 32)
    }

    /// Names near `name`, while the allowance lasts; the comparing is charged for.
    func suggestions(_ name: String, _ candidates: some Collection<String>) -> [String] {
        let spent = allowance.spent
        let near = allowance.list(name, candidates)
        _ = spend(allowance.spent - spent)
        return near
    }

    /// Takes `count` steps of the budget; false, and the end of the validation, when it is spent.
    func spend(_ count: Int = 1) -> Bool {
        steps += count
        if steps <= limits.steps { return true }
        if !isStopped {
            isStopped = true
            errors.append(
                GraphQLError(
                    .limit, "Document needs more than \(limits.steps) steps to validate. Validation aborted.",
                    extensionPath: "$", limit: .validationSteps))
        }
        return false
    }

    // MARK: Fragments and variables

    func note(_ spread: FragmentSpread, in definition: Int) {
        contents[definition, default: .init()].spreads.append(spread)
        guard let fragment = fragments[spread.name] else { return }
        contents[definition, default: .init()].fragments.append(fragment.index)
    }

    func note(_ use: VariableUse, in definition: Int) {
        usesVariables = true
        contents[definition, default: .init()].variables.append(use)
    }

    /// All variables an operation uses, those in the fragments it reaches included. Found once per operation.
    func variables(of operation: OperationDefinition) -> [VariableUse] {
        guard usesVariables else { return [] }
        if let known = variablesOfOperations[operation.index] { return known }
        var result = contents[operation.index]?.variables ?? []
        var visited: Set<Int> = []
        var pending = [operation.index]
        while let definition = pending.popLast(), !isStopped {
            let fragments = contents[definition]?.fragments ?? []
            guard spend(1 + fragments.count) else { break }
            for fragment in fragments where visited.insert(fragment).inserted {
                let uses = contents[fragment]?.variables ?? []
                guard spend(uses.count) else { break }
                result += uses
                pending.append(fragment)
            }
        }
        variablesOfOperations[operation.index] = result
        return result
    }
}
