// What a plan reads, and what a commit wrote, as far as is known without looking at rows: a live query is read again when the two
// meet. Both may say more than is so, which costs a read in vain; neither may say less, which would leave a screen stale.
package import Metadata

/// What an answer depends on: its collections, and of each the columns that the answer is made of or decided by.
package struct DependencyRegion: Sendable, Hashable {
    /// Which columns of a collection matter. Rows that come and go matter always.
    package enum Columns: Sendable, Hashable {
        case some(Set<Int>)
        case all
    }

    package private(set) var collections: [CollectionID: Columns] = [:]
    /// Sources that something is read of.
    package private(set) var sources: Set<SourceID> = []
    /// Sources of which anything may matter: functions, views and the owner's own SQL read what they like.
    package private(set) var wholeSources: Set<SourceID> = []
    /// Whether the answer may be another one although nothing was written: it depends on the clock, or on SQL that may.
    package private(set) var changesByItself = false

    package init() {}

    package mutating func add(_ collection: CollectionID, of source: SourceID) {
        sources.insert(source)
        if collections[collection] == nil { collections[collection] = .some([]) }
    }

    package mutating func add(_ field: FieldReference, of source: SourceID) {
        sources.insert(source)
        switch collections[field.collection] {
        case .all?: break
        case .some(let columns)?: collections[field.collection] = .some(columns.union([field.index]))
        case nil: collections[field.collection] = .some([field.index])
        }
    }

    package mutating func addEveryColumn(of collection: CollectionID, of source: SourceID) {
        sources.insert(source)
        collections[collection] = .all
    }

    /// Anything that the source holds.
    package mutating func addEverything(of source: SourceID) {
        sources.insert(source)
        wholeSources.insert(source)
        changesByItself = true
    }

    package mutating func addClock() { changesByItself = true }

    package mutating func formUnion(_ other: DependencyRegion) {
        collections.merge(other.collections) { left, right in
            guard case .some(let left) = left, case .some(let right) = right else { return .all }
            return .some(left.union(right))
        }
        sources.formUnion(other.sources)
        wholeSources.formUnion(other.wholeSources)
        changesByItself = changesByItself || other.changesByItself
    }

    /// Whether a write of that much may have changed the answer.
    package func isTouched(by written: WrittenRegion) -> Bool {
        if !sources.isDisjoint(with: written.wholeSources) || !wholeSources.isDisjoint(with: written.sources) {
            return true
        }
        for (collection, extent) in written.collections {
            guard let read = collections[collection] else { continue }
            switch (extent, read) {
            case (.rows, _), (.columns, .all): return true
            case (.columns(let written), .some(let read)): if !written.isDisjoint(with: read) { return true }
            }
        }
        return false
    }

    /// One line for each collection and source, sorted: what `perigee explain` shows.
    package func describe(in catalog: Catalog) -> [String] {
        var lines = collections.map { id, columns in
            let collection = catalog[id]
            switch columns {
            case .all: return "\(collection.name): every column"
            case .some(let indices):
                let names = indices.sorted().map { collection.fields[$0].name }
                return "\(collection.name): rows" + (names.isEmpty ? "" : ", " + names.joined(separator: ", "))
            }
        }
        lines += wholeSources.map { "\(catalog[$0].name): everything" }
        lines.sort()
        if changesByItself { lines.append("the clock") }
        return lines
    }
}

/// What a transaction may have written.
package struct WrittenRegion: Sendable, Hashable {
    package enum Extent: Sendable, Hashable {
        /// Rows have come or gone.
        case rows
        /// Rows that stay have other values in these columns.
        case columns(Set<Int>)
    }

    package private(set) var collections: [CollectionID: Extent] = [:]
    /// Sources that something was written to.
    package private(set) var sources: Set<SourceID> = []
    /// Sources of which anything may have been written.
    package private(set) var wholeSources: Set<SourceID> = []

    package init() {}

    package var isEmpty: Bool { sources.isEmpty }

    package mutating func addRows(of collection: CollectionID, of source: SourceID) {
        sources.insert(source)
        collections[collection] = .rows
    }

    package mutating func add(_ columns: Set<Int>, of collection: CollectionID, of source: SourceID) {
        sources.insert(source)
        switch collections[collection] {
        case .rows?: break
        case .columns(let known)?: collections[collection] = .columns(known.union(columns))
        case nil: collections[collection] = .columns(columns)
        }
    }

    package mutating func addEverything(of source: SourceID) {
        sources.insert(source)
        wholeSources.insert(source)
    }

    package mutating func formUnion(_ other: WrittenRegion) {
        collections.merge(other.collections) { left, right in
            guard case .columns(let left) = left, case .columns(let right) = right else { return .rows }
            return .columns(left.union(right))
        }
        sources.formUnion(other.sources)
        wholeSources.formUnion(other.wholeSources)
    }
}
