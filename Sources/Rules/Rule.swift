// A rule as the owner wrote it (rules of the API, section 4): decoded, its keys checked, its names not yet looked up.
// Each kind has a file under `Kinds/` that decodes it and compiles it for one place of use.
internal import Base

indirect enum Rule: Sendable, Hashable {
    case allow
    case deny
    case authenticated
    case match(MatchRule)
    case rowFilter(WhereRule)
    case and([LocatedRule])
    case or([LocatedRule])
    case not(LocatedRule)
    case ref(name: String)
    case mask(MaskRule)
    /// A row filter on the row as it is after the write.
    case check(WhereRule)
    /// Some row of a collection passes a filter.
    case query(QueryRule)
    /// A service of the owner's says yes.
    case webhook(WebhookRule)
    case force(ForceRule)
    case remove(RemoveRule)
    /// `hash` and `encrypt`.
    case store(StoredFormRule)
    case decrypt(DecryptRule)
}

/// A rule and where it stands: the file and the JSON pointer that its errors name.
struct LocatedRule: Sendable, Hashable {
    let rule: Rule
    let location: RuleLocation

    /// Whether an action (mask …) stands in it, named rules aside.
    var containsAction: Bool {
        switch rule {
        case .mask, .force, .remove, .store, .decrypt: true
        case .and(let clauses), .or(let clauses): clauses.contains(where: \.containsAction)
        case .not(let clause): clause.containsAction
        case .allow, .deny, .authenticated, .match, .rowFilter, .check, .query, .webhook, .ref: false
        }
    }
}

struct RuleLocation: Sendable, Hashable {
    let file: String
    let pointer: String
}
