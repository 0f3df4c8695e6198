// Our own reads and writes for `perigee rules reseal`: the values of an encrypted column that are not sealed with the key of
// today, batch by batch in the order of the rows' key, and their replacement. No request comes here; what is read and written is
// ciphertext.
package import Base
package import Metadata
internal import Patterns
internal import Planning

package struct ResealPlan: Sendable {
    /// A row as it was read.
    package struct Row: Sendable, Hashable {
        /// The values of `key`.
        package let key: [JSONValue]
        package let stored: String

        package init(key: [JSONValue], stored: String) {
            self.key = key
            self.stored = stored
        }
    }

    /// The member that holds the stored text; those of the key are `key0`, `key1` …
    package static let text = "text"
    /// The member of a replacement's answer.
    package static let changed = "changed"

    package let field: FieldReference
    /// Fields that name a row. Where nothing does, the text itself: equal ciphertexts of a column are equal values of it.
    package let key: [Int]
    private let catalog: Catalog

    package init(_ field: FieldReference, catalog: Catalog) {
        self.field = field
        self.catalog = catalog
        let collection = catalog[field.collection]
        let named = collection.primaryKey.isEmpty ? collection.viewKey : collection.primaryKey
        key = named.isEmpty ? [field.index] : named
    }

    /// Whether rows have a name that people know.
    package var namesRows: Bool { key != [field.index] }

    package static func keyMember(_ index: Int) -> String { "key\(index)" }

    /// - Parameters:
    ///   - position: the key of the row before the first one; `nil` for the first batch.
    ///   - current: how the texts begin that are sealed with the key of today.
    package func read(after position: [JSONValue]?, notBeginning current: String, rows: Int64) -> SecuredRead {
        let text = SecuredValue.stored(field)
        let pattern = Parameter(origin: .constant(JSONValue.string(current + "%").text), target: .pattern(.like))
        var conditions: [SecuredPredicate] = [
            .negation(.isNull(text)),
            .negation(.comparison(Comparison(text, .like, .parameter(pattern), byCodePoint: true))),
        ]
        if let position { conditions.append(beyond(position)) }
        let members = key.enumerated().map { index, field in
            RowMember<Secured>(
                responseKey: Self.keyMember(index), content: .value(column(field), kind(field)))
        }
        return SecuredRead(
            collection: field.collection, form: .list, link: nil, security: .insideRule,
            predicate: .conjunction(conditions), distinct: [],
            ordering: key.map { OrderingTerm(value: column($0), direction: .ascendingNullsLast) },
            limit: Parameter(origin: .integer(rows), target: .count), offset: nil, rowLimit: rows,
            selection: .row(
                members + [RowMember(responseKey: Self.text, content: .value(text, kind(field.index)))]),
            errorPath: "$")
    }

    /// Writes each text in the place of the one that was read, where that is still the one stored. Answers for each how many rows
    /// it has changed.
    package func replace(_ rows: [(row: Row, sealed: String)]) -> SecuredWrite {
        let updates = rows.map { row, sealed in
            UpdatePlan<Secured>(
                collection: field.collection,
                predicate: .conjunction(
                    zip(key, row.key).map { equal($0, $1) } + [
                        equal(field.index, .string(row.stored), byCodePoint: true)
                    ]),
                limit: nil,
                changes: [FieldChange(field: field.index, change: .set, value: value(field.index, .string(sealed)))],
                security: WriteGuard(filter: .alwaysTrue, check: .alwaysTrue, disclosed: []), errorPath: "$")
        }
        return SecuredWrite(
            collection: field.collection, action: .updateEach(updates),
            answer: .response([WriteMember(responseKey: Self.changed, content: .affectedRows)]))
    }

    /// Behind a row in the order of the key, nulls last: equal in the first fields, greater in the next.
    private func beyond(_ position: [JSONValue]) -> SecuredPredicate {
        var equal: [SecuredPredicate] = []
        var alternatives: [SecuredPredicate] = []
        for (field, value) in zip(key, position) {
            if let further = further(field, value) { alternatives.append(.conjunction(equal + [further])) }
            equal.append(self.equal(field, value))
        }
        let beyond = SecuredPredicate.disjunction(alternatives)
        // Of a key of several fields an index serves the first, where it stands alone.
        guard key.count > 1, let first = further(key[0], position[0], orEqual: true) else { return beyond }
        return .conjunction([first, beyond])
    }

    /// `nil` where nothing comes after the value.
    private func further(_ field: Int, _ value: JSONValue, orEqual: Bool = false) -> SecuredPredicate? {
        if value.isNull { return nil }
        let greater = SecuredPredicate.comparison(
            Comparison(
                column(field), orEqual ? .greaterOrEqual : .greater, .parameter(self.value(field, value))))
        return isNullable(field) ? .disjunction([greater, .isNull(column(field))]) : greater
    }

    private func equal(_ field: Int, _ value: JSONValue, byCodePoint: Bool = false) -> SecuredPredicate {
        if value.isNull { return .isNull(column(field)) }
        return .comparison(
            Comparison(column(field), .equal, .parameter(self.value(field, value)), byCodePoint: byCodePoint))
    }

    private func column(_ field: Int) -> SecuredValue {
        .stored(FieldReference(collection: self.field.collection, index: field))
    }

    private func value(_ field: Int, _ value: JSONValue) -> Parameter {
        Parameter(origin: .constant(value.text), target: .value(kind(field)))
    }

    private func kind(_ field: Int) -> ScalarKind { catalog[self.field.collection].fields[field].type }

    private func isNullable(_ field: Int) -> Bool { catalog[self.field.collection].fields[field].isNullable }
}
