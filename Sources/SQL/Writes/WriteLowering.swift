internal import Base
// The sixth arrow of the pipeline for writes: SecuredPlan → the statements of one transaction (docs/decisions/0008-writes.md).
// Every row a rule must be true of is checked by its key after the writes of its root field and before the next one.
package import Connectors
package import Metadata
internal import Planning
package import Rules

package struct WriteLowering<Dialect: SQLDialect> {
    package struct Lowered: Sendable {
        package let program: WriteProgram
        package let places: [WritePlace]
    }

    let catalog: Catalog
    private var statements: [WriteText] = []
    private var statementNumbers: [WriteText: Int] = [:]
    private var parameters: [Parameter] = []
    private var parameterNumbers: [Parameter: Int] = [:]
    private var answers: [WriteAnswerTemplate] = []
    private(set) var places: [WritePlace] = []
    private(set) var earlyChecks: [EarlyCheck] = []
    private var slotCount = 0
    private var counterCount = 0
    private var cellCount = 0
    private var finished: [WriteStep] = []
    private var positions: [WritePosition] = []

    /// Steps of the root under way, in the order they will run: refusals, then writes, then checks and reads.
    private var refusals: [WriteStep] = []
    var steps: [WriteStep] = []
    /// Slots whose rows are to be checked, by what is to be true of them and where.
    private var checked: [CheckKey: Int] = [:]
    private var checkOrder: [CheckKey] = []
    /// Slots of what those rows were before, where a check asks for it.
    private var images: [CheckKey: Int] = [:]

    private struct CheckKey: Hashable {
        let collection: CollectionID
        let check: SecuredPredicate
        let place: Int
        let errorPath: String
    }

    package static func lower(_ writes: [SecuredWrite], catalog: Catalog, dialect: Dialect.Type) -> Lowered {
        var lowering = WriteLowering(catalog: catalog)
        for write in writes { lowering.root(write) }
        let program = WriteProgram(
            statements: lowering.statements, parameters: lowering.parameters, steps: lowering.finished,
            positions: lowering.positions, slotCount: lowering.slotCount, counterCount: lowering.counterCount,
            cellCount: lowering.cellCount,
            answers: lowering.answers, earlyChecks: lowering.earlyChecks)
        return Lowered(program: program, places: lowering.places)
    }

    private init(catalog: Catalog) {
        self.catalog = catalog
    }

    private mutating func root(_ write: SecuredWrite) {
        let number = answers.count
        switch write.action {
        case .insert(let insert):
            let rows = newSlot()
            let counter = newCounter()
            self.insert(insert, parent: nil, isAwaited: false, rows: rows, counter: counter)
            verify()
            let place = newPlace(.read, insert.collection, [], insert.errorPath)
            answers.append(answer(write.answer, keys: rows, counter: counter, place: place))
        case .update(let update): answers.append(self.update(update, write.answer))
        case .updateEach(let updates):
            var entries: [WriteAnswerTemplate] = []
            for (entry, update) in updates.enumerated() {
                entries.append(self.update(update, write.answer))
                finish(WritePosition(write: number, path: [.index(entry)]))
            }
            answers.append(.list(entries))
        case .delete(let delete): answers.append(self.delete(delete, write.answer))
        case .call: answers.append(self.call(write.answer))
        }
        finish(WritePosition(write: number))
    }

    /// Ends a root field, or an entry of one: the next begins after its checks and reads.
    private mutating func finish(_ position: WritePosition) {
        finished += refusals + steps
        positions += Array(repeating: position, count: refusals.count + steps.count)
        refusals = []
        steps = []
    }

    // MARK: Numbers

    mutating func newSlot() -> Int {
        slotCount += 1
        return slotCount - 1
    }

    mutating func newCounter() -> Int {
        counterCount += 1
        return counterCount - 1
    }

    mutating func newPlace(
        _ kind: WritePlace.Kind, _ collection: CollectionID, _ disclosed: Set<Int>, _ errorPath: String
    ) -> Int {
        places.append(
            WritePlace(kind: kind, collection: catalog[collection], disclosed: disclosed, errorPath: errorPath))
        return places.count - 1
    }

    // MARK: Calls

    /// A command as a call; equal texts are one statement.
    mutating func call(_ command: SQLCommand, columns: Int) -> WriteCall {
        let printed = SQLPrinter<Dialect>.print(command, dialect: Dialect.self)
        let text = WriteText(text: printed.text, columnCount: columns)
        let number: Int
        if let known = statementNumbers[text] {
            number = known
        } else {
            number = statements.count
            statements.append(text)
            statementNumbers[text] = number
        }
        var inputs: [WriteCall.Input] = []
        for parameter in printed.parameters { inputs.append(input(parameter)) }
        return WriteCall(statement: number, parameters: printed.parameters, inputs: inputs)
    }

    mutating func input(_ parameter: Parameter) -> WriteCall.Input {
        switch parameter.origin {
        case .written(let slot, let column): return .column(slot: slot, index: column)
        case .keys(let slot): return .keys(slot: slot)
        case .constant, .variable, .composed, .cursor, .claim, .claims, .now, .maskKey, .integer, .sealed:
            if let known = parameterNumbers[parameter] { return .value(known) }
            parameters.append(parameter)
            parameterNumbers[parameter] = parameters.count - 1
            return .value(parameters.count - 1)
        }
    }

    // MARK: Checks

    /// The slot that rows under a check are kept in; `nil` where every row will do.
    mutating func checkedSlot(
        _ guardian: WriteGuard, _ collection: CollectionID, place: Int, errorPath: String
    ) -> Int? {
        guard guardian.check != .alwaysTrue else { return nil }
        let key = CheckKey(collection: collection, check: guardian.check, place: place, errorPath: errorPath)
        if let known = checked[key] { return known }
        let slot = newSlot()
        checked[key] = slot
        checkOrder.append(key)
        return slot
    }

    /// The slot for what rows under a check were before they are written; `nil` where it does not ask.
    mutating func imageSlot(
        _ guardian: WriteGuard, _ collection: CollectionID, place: Int, errorPath: String
    ) -> Int? {
        guard !guardian.check.valuesBefore.isEmpty else { return nil }
        let key = CheckKey(collection: collection, check: guardian.check, place: place, errorPath: errorPath)
        if let known = images[key] { return known }
        let slot = newSlot()
        images[key] = slot
        return slot
    }

    /// The permission error comes before anything the database would say of the same values.
    mutating func refuseEarly(
        _ guardian: WriteGuard, _ collection: CollectionID, _ values: [Int: Parameter?], errorPath: String,
        ifRows call: WriteCall? = nil
    ) {
        guard let check = earlyCheck(guardian, collection, values) else { return }
        refusals.append(.refuse(check: check, ifRows: call, Self.checkFailed(errorPath)))
    }

    /// The number of the check over the values sent; `nil` where every row will do.
    mutating func earlyCheck(
        _ guardian: WriteGuard, _ collection: CollectionID, _ values: [Int: Parameter?]
    ) -> Int? {
        guard guardian.check != .alwaysTrue else { return nil }
        // In a fixed order: equal plans are equal statements.
        for field in values.keys.sorted() {
            if let parameter = values[field] ?? nil, !parameter.isKnownWhileWriting { _ = input(parameter) }
        }
        let known = values.filter { !($0.value?.isKnownWhileWriting ?? false) }
        earlyChecks.append(EarlyCheck(predicate: guardian.check, values: known, collection: collection))
        return earlyChecks.count - 1
    }

    static func checkFailed(_ path: String) -> GatewayError {
        GatewayError(
            .permissionError, "check constraint of an insert/update permission has failed", extensionPath: path)
    }

    /// One select for each check: how many of the rows written it is not true of.
    mutating func verify() {
        for key in checkOrder { verify(key) }
        checked = [:]
        checkOrder = []
        images = [:]
    }

    /// What is written so far is checked before keys change as well: a row that leaves its key to another one would have
    /// that one checked in its place.
    mutating func verify(beforeChanging fields: some Sequence<Int>, of collection: CollectionID) {
        guard catalog[collection].isNamedAnew(byChanging: fields) else { return }
        for key in checkOrder where key.collection == collection { verify(key) }
    }

    private mutating func verify(_ key: CheckKey) {
        guard let slot = checked[key] else { return }
        var lowering = SQLLowering<Dialect>(catalog: catalog)
        let select = lowering.failing(key.collection, key.check, keys: slot, before: images[key])
        let error = Self.checkFailed(key.errorPath)
        steps.append(.verify(call(.select(select), columns: 1), keys: slot, error, place: key.place))
    }

    // MARK: Answers

    /// - Parameter isSorted: whether the rows are shown in the order of their primary key.
    mutating func answer(
        _ answer: WriteAnswer<Secured>, keys: Int, counter: Int, place: Int, isSorted: Bool = false
    ) -> WriteAnswerTemplate {
        switch answer {
        case .row(let read): return .cell(self.read(read, keys: keys, place: place, isSorted: isSorted))
        case .response(let members):
            var result: [WriteAnswerTemplate.Member] = []
            for member in members {
                let content: WriteAnswerTemplate.Member.Content
                switch member.content {
                case .typename(let name): content = .text(name)
                case .affectedRows: content = .counter(counter)
                case .returning(let read):
                    content = .cell(self.read(read, keys: keys, place: place, isSorted: isSorted))
                }
                result.append(.init(key: member.responseKey, content: content))
            }
            return .object(result)
        }
    }

    /// The function is called and its rows are read in one statement, in its place among the others.
    private mutating func call(_ answer: WriteAnswer<Secured>) -> WriteAnswerTemplate {
        guard case .row(let read) = answer else { preconditionFailure("a call is answered by rows") }
        let place = newPlace(.read, read.collection, [], read.errorPath)
        var lowering = SQLLowering<Dialect>(catalog: catalog)
        let select = lowering.call(read)
        cellCount += 1
        steps.append(.read(call(.select(select), columns: 1), cell: cellCount - 1, place: place))
        return .cell(cellCount - 1)
    }

    private mutating func read(_ read: SecuredRead, keys: Int, place: Int, isSorted: Bool) -> Int {
        var lowering = SQLLowering<Dialect>(catalog: catalog)
        let select = lowering.returning(read, keys: keys, isSorted: isSorted)
        cellCount += 1
        steps.append(.read(call(.select(select), columns: 1), cell: cellCount - 1, place: place))
        return cellCount - 1
    }
}

extension WriteAnswer<Secured> {
    /// Whether rows are read back, and not only counted.
    var readsRows: Bool {
        switch self {
        case .row: true
        case .response(let members):
            members.contains { if case .returning = $0.content { true } else { false } }
        }
    }
}
