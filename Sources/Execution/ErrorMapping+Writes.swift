// What callers are told of a write that the database refused: the dialect's texts, and the constraint's name only where the
// caller may read every column it is about (dialect of the API, section 5).
package import Base
package import Connectors
internal import Metadata

extension GatewayError {
    package init(_ failure: WriteFailure, places: [WritePlace]) {
        switch failure.reason {
        case .refused(let error): self = error
        case .failed(let error, let place):
            self = GatewayError(error, at: place.map { places[$0] })
        }
    }

    private init(_ error: ConnectorError, at place: WritePlace?) {
        guard case .constraint(let violation) = error.kind else {
            self.init(error)
            if case .dataException = error.kind, let place { extensionPath = place.path }
            return
        }
        self.init(
            violation.kind == .check ? .permissionError : .constraintViolation,
            place.flatMap { ConstraintText(violation, $0).text } ?? "a database constraint failed",
            extensionPath: place?.path ?? "$", underlying: error.detail)
    }
}

extension WritePlace {
    /// Inserts say where their objects stand; updates and deletes only that they failed.
    fileprivate var path: String { kind == .insert ? errorPath : "$" }
}

/// The words for one violation; `nil` where they would tell of what the caller may not read.
private struct ConstraintText {
    let violation: ConstraintViolation
    let place: WritePlace
    private var collection: TrackedCollection { place.collection }

    init(_ violation: ConstraintViolation, _ place: WritePlace) {
        self.violation = violation
        self.place = place
    }

    var text: String? {
        // A trigger's own statement may fail on a table the request never named.
        if let table = violation.table, table != collection.table { return nil }
        var fields = violation.columns.compactMap { collection.fieldIndex(named: $0) }
        guard fields.count == violation.columns.count else { return nil }
        if fields.isEmpty, let name = violation.name {
            // Some databases name the constraint and not its columns.
            fields =
                collection.constraints.first { $0.name == name }?.fields ?? []
        }
        switch violation.kind {
        case .unique:
            guard !fields.isEmpty, place.disclosed.isSuperset(of: fields) else { return nil }
            let name =
                collection.constraints.first { $0.name == violation.name }?.name
                ?? collection.constraints.first { Set($0.fields) == Set(fields) }?.name
                ?? (violation.name ?? ([collection.table] + violation.columns + ["key"]).joined(separator: "_"))
            return "Uniqueness violation. duplicate key value violates unique constraint \"\(name)\""
        case .notNull:
            guard let field = fields.first, place.disclosed.contains(field) else { return nil }
            return
                "Not-NULL violation. null value in column \"\(collection.fields[field].name)\" violates not-null constraint"
        case .check:
            // Which columns it is about, only its definition tells.
            guard isOpen else { return nil }
            let name = violation.name.map { " \"\($0)\"" } ?? ""
            return
                "Check constraint violation. new row for relation \"\(collection.table)\" violates check constraint\(name)"
        case .foreignKey: return foreignKey
        case .other: return nil
        }
    }

    private var isOpen: Bool {
        collection.fields.indices.allSatisfy { collection.fields[$0].isComputed || place.disclosed.contains($0) }
    }

    /// The database does not say which key it was; it is named where there is only one.
    private var foreignKey: String? {
        let verb = place.kind == .insert ? "insert or update" : "update or delete"
        guard isOpen else { return nil }
        if let name = violation.name {
            return
                "Foreign key violation. \(verb) on table \"\(collection.table)\" violates foreign key constraint \"\(name)\""
        }
        let keys = collection.foreignKeys
        let name =
            place.kind != .delete && keys.count == 1
            ? " \"\(collection.table)_\(keys[0].fields.map { collection.fields[$0].name }.joined(separator: "_"))_fkey\""
            : ""
        return "Foreign key violation. \(verb) on table \"\(collection.table)\" violates foreign key constraint\(name)"
    }
}
