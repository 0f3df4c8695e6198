// `perigee rules reseal`: what is stored encrypted under an older key is encrypted anew under the key of today, while others read
// and write. A value is replaced only where it is still the one that was opened, each batch is a transaction of its own, and what
// is done is no longer found: so it may be killed at any moment and begun again.
internal import Auth
internal import Base
internal import Connectors
internal import Execution
internal import GraphQL
internal import Metadata
internal import Planning
package import Reactor
internal import Rules

package struct Reseal: Sendable {
    /// An encrypted column, as rules name it.
    package struct Column: Sendable {
        /// `source.collection.column`
        package let name: String
        let field: FieldReference
    }

    /// What has become of the values of one column.
    package struct Tally: Sendable {
        /// Sealed with the key of today; in a dry run those that would be.
        package var sealed = 0
        /// Rows whose value no known key opens.
        package var unopened = NamedRows()
        /// Rows that the database did not let be changed, each with the reason.
        package var refused = NamedRows()
        /// Values that somebody else has changed meanwhile, and that may be under an older key still.
        package var changed = 0

        /// Whether everything that is encrypted is so under the key of today.
        package var isComplete: Bool { unopened.count == 0 && refused.count == 0 && changed == 0 }
    }

    /// Rows by their keys, the first of them named; never with a value.
    package struct NamedRows: Sendable {
        package private(set) var count = 0
        package private(set) var names: [String] = []

        private static let mostNames = 100

        mutating func add(_ name: String) {
            count += 1
            if names.count < Self.mostNames { names.append(name) }
        }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let columns: [Column]
    private let project: Project
    private let loop: EventLoop
    /// Rows of a transaction.
    private let batch: Int
    private let isDryRun: Bool

    package static let batches = 1...10_000
    /// More than a few times something is found that others have left behind only where they still seal with an older key.
    private static let mostPasses = 5
    private static let mostAttempts = 5

    /// - Parameter isDryRun: whether it is only counted what there is to do.
    package init(_ project: Project, on loop: EventLoop, batch: Int, isDryRun: Bool) {
        self.project = project
        self.loop = loop
        self.batch = batch
        self.isDryRun = isDryRun
        columns = project.rules.encryptedFields
            .sorted { ($0.collection.index, $0.index) < ($1.collection.index, $1.index) }
            .map { Column(name: "\(project.catalog[$0.collection].name).\(project.catalog.field($0).name)", field: $0) }
    }

    /// Goes through a column until nothing under an older key is found in it.
    /// - Parameter report: is told after each batch how many values are done.
    package func run(_ column: Column, report: @escaping @Sendable (Int) -> Void) async throws -> Tally {
        try await Task(executorPreference: loop) { try await reseal(column, report) }.value
    }

    private func reseal(_ column: Column, _ report: @escaping @Sendable (Int) -> Void) async throws -> Tally {
        let collection = project.catalog[column.field.collection]
        guard isDryRun || collection.identity != nil && collection.takesUpdate(of: column.field.index) else {
            throw Failure(
                description: "\(column.name): the gateway changes no rows of \(collection.name); dry runs work")
        }
        var total = Tally()
        for _ in 0..<Self.mostPasses {
            let done = total.sealed
            let pass = try await pass(column, from: done, report)
            total = Tally(
                sealed: done + pass.sealed, unopened: pass.unopened, refused: pass.refused, changed: pass.changed)
            if isDryRun || pass.sealed == 0 && pass.changed == 0 { break }
        }
        return total
    }

    /// Once through the rows, in the order of their keys.
    private func pass(_ column: Column, from done: Int, _ report: (Int) -> Void) async throws -> Tally {
        guard let seal = project.seals[column.field] else { preconditionFailure("an encrypted column has a seal") }
        let plan = ResealPlan(column.field, catalog: project.catalog)
        var tally = Tally()
        var position: [JSONValue]?
        while true {
            let rows = try await read(
                plan.read(after: position, notBeginning: seal.currentPrefix, rows: Int64(batch)), plan)
            guard let last = rows.last else { return tally }
            var sealed: [(row: ResealPlan.Row, sealed: String)] = []
            for row in rows {
                if seal.keepsClear, !ColumnSeal.isSealed(row.stored.utf8) { continue }
                guard let plain = seal.open(Array(row.stored.utf8)) else {
                    tally.unopened.add(name(row, plan))
                    continue
                }
                guard let text = seal.seal(plain) else {
                    throw Failure(description: "\(column.name): a value could not be sealed")
                }
                sealed.append((row, text))
            }
            if isDryRun { tally.sealed += sealed.count } else { try await replace(sealed, plan, &tally) }
            report(done + tally.sealed)
            if rows.count < batch { return tally }
            position = last.key
        }
    }

    /// What the database refuses is found out row by row: one row's constraint or trigger does not hold up the others.
    private func replace(
        _ rows: [(row: ResealPlan.Row, sealed: String)], _ plan: ResealPlan, _ tally: inout Tally
    ) async throws {
        if rows.isEmpty { return }
        do {
            for changed in try await write(plan.replace(rows), plan) {
                // More than one row where copies of one ciphertext have no key to tell them apart.
                if changed == 0 { tally.changed += 1 } else { tally.sealed += 1 }
            }
        } catch let refusal as RowRefusal {
            guard rows.count > 1 else {
                tally.refused.add("\(name(rows[0].row, plan)): \(refusal.detail)")
                return
            }
            for row in rows { try await replace([row], plan, &tally) }
        }
    }

    private func name(_ row: ResealPlan.Row, _ plan: ResealPlan) -> String {
        guard plan.namesRows else { return "a row without a primary key" }
        let fields = project.catalog[plan.field.collection].fields
        return zip(plan.key, row.key).map { "\(fields[$0].name) \($1.text)" }.joined(separator: ", ")
    }

    // MARK: The database

    /// The database does not take a row as it is to be, for a reason that lies in the row.
    private struct RowRefusal: Error {
        /// Says nothing of what is stored, which the database's own words may.
        let detail: String

        init?(_ error: ConnectorError) {
            switch error.kind {
            case .constraint(let violation):
                detail =
                    violation.name.map { "the constraint \"\($0)\" refuses it" } ?? "a constraint or trigger refuses it"
            case .dataException, .refusedValue, .invalidInput: detail = "the database refuses it"
            case .limitExceeded, .timeout, .cancelled, .unavailable, .busy, .collision, .readOnly, .full, .damaged,
                .costlyPattern, .invalidStatement:
                return nil
            }
        }
    }

    private func read(_ read: SecuredRead, _ plan: ResealPlan) async throws -> [ResealPlan.Row] {
        let connector = connector(of: plan)
        let statement = connector.lower([read], catalog: project.catalog)
        let values = try bound(statement.parameters)
        let rows: Rows
        do {
            rows = try await connector.execute(statement, values: values, on: loop, deadline: deadline)
        } catch {
            throw failure(error, plan)
        }
        return Self.items(of: rows).map { item in
            ResealPlan.Row(
                key: plan.key.indices.map { item.object?[ResealPlan.keyMember($0)] ?? .null },
                // What is no text is no ciphertext either.
                stored: item.object?[ResealPlan.text]?.string ?? "")
        }
    }

    /// - Returns: for each update how many rows it has changed.
    private func write(_ write: SecuredWrite, _ plan: ResealPlan) async throws -> [Int] {
        let connector = connector(of: plan)
        let mutation = connector.lower([write], catalog: project.catalog)
        let values = try bound(mutation.parameters)
        for attempt in 1... {
            do {
                let rows = try await connector.execute(
                    mutation, values: values, refused: [], on: loop, deadline: deadline)
                return Self.items(of: rows).map {
                    $0.object?[ResealPlan.changed]?.number?.int64.map { Int($0) } ?? 0
                }
            } catch {
                guard case .failed(let error, _) = error.reason else { throw failure("the update is refused", plan) }
                if attempt < Self.mostAttempts, error.kind == .busy || error.kind == .collision { continue }
                throw RowRefusal(error) ?? failure(error, plan) as any Error
            }
        }
        return []
    }

    private func connector(of plan: ResealPlan) -> any Connector {
        project.connectors[project.catalog[plan.field.collection].source.index]
    }

    private var deadline: UInt64 {
        let timeout = project.configuration.server.limits.requestTimeout
        return UInt64(clamping: MonotonicInstant.now.advanced(by: timeout).nanoseconds)
    }

    private func bound(_ parameters: [Parameter]) throws -> [BoundValue] {
        let binder = ParameterBinder(
            variables: CoercedVariables(), caller: Caller(kind: .admin), now: SystemClock.now(), maskKeys: [:])
        return try parameters.map { try binder.value($0) }
    }

    /// Of the only cell.
    private static func items(of rows: Rows) -> [JSONValue] {
        guard let cell = rows.cells.first ?? nil else { return [] }
        return (try? JSONScanner.parse(Array(rows.bytes[cell])))?.array ?? []
    }

    private func failure(_ error: ConnectorError, _ plan: ResealPlan) -> Failure {
        if case .limitExceeded = error.kind {
            return failure("a batch of \(batch) rows is too large; take fewer with --batch", plan)
        }
        return failure(error.detail, plan)
    }

    private func failure(_ detail: String, _ plan: ResealPlan) -> Failure {
        let collection = project.catalog[plan.field.collection].name
        return Failure(description: "\(collection).\(project.catalog.field(plan.field).name): \(detail)")
    }
}
