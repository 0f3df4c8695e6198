// How much comparing of names one validation or one request's variables may do for "did you mean". Errors come by the
// hundred, and a type may have a thousand fields; past the allowance errors stay without suggestions.

struct SuggestionAllowance {
    /// In steps of `ValidationLimits.steps`: about twelve cells of a comparison's table each.
    private(set) var spent = 0

    private static let maximum = 12_000

    /// The near ones of `candidates`, nearest first; none when the allowance is used up.
    mutating func list(_ name: String, _ candidates: some Collection<String>) -> [String] {
        guard spent < SuggestionAllowance.maximum else { return [] }
        let length = name.utf8.count
        let reach = length * 4 / 10 + 1
        for candidate in candidates {
            let other = candidate.utf8.count
            // Too different in length to be compared: the look at it is all it costs.
            spent += abs(length - other) > reach ? 1 : 2 + min(length * other, 1 << 30) / 12
        }
        guard spent < SuggestionAllowance.maximum else { return [] }
        return Suggestions.list(name, candidates)
    }
}
