// The rules files of a project put together: sections in one place, each key once.
internal import Base
internal import Metadata

struct RuleDocument {
    /// `rules`: named rules, decoded.
    private(set) var named: [String: LocatedRule] = [:]
    /// `collections`: entries in the order written.
    private(set) var collections: [(name: String, node: RuleNode)] = []

    /// `functions`: the same.
    private(set) var functions: [(name: String, node: RuleNode)] = []

    private static let sections = ["$schema", "rules", "collections", "functions"]
    private static let laterSections = ["topics", "events", "files"]

    static func merge(_ documents: [RuleNode], problems: RuleProblems) -> RuleDocument {
        var result = RuleDocument()
        var places: [String: String] = [:]
        for document in documents {
            for (section, node) in document.members() ?? [] where section != "$schema" {
                guard sections.contains(section) else {
                    if laterSections.contains(section) {
                        node.report("the section \"\(section)\" is not supported by this version")
                    } else {
                        node.report(unknown: "section", section, among: sections + laterSections)
                    }
                    continue
                }
                for (name, entry) in node.members() ?? [] {
                    if let first = places["\(section) \(name)"] {
                        entry.report("\"\(name)\" stands in \(first) already")
                        continue
                    }
                    places["\(section) \(name)"] = entry.location.file
                    switch section {
                    case "collections": result.collections.append((name, entry))
                    case "functions": result.functions.append((name, entry))
                    default: result.named[name] = RuleDecoder.decode(entry)
                    }
                }
            }
        }
        return result
    }
}
