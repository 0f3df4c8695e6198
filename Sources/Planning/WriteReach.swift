// What a write changes besides the rows it names: foreign keys carry it on, over tables that the project does not track, too;
// triggers and views may carry it anywhere in their source. Made once with the catalog, from what the databases say.
package import Metadata

package struct WriteReach: Sendable {
    private struct Table: Sendable {
        let source: SourceID
        /// `nil` where the project does not track it.
        let collection: CollectionID?
        /// By name, of a table that is tracked.
        let fields: [String: Int]
        /// Computed by the database from the others.
        let generated: Set<String>
        /// Whether only the database knows what else a write of it changes, and what changes it.
        let isOpaque: Bool
        let hasTriggers: Bool
        var referrers: [Referrer] = []
    }

    /// A foreign key of another table that leads here.
    private struct Referrer: Sendable {
        let table: Int
        let columns: Set<String>
        let targetColumns: Set<String>
        let onDelete: ForeignKey.Action
        let onUpdate: ForeignKey.Action
    }

    private var tables: [Table] = []
    /// Indexed by `CollectionID`.
    private var tableOfCollection: [Int?]
    /// Of each source, those that lie in the same database, itself included.
    private let neighbours: [[SourceID]]

    /// - Parameters:
    ///   - schemas: by `SourceID`.
    ///   - neighbours: by `SourceID`: all sources in the same database, itself included.
    package init(catalog: Catalog, schemas: [DatabaseSchema], neighbours: [[SourceID]]) {
        self.neighbours = neighbours
        tableOfCollection = Array(repeating: nil, count: catalog.collections.count)
        for source in catalog.sources { add(schemas[source.id.index].tables, of: source, catalog) }
    }

    private mutating func add(_ descriptions: [TableDescription], of source: Source, _ catalog: Catalog) {
        let first = tables.count
        var positions: [String: Int] = [:]
        for (offset, description) in descriptions.enumerated() {
            let collection = catalog.collection(
                named: CollectionName(source: source.name, collection: description.name))
            positions[description.name] = first + offset
            if let collection { tableOfCollection[collection.id.index] = first + offset }
            tables.append(
                Table(
                    source: source.id, collection: collection?.id,
                    fields: Dictionary(
                        collection?.fields.enumerated().map { ($0.element.name, $0.offset) } ?? [],
                        uniquingKeysWith: { first, _ in first }),
                    generated: Set(description.columns.filter(\.isGenerated).map(\.name)),
                    isOpaque: description.kind == .view || description.hasHiddenTies,
                    hasTriggers: !description.triggers.isEmpty))
        }
        for (offset, description) in descriptions.enumerated() {
            for key in description.foreignKeys {
                guard let target = positions[key.targetTable] else { continue }
                tables[target].referrers.append(
                    Referrer(
                        table: first + offset, columns: Set(key.columns), targetColumns: Set(key.targetColumns),
                        onDelete: key.onDelete, onUpdate: key.onUpdate))
            }
        }
    }

    /// Whether what a read of the collection shows may change by writes of anything in its source.
    package func isOpaque(_ collection: CollectionID) -> Bool {
        guard let table = tableOfCollection[collection.index] else { return true }
        return tables[table].isOpaque
    }

    // MARK: Writes

    package func insert(into collection: TrackedCollection, _ region: inout WrittenRegion) {
        spread(.inserted, collection, &region)
    }

    package func delete(from collection: TrackedCollection, _ region: inout WrittenRegion) {
        spread(.deleted, collection, &region)
    }

    /// - Parameter fields: those that are given values.
    package func update(_ fields: Set<Int>, of collection: TrackedCollection, _ region: inout WrittenRegion) {
        spread(.changed(Set(fields.map { collection.fields[$0].name })), collection, &region)
    }

    /// A function of the database may write what it likes.
    package func call(on source: SourceID, _ region: inout WrittenRegion) {
        for source in neighbours[source.index] { region.addEverything(of: source) }
    }

    private enum Event: Hashable {
        case inserted
        case deleted
        case changed(Set<String>)
    }

    private struct Step: Hashable {
        let table: Int
        let event: Event
    }

    private func spread(_ event: Event, _ collection: TrackedCollection, _ region: inout WrittenRegion) {
        guard neighbours[collection.source.index].count == 1, let start = tableOfCollection[collection.id.index] else {
            return call(on: collection.source, &region)
        }
        var seen: Set<Step> = []
        var pending = [Step(table: start, event: event)]
        while let step = pending.popLast() {
            guard seen.insert(step).inserted else { continue }
            let table = tables[step.table]
            if table.isOpaque || table.hasTriggers { return call(on: table.source, &region) }
            note(step.event, table, &region)
            for referrer in table.referrers {
                let action: ForeignKey.Action
                switch step.event {
                case .inserted: continue
                case .deleted: action = referrer.onDelete
                case .changed(let columns):
                    if columns.isDisjoint(with: referrer.targetColumns) { continue }
                    action = referrer.onUpdate
                }
                switch (action, step.event) {
                case (.refuse, _): break
                case (.cascade, .deleted): pending.append(Step(table: referrer.table, event: .deleted))
                case (.cascade, _), (.setNull, _), (.setDefault, _):
                    pending.append(Step(table: referrer.table, event: .changed(referrer.columns)))
                }
            }
        }
    }

    private func note(_ event: Event, _ table: Table, _ region: inout WrittenRegion) {
        guard let collection = table.collection else { return }
        switch event {
        case .inserted, .deleted: region.addRows(of: collection, of: table.source)
        case .changed(let columns):
            // What the database computes follows whatever it is computed from.
            let fields = columns.union(table.generated).compactMap { table.fields[$0] }
            region.add(Set(fields), of: collection, of: table.source)
        }
    }
}
