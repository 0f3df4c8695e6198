// JSON to `Rule`: one table from the name of a kind to the function that decodes it. A kind of a later version, an
// unknown one and a misspelt key are load errors; nothing is skipped.
internal import Base
internal import Metadata

enum RuleDecoder {
    /// Every kind this version has, in the order of the documentation.
    static let kinds = [
        "allow", "deny", "authenticated", "match", "where", "check", "query", "and", "or", "not", "ref", "webhook",
        "force", "remove", "mask", "hash",
        "encrypt", "decrypt",
    ]
    private static let laterKinds = [
        "function"
    ]
    /// What databases' parsers hold of conditions inside each other, with room for a caller's filter beside them.
    static let maximumDepth = 16

    static func decode(_ node: RuleNode, depth: Int = 0) -> LocatedRule? {
        guard depth < maximumDepth else {
            node.report("rules nest deeper than \(maximumDepth) levels")
            return nil
        }
        guard let object = node.value.object else {
            node.report("a rule must be an object, not \(node.value.kindName)")
            return nil
        }
        guard let name = object["rule"] else {
            node.report("the key \"rule\" is missing")
            return nil
        }
        let kind = node.member("rule", name)
        guard let text = kind.string() else { return nil }
        return decode(text, node, kind, depth).map { LocatedRule(rule: $0, location: node.location) }
    }

    private static func decode(_ text: String, _ node: RuleNode, _ kind: RuleNode, _ depth: Int) -> Rule? {
        switch text {
        case "allow": return node.section(required: ["rule"]).map { _ in .allow }
        case "deny": return node.section(required: ["rule"]).map { _ in .deny }
        case "authenticated": return node.section(required: ["rule"]).map { _ in .authenticated }
        case "match": return MatchRule.decode(node).map { .match($0) }
        case "where": return WhereRule.decode(node, image: .stored).map { .rowFilter($0) }
        case "check": return WhereRule.decode(node, image: .written).map { .check($0) }
        case "query": return QueryRule.decode(node).map { .query($0) }
        case "webhook": return WebhookRule.decode(node).map { .webhook($0) }
        case "force": return ForceRule.decode(node, depth).map { .force($0) }
        case "remove": return RemoveRule.decode(node, depth).map { .remove($0) }
        case "and": return clauses(node, depth).map { .and($0) }
        case "or": return clauses(node, depth).map { .or($0) }
        case "not":
            guard let clause = node.section(required: ["rule", "clause"])?["clause"] else { return nil }
            return decode(clause, depth: depth + 1).map { .not($0) }
        case "ref": return node.section(required: ["rule", "name"])?["name"]?.string().map { .ref(name: $0) }
        case "hash": return StoredFormRule.decode(node, .hashed, depth).map { .store($0) }
        case "encrypt": return StoredFormRule.decode(node, .encrypted, depth).map { .store($0) }
        case "decrypt": return DecryptRule.decode(node, depth).map { .decrypt($0) }
        case "mask": return MaskRule.decode(node, depth).map { .mask($0) }
        default:
            if laterKinds.contains(text) {
                kind.report("the rule kind \"\(text)\" is not supported by this version")
            } else {
                kind.report(unknown: "rule kind", text, among: kinds)
            }
            return nil
        }
    }

    private static func clauses(_ node: RuleNode, _ depth: Int) -> [LocatedRule]? {
        node.section(required: ["rule", "clauses"])?["clauses"]?.items(of: "clauses")?
            .mapAll { decode($0, depth: depth + 1) }
    }
}
