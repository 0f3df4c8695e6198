// Columns that hold ciphertext which cannot be opened: a key is missing, or a row was written past the gateway. Callers see null
// there; the operator is told, once for each column and never with a value.
internal import Base
internal import Metadata
internal import Synchronization

final class UnopenedColumns: Sendable {
    private let catalog: Catalog
    private let report: FactReporter
    private let known = Mutex<Set<FieldReference>>([])

    init(catalog: Catalog, report: @escaping FactReporter) {
        self.catalog = catalog
        self.report = report
    }

    func note(_ field: FieldReference) {
        guard known.withLock({ $0.insert(field).inserted }) else { return }
        report(
            .ciphertextUnreadable(
                collection: catalog[field.collection].name.description, column: catalog.field(field).name))
    }
}
