// Relationships of a collection: those the configuration says, and those that foreign keys are.
internal import Base

extension CatalogBuilder {
    mutating func configured(_ draft: Draft, _ index: Int) -> [Relationship] {
        var relationships: [Relationship] = []
        for entry in draft.configuration?.relationships ?? [] {
            let kind: Relationship.Kind = entry.cardinality == .object ? .object : .array
            let targetName = CollectionName(source: draft.name.source, collection: entry.target)
            guard let targetIndex = draftIndices[targetName] else {
                let known = drafts.filter { $0.source == draft.source }.map(\.name.collection)
                report(
                    entry.pointer + "/\(kind.rawValue)", "there is no collection \"\(entry.target)\"",
                    didYouMean(suggestions(for: entry.target, in: known)))
                continue
            }
            let target = drafts[targetIndex]
            var pairs: [Relationship.Pair] = []
            for pair in entry.columns {
                let local = column(pair.local, of: draft, entry.pointer)
                let remote = column(pair.remote, of: target, entry.pointer)
                guard let local, let remote else { continue }
                pairs.append(.init(local: local, target: remote))
            }
            if draft.fields.contains(where: { $0.apiName == entry.name }) {
                report(
                    entry.pointer, "\"\(entry.name)\" is a column of \"\(draft.name)\" already", "choose another name")
            }
            let guaranteed = kind == .object && isGuaranteed(draft, target, pairs)
            relationships.append(
                Relationship(
                    name: entry.name, kind: kind, target: CollectionID(targetIndex), pairs: pairs,
                    isGuaranteed: guaranteed, isReferredTo: isReferredTo(index, targetIndex, pairs, entry)))
        }
        return relationships
    }

    private mutating func column(_ name: String, of draft: Draft, _ pointer: String) -> Int? {
        if let index = draft.table.columns.firstIndex(where: { $0.name == name }) { return index }
        report(
            pointer + "/on", "there is no column \"\(name)\" in \"\(draft.name)\"",
            didYouMean(suggestions(for: name, in: draft.table.columns.map(\.name))))
        return nil
    }

    /// Object relationships are named for the column without `_id`, or for the target; array relationships for the
    /// collection that refers.
    func inferred(_ index: Int) -> [Relationship] {
        let draft = drafts[index]
        var relationships: [Relationship] = []
        for key in draft.table.foreignKeys {
            guard let (target, pairs) = resolve(key, from: index) else { continue }
            let base = drafts[target]
            let named = key.columns.count == 1 && key.columns[0].hasSuffix("_id") && key.columns[0].utf8.count > 3
            let name = named ? String(key.columns[0].dropLast(3)) : base.apiName
            relationships.append(
                Relationship(
                    name: Self.graphQLName(from: name), kind: .object, target: CollectionID(target), pairs: pairs,
                    isGuaranteed: isGuaranteed(draft, base, pairs), isReferredTo: false))
        }
        for referrer in self.index.referrers[index] {
            relationships.append(
                Relationship(
                    name: drafts[referrer.draft].apiName, kind: .array, target: CollectionID(referrer.draft),
                    pairs: referrer.pairs.map { .init(local: $0.target, target: $0.local) }, isGuaranteed: false,
                    isReferredTo: true))
        }
        return relationships
    }

    func resolve(_ key: ForeignKeyDescription, from index: Int) -> (target: Int, pairs: [Relationship.Pair])? {
        let draft = drafts[index]
        let name = CollectionName(source: draft.name.source, collection: key.targetTable)
        guard let target = draftIndices[name], key.columns.count == key.targetColumns.count else { return nil }
        var pairs: [Relationship.Pair] = []
        for (local, remote) in zip(key.columns, key.targetColumns) {
            guard let localIndex = draft.table.columns.firstIndex(where: { $0.name == local }),
                let remoteIndex = drafts[target].table.columns.firstIndex(where: { $0.name == remote })
            else { return nil }
            pairs.append(.init(local: localIndex, target: remoteIndex))
        }
        return (target, pairs)
    }

    /// A foreign key over columns that are never null: the database itself sees to the related row.
    private func isGuaranteed(_ draft: Draft, _ target: Draft, _ pairs: [Relationship.Pair]) -> Bool {
        let local = pairs.map { draft.table.columns[$0.local].name }
        let remote = pairs.map { target.table.columns[$0.target].name }
        let isKey = draft.table.foreignKeys.contains { key in
            key.targetTable == target.table.name
                && Set(zip(key.columns, key.targetColumns).map { [$0, $1] })
                    == Set(zip(local, remote).map { [$0, $1] })
        }
        return isKey && pairs.allSatisfy { !draft.table.columns[$0.local].isNullable }
    }

    /// As the configuration says; without a word of it, when a foreign key of the target leads here over just these columns
    /// and none of this collection leads there.
    private func isReferredTo(
        _ index: Int, _ target: Int, _ pairs: [Relationship.Pair], _ entry: RelationshipConfiguration
    ) -> Bool {
        if entry.cardinality == .array { return true }
        if let order = entry.insertionOrder { return order == .afterParent }
        let leads = { (from: Int, to: Int, pairs: Set<Relationship.Pair>) in
            self.drafts[from].table.foreignKeys.contains { key in
                guard let found = self.resolve(key, from: from) else { return false }
                return found.target == to && Set(found.pairs) == pairs
            }
        }
        let reversed = Set(pairs.map { Relationship.Pair(local: $0.target, target: $0.local) })
        return leads(target, index, reversed) && !leads(index, target, Set(pairs))
    }

    /// Two links of one name, or a link named like a column: the columns it joins by are added.
    func uniquelyNamed(_ relationship: Relationship, beside others: [Relationship], _ draft: Draft)
        -> Relationship
    {
        let isUsed = { (name: String) in
            draft.fields.contains { $0.apiName == name || $0.name == name }
                || others.contains {
                    $0.name == name || ($0.kind == .array && TypeNames.aggregateField(of: $0) == name)
                }
        }
        let isTaken = { (name: String) in
            isUsed(name) || (relationship.kind == .array && isUsed(name + TypeNames.aggregateSuffix))
        }
        guard isTaken(relationship.name) else { return relationship }
        let target = drafts[relationship.target.index]
        let columns = relationship.pairs.map { pair in
            relationship.kind == .object ? draft.table.columns[pair.local].name : target.table.columns[pair.target].name
        }
        var name = Self.graphQLName(from: "\(relationship.name)_by_\(columns.joined(separator: "_"))")
        while isTaken(name) { name += "_" }
        return Relationship(
            name: name, kind: relationship.kind, target: relationship.target, pairs: relationship.pairs,
            isGuaranteed: relationship.isGuaranteed, isReferredTo: relationship.isReferredTo)
    }
}
