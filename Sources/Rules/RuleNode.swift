// One JSON value of a rules file with its place in it: reads keys strictly, and reports what is wrong where.
internal import Base
internal import Metadata

/// The mistakes found while rules are read and compiled; confined to one reading.
final class RuleProblems {
    private(set) var errors: [ConfigurationError] = []
    private(set) var warnings: [ConfigurationError] = []

    func report(_ location: RuleLocation, _ message: String, suggestion: String? = nil) {
        let error = ConfigurationError(
            file: location.file, pointer: location.pointer, message: message, suggestion: suggestion)
        // A named rule is compiled at each use; its mistakes are told once.
        if !errors.contains(error) { errors.append(error) }
    }

    func warn(_ location: RuleLocation, _ message: String) {
        warnings.append(ConfigurationError(file: location.file, pointer: location.pointer, message: message))
    }
}

struct RuleNode {
    let value: JSONValue
    let location: RuleLocation
    let problems: RuleProblems

    func report(_ message: String, suggestion: String? = nil) {
        problems.report(location, message, suggestion: suggestion)
    }

    func report(unknown what: String, _ name: String, among known: [String]) {
        report("unknown \(what) \"\(name)\"", suggestion: didYouMean(suggestions(for: name, in: known)))
    }

    func member(_ name: String, _ value: JSONValue) -> RuleNode {
        RuleNode(
            value: value,
            location: RuleLocation(file: location.file, pointer: jsonPointer(location.pointer, name)),
            problems: problems)
    }

    /// Members of an object; anything else is reported.
    func members() -> [(name: String, node: RuleNode)]? {
        guard let object = value.object else {
            report("must be an object, not \(value.kindName)")
            return nil
        }
        return object.members.map { ($0.name, member($0.name, $0.value)) }
    }

    /// Members of an object that has just these keys; `required` ones must be there.
    func section(required: [String], optional: [String] = []) -> [String: RuleNode]? {
        guard let members = members() else { return nil }
        var found: [String: RuleNode] = [:]
        var isComplete = true
        for (name, node) in members {
            if required.contains(name) || optional.contains(name) {
                found[name] = node
            } else {
                node.report(unknown: "key", name, among: required + optional)
                isComplete = false
            }
        }
        for name in required where found[name] == nil {
            report("the key \"\(name)\" is missing")
            isComplete = false
        }
        return isComplete ? found : nil
    }

    func items() -> [RuleNode]? {
        guard let items = value.array else {
            report("must be a list, not \(value.kindName)")
            return nil
        }
        return items.enumerated().map { member(String($0.offset), $0.element) }
    }

    /// The items of a list that must have some; `nil` after reporting.
    /// - Parameter key: what the list is called.
    func items(of key: String) -> [RuleNode]? {
        guard let items = items() else { return nil }
        guard !items.isEmpty else {
            report("\"\(key)\" must not be empty")
            return nil
        }
        return items
    }

    func string() -> String? {
        guard let text = value.string else {
            report("must be a string, not \(value.kindName)")
            return nil
        }
        return text
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ what: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = string() else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        report(
            "unknown \(what) \"\(text)\"",
            suggestion: didYouMean(suggestions(for: text, in: names))
                ?? "must be one of \(names.map { "\"\($0)\"" }.joined(separator: ", "))")
        return nil
    }
}
