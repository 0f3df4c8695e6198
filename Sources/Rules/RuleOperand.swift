// The operands of `match` and the variables of `where` (rules of the API, section 4 "Operands"): a JSON literal, or a
// string that names a variable. Values from clients never pass here, so client data is never read as a name.
internal import Base
internal import Metadata

enum RuleOperand: Sendable, Hashable {
    case literal(JSONValue)
    /// `args.auth.…`
    case claim([String])
    /// `args.row.…` and its older spelling `args.find.…`: a column, behind any number of relationships.
    case row([String])
    /// `args.doc.…`: the row as written.
    case document([String])
    /// `args.op`
    case operation
    /// `args.now`
    case now

    static let variables = ["args.auth", "args.row", "args.find", "args.doc", "args.op", "args.now"]

    /// `nil` after reporting what is wrong with it.
    static func decode(_ node: RuleNode) -> RuleOperand? {
        if let object = node.value.object {
            guard object.keys == ["literal"], let value = object["literal"] else {
                node.report("an operand is a literal, a variable, or {\"literal\": …}")
                return nil
            }
            return .literal(value)
        }
        guard let text = node.value.string, text == "args" || text.hasPrefix("args.") else {
            return .literal(node.value)
        }
        guard let path = path(text), path.count >= 2 else {
            node.report(
                "\"\(text)\" is not a variable", suggestion: "a claim is written args.auth.name or args.auth[\"na.me\"]"
            )
            return nil
        }
        let rest = Array(path.dropFirst(2))
        switch path[1] {
        case "auth" where !rest.isEmpty: return .claim(rest)
        case "row" where !rest.isEmpty, "find" where !rest.isEmpty: return .row(rest)
        case "doc" where !rest.isEmpty: return .document(rest)
        case "op" where rest.isEmpty: return .operation
        case "now" where rest.isEmpty: return .now
        case "auth", "row", "find", "doc":
            node.report("\"\(text)\" names nothing", suggestion: "write \"\(text).name\"")
        case "params":
            if node.location.pointer.hasPrefix("/functions/") {
                node.report(
                    "\"\(text)\" is not supported by this version: a rule for a call is decided by who calls",
                    suggestion: "let the function itself look at what it is given")
            } else {
                node.report(
                    "\"\(text)\" has no meaning here: args.params exists only in rules of functions, topics and files")
            }
        default:
            node.report(unknown: "variable", text, among: variables)
        }
        return nil
    }

    /// `args.auth["a.b"].c` as `[args, auth, a.b, c]`; `nil` if it is not of that form.
    private static func path(_ text: String) -> [String]? {
        var segments: [String] = []
        var current = ""
        var rest = Substring(text)
        while let character = rest.first {
            if character == "." {
                guard !current.isEmpty || segments.last != nil && text[..<rest.startIndex].hasSuffix("]") else {
                    return nil
                }
                if !current.isEmpty { segments.append(current) }
                current = ""
                rest.removeFirst()
                guard let next = rest.first, next != ".", next != "[" else { return nil }
            } else if character == "[" {
                if !current.isEmpty { segments.append(current) }
                current = ""
                guard rest.hasPrefix("[\""), let end = rest.dropFirst(2).firstIndex(of: "\""),
                    end > rest.index(rest.startIndex, offsetBy: 2)
                else { return nil }
                segments.append(String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end]))
                rest = rest[rest.index(after: end)...]
                guard rest.first == "]" else { return nil }
                rest.removeFirst()
                guard rest.isEmpty || rest.first == "." || rest.first == "[" else { return nil }
            } else {
                current.append(character)
                rest.removeFirst()
            }
        }
        if !current.isEmpty { segments.append(current) }
        return segments
    }
}

/// A value of the stored row as a rule reaches it: a column of the collection, or of a row that to-one relationships
/// lead to. A to-many step makes the comparison an EXISTS from there on.
struct RowPath: Sendable, Hashable {
    let steps: [RelationshipReference]
    let field: FieldReference

    /// Looks the names up; `nil` after reporting.
    static func resolve(_ names: [String], in collection: TrackedCollection, catalog: Catalog, node: RuleNode)
        -> RowPath?
    {
        var current = collection
        var steps: [RelationshipReference] = []
        for name in names.dropLast() {
            guard let index = current.relationshipIndex(named: name) else {
                node.report(
                    unknown: "relationship of \(current.name)", name, among: current.relationships.map(\.name))
                return nil
            }
            steps.append(RelationshipReference(collection: current.id, index: index))
            current = catalog[current.relationships[index].target]
        }
        let last = names[names.count - 1]
        guard let index = current.fieldIndex(named: last) else {
            if current.relationshipIndex(named: last) != nil {
                node.report("\"\(last)\" is a relationship", suggestion: "name a column of it, such as \"\(last).id\"")
            } else {
                node.report(unknown: "column of \(current.name)", last, among: current.fields.map(\.name))
            }
            return nil
        }
        return RowPath(steps: steps, field: current.reference(index))
    }
}
