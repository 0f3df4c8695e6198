// Reading lists of a rules file: one item that is wrong makes the whole of no use, and still every item is looked at, so that
// each of them tells what is wrong with it.

extension Sequence {
    /// What `transform` makes of every element; `nil` if it makes nothing of some, which it has reported.
    func mapAll<Result>(_ transform: (Element) -> Result?) -> [Result]? {
        let made = map(transform)
        let whole = made.compactMap { $0 }
        return whole.count == made.count ? whole : nil
    }
}
