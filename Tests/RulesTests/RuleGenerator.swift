// Random rules, rows and claims over the sample columns, from one seed: the same seed is the same sample.
import Base
import Planning
import TestSupport

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: items.indices, using: &self)] }
}

/// Rules as JSON over the tables `f` and `r…` (the row asked), `p` (a row it leads to) and `c` (rows that lead to it).
struct RuleGenerator {
    var random: SeededRandom

    /// Whether patterns may stand in a rule: those the gateway need not repeat.
    var writesPatterns = false

    // MARK: Rules

    mutating func rule(depth: Int = 3) -> String {
        if depth > 0, random.chance(0.45) {
            switch Int.random(in: 0..<5, using: &random) {
            case 0: return #"{"rule": "not", "clause": \#(rule(depth: depth - 1))}"#
            case 1, 2: return clauses("and", depth)
            default: return clauses("or", depth)
            }
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<52: return match()
        case 52..<84: return #"{"rule": "where", "where": \#(filter("", depth: 2, isTop: true))}"#
        case 84..<94:
            return #"{"rule": "query", "collection": "main.c", "where": \#(filter("c", depth: 1, isTop: true))}"#
        case 94..<97: return #"{"rule": "authenticated"}"#
        default: return #"{"rule": "\#(random.pick(["allow", "deny"]))"}"#
        }
    }

    private mutating func clauses(_ kind: String, _ depth: Int) -> String {
        let items = (0..<Int.random(in: 1...3, using: &random)).map { _ in rule(depth: depth - 1) }
        return #"{"rule": "\#(kind)", "clauses": [\#(items.joined(separator: ", "))]}"#
    }

    private mutating func match() -> String {
        let column = random.pick(SampleColumn.all.filter { $0.matchType != nil })
        let type = column.matchType ?? ""
        let path = "args." + random.pick(["row", "row", "find"]) + "."
        let left = path + random.pick(["", "", "", "", "parent.", "kids."]) + column.name
        var evaluations = ["==", "==", "!=", "<", "<=", ">", ">=", "in", "notIn"]
        if writesPatterns, type == "string" { evaluations += ["like", "like", "like"] }
        let evaluation = random.pick(evaluations)
        let right: String
        switch evaluation {
        case "in", "notIn": right = list(column.group)
        case "like":
            right = random.pick([#""%a%""#, #""_""#, #""A%""#, #""args.auth.string""#, #""args.auth.strings""#])
        default: right = operand(column, prefix: path)
        }
        let isFlipped = !["in", "notIn", "like"].contains(evaluation) && random.chance(0.1)
        let (first, second) = isFlipped ? (right, "\"\(left)\"") : ("\"\(left)\"", right)
        return #"{"rule": "match", "type": "\#(type)", "eval": "\#(evaluation)", "f1": \#(first), "f2": \#(second)}"#
    }

    private mutating func operand(_ column: SampleColumn, prefix: String) -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: return claim(column.group)
        case 5 where column.matchType == "date": return #""args.now""#
        case 5, 6:
            let others = SampleColumn.all.filter { $0.matchType == column.matchType }
            return "\"\(prefix)\(random.pick(["", "", "parent."]))\(random.pick(others).name)\""
        default: return random.pick(column.group.fitting)
        }
    }

    private mutating func claim(_ group: SampleColumn.Group) -> String {
        "\"args.auth.\(group.rawValue)\(random.pick(["", "2"]))\""
    }

    private mutating func list(_ group: SampleColumn.Group) -> String {
        if random.chance(0.5) { return "\"args.auth.\(group.rawValue)s\"" }
        let items = (0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick(group.fitting) }
        return "[\(items.joined(separator: ", "))]"
    }

    /// - Parameter collection: `c` inside a query; rows there are outside.
    private mutating func filter(_ collection: String, depth: Int, isTop: Bool) -> String {
        let members = (0..<Int.random(in: 1...2, using: &random)).map { _ -> String in
            switch Int.random(in: 0..<12, using: &random) {
            case 0 where depth > 0: return #""_not": \#(filter(collection, depth: depth - 1, isTop: isTop))"#
            case 1 where depth > 0:
                let parts = (0..<Int.random(in: 0...2, using: &random)).map { _ in
                    filter(collection, depth: depth - 1, isTop: isTop)
                }
                return "\"\(random.pick(["_and", "_or"]))\": [\(parts.joined(separator: ", "))]"
            case 2 where depth > 0 && collection.isEmpty:
                return "\"\(random.pick(["parent", "kids"]))\": \(filter("x", depth: depth - 1, isTop: false))"
            default: return comparison(collection, isTop: isTop)
            }
        }
        // The same key twice is an error.
        var keys: Set<Substring> = []
        let distinct = members.filter { keys.insert($0.prefix { $0 != ":" }).inserted }
        return "{\(distinct.joined(separator: ", "))}"
    }

    private mutating func comparison(_ collection: String, isTop: Bool) -> String {
        let column = random.pick(SampleColumn.all)
        let name = column.name
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return #""\#(name)": {"_is_null": \#(random.chance(0.5))}"#
        case 1, 2: return #""\#(name)": {"\#(random.pick(["_in", "_nin"]))": \#(list(column.group))}"#
        case 3 where isTop:
            let others = SampleColumn.all.filter { $0.group == column.group }
            let path = random.pick(["", "", "parent."]) + random.pick(others).name
            return #""\#(name)": {"\#(random.pick(["_eq", "_neq", "_lt", "_gte"]))": "args.row.\#(path)"}"#
        case 4 where writesPatterns && column.group == .string:
            // PostgreSQL has no regular expressions over the collation of `nc`.
            let patterns = name == "nc" ? ["_like", "_nlike", "_ilike"] : ["_like", "_nlike", "_ilike", "_regex"]
            return
                #""\#(name)": {"\#(random.pick(patterns))": "\#(random.pick(["%a%", "a", "A%"]))"}"#
        default:
            let operand =
                random.chance(0.5) ? claim(column.group) : random.pick(column.group.fitting)
            let operators = ["_eq", "_eq", "_neq", "_lt", "_lte", "_gt", "_gte"]
            return #""\#(name)": {"\#(random.pick(operators))": \#(operand)}"#
        }
    }

    // MARK: Callers and rows

    mutating func caller() -> TestCaller {
        if random.chance(0.1) { return .anonymous }
        var members: [JSONMember] = []
        for group in SampleColumn.Group.allCases {
            for suffix in ["", "2"] where random.chance(0.9) {
                let value = random.pick(random.chance(0.08) ? group.unfit : group.fitting)
                members.append(JSONMember(name: group.rawValue + suffix, value: JSONValue(test: value)))
            }
            guard random.chance(0.9) else { continue }
            var items = (0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick(group.fitting) }
            if random.chance(0.05) { items.append(random.pick(group.unfit)) }
            members.append(
                JSONMember(name: group.rawValue + "s", value: JSONValue(test: "[\(items.joined(separator: ", "))]")))
        }
        return .claims(JSONObject(members))
    }

    /// One value for each column; some are null.
    mutating func row(in database: TestDatabase) -> [SampleValue] {
        SampleColumn.all.map { column in
            random.chance(0.12) ? SampleValue("NULL", .null) : random.pick(column.values(in: database))
        }
    }
}
