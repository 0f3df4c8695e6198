// Two texts line by line, for a failure that shows what changed and not both files whole.

enum LineDifference {
    /// `nil` when both are the same; a file that should not be there, or is missing, says so.
    static func text(recorded: String?, actual: String?) -> String? {
        switch (recorded, actual) {
        case (nil, nil): return nil
        case (nil, _?): return "not recorded yet"
        case (_?, nil): return "recorded, but the request has no such stage any more"
        case (let recorded?, let actual?):
            // Compared as bytes: two spellings of one character are not the same recording.
            guard !recorded.utf8.elementsEqual(actual.utf8) else { return nil }
            let old = recorded.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) }
            let new = actual.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) }
            let lines = new.difference(from: old).map { change in
                switch change {
                case .remove(let offset, let line, _):
                    (offset, 0, "\(offset + 1) - \(String(decoding: line, as: UTF8.self))")
                case .insert(let offset, let line, _):
                    (offset, 1, "\(offset + 1) + \(String(decoding: line, as: UTF8.self))")
                }
            }
            return lines.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(40).map(\.2).joined(separator: "\n")
        }
    }
}
