// What names the rows of a collection: the keys that the database keeps, and those that the owner says of views.
internal import Base

extension CatalogBuilder {
    /// The columns that rows are named by, and what an upsert can name.
    mutating func keys(of draft: Draft) -> (primary: [Int], constraints: [UniqueKey]) {
        let columns = draft.table.columns.map(\.name)
        let position = { (name: String) in columns.firstIndex(of: name) }
        var constraints = draft.table.uniqueConstraints.map {
            UniqueKey(name: $0.name, fields: $0.columns.compactMap(position))
        }
        let isView = draft.table.kind == .view
        let key = (isView ? viewKey(draft) : draft.table.primaryKey).compactMap(position)
        // What the owner says of a view's key the database does not see to: nothing conflicts with it.
        if !key.isEmpty, !isView {
            let name = draft.table.primaryKeyName ?? draft.table.name + "_pkey"
            constraints.insert(UniqueKey(name: name, fields: key), at: 0)
        }
        // Names that differ only in what GraphQL lacks: an owner can rename columns here, but not indices.
        var taken: Set<String> = []
        for index in constraints.indices {
            let name = constraints[index].apiName
            var number = 2
            while !taken.insert(constraints[index].apiName).inserted {
                constraints[index].apiName = "\(name)_\(number)"
                number += 1
            }
        }
        return (key, constraints)
    }

    private mutating func viewKey(_ draft: Draft) -> [String] {
        let names = draft.configuration?.key ?? []
        let columns = draft.table.columns.map(\.name)
        for name in names where !columns.contains(name) {
            report(
                draft.pointer + "/key", "there is no column \"\(name)\" in \"\(draft.name)\"",
                didYouMean(suggestions(for: name, in: columns)))
        }
        if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            report(
                draft.pointer + "/key", "the key names \"\(names[twice])\" twice", "say each column once")
        }
        return names
    }
}
