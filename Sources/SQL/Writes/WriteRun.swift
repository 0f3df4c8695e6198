// One run of a write program, without I/O: it says which statement is next, takes what that returned, and says what is
// wrong. The connector asks in a loop, inside one transaction that it commits at the end or rolls back at an error.
package import Base
package import Connectors
package import Planning

package struct WriteRun {
    package struct Request: Sendable {
        package let statement: Int
        package let parameters: [Parameter]
        package let values: [BoundValue]
    }

    package struct Result: Sendable {
        package let rows: [[BoundValue]]
        /// Rows the command changed by itself.
        package let changes: Int

        package init(rows: [[BoundValue]], changes: Int) {
            self.rows = rows
            self.changes = changes
        }
    }

    private enum Phase {
        case start
        case inserting
        case updating
        case meeting
        case running
    }

    private let program: WriteProgram
    private let values: [BoundValue]
    private let refused: [Bool]
    private let keyList: @Sendable ([[BoundValue]]) -> BoundValue
    private var slots: [[[BoundValue]]]
    private var counters: [Int]
    private var cells: [BoundValue]
    private var position = 0
    private var phase = Phase.start

    /// - Parameters:
    ///   - refused: by early check, whether the values sent decide that it is not true.
    ///   - keyList: the form in which the dialect's `keyRows` takes keys.
    package init(
        _ program: WriteProgram, values: [BoundValue], refused: [Bool],
        keyList: @escaping @Sendable ([[BoundValue]]) -> BoundValue = { ValueConversion.keys($0) }
    ) {
        self.keyList = keyList
        self.program = program
        self.values = values
        self.refused = refused
        slots = Array(repeating: [], count: program.slotCount)
        counters = Array(repeating: 0, count: program.counterCount)
        cells = Array(repeating: .null, count: program.cellCount)
    }

    /// Of the statement under way: where an error of the database belongs.
    package var place: Int? {
        guard position < program.steps.count else { return nil }
        switch program.steps[position] {
        case .refuse: return nil
        case .insert(let insert): return insert.place
        case .command(_, _, _, let place), .pick(_, _, _, let place), .verify(_, _, _, let place),
            .read(_, _, let place):
            return place
        }
    }

    /// Of the statement under way: where in the response an error in it belongs.
    package var responsePosition: WritePosition? {
        position < program.steps.count ? program.positions[position] : nil
    }

    /// Whether the statement under way is the last one and nothing that it returns can be wrong, so that the end of the
    /// transaction may be sent along with it.
    package var isLast: Bool {
        guard position == program.steps.count - 1 else { return false }
        switch program.steps[position] {
        case .command, .read: return true
        case .insert(let insert):
            return insert.conflict == nil && insert.matches.isEmpty && insert.refusal == nil && insert.missing == nil
        case .refuse, .pick, .verify: return false
        }
    }

    /// Whether the statement under way makes the JSON text of an answer.
    package var isReading: Bool {
        guard position < program.steps.count, case .read = program.steps[position] else { return false }
        return true
    }

    /// What an error of the database in the statement under way must be told as, whatever it is: the values of a refused
    /// object find nothing out.
    package var refusal: GatewayError? {
        guard position < program.steps.count, case .insert(let insert) = program.steps[position],
            let refusal = insert.refusal, refused[refusal.check]
        else { return nil }
        return refusal.error
    }

    /// The statement to run now; `nil` at the end.
    package mutating func next() throws(GatewayError) -> Request? {
        while position < program.steps.count {
            switch program.steps[position] {
            case .refuse(let check, let call, let error):
                guard refused[check] else {
                    advance()
                    continue
                }
                guard let call else { throw error }
                return request(call)
            case .insert(let insert):
                switch phase {
                case .updating:
                    if let call = insert.conflict?.update { return request(call, .updating) }
                    phase = .meeting
                    continue
                case .meeting:
                    if let call = try meeting(insert) { return request(call, .meeting) }
                    continue
                case .start, .inserting, .running: return request(insert.call, .inserting)
                }
            case .verify(let call, let keys, _, _):
                // No rows, nothing to verify.
                if let keys, slots[keys].isEmpty {
                    advance()
                    continue
                }
                return request(call)
            case .command(let call, _, _, _), .pick(let call, _, _, _), .read(let call, _, _): return request(call)
            }
        }
        return nil
    }

    package mutating func receive(_ result: Result) throws(GatewayError) {
        switch program.steps[position] {
        case .refuse(_, _, let error): if !result.rows.isEmpty { throw error }
        case .insert(let insert): return try receive(result, insert)
        case .command(_, let keys, let counter, _):
            if let keys {
                slots[keys] += result.rows
                counters[counter] += result.rows.count
            } else {
                counters[counter] += result.changes
            }
        case .pick(_, let keys, let counter, _):
            slots[keys] += result.rows
            if let counter { counters[counter] += result.rows.count }
        case .verify(_, _, let error, _): if result.rows.first?.first != .integer(0) { throw error }
        case .read(_, let cell, _): cells[cell] = result.rows.first?.first ?? .null
        }
        advance()
    }

    private mutating func receive(_ result: Result, _ insert: InsertStep) throws(GatewayError) {
        if let refusal, phase == .inserting, !result.rows.isEmpty { throw refusal }
        guard let row = result.rows.first else {
            switch phase {
            // On its constraint it met a row; without one a trigger has dropped it, and nothing was written.
            case .start, .inserting, .running:
                if insert.conflict == nil {
                    if let missing = insert.missing { throw missing }
                    advance()
                } else {
                    phase = .updating
                }
            case .updating: phase = .meeting
            case .meeting:
                if let conflict = insert.conflict { throw conflict.hidden }
                advance()
            }
            return
        }
        if phase == .meeting {
            switch insert.conflict?.unchanged {
            case .refuses(let error)?: throw error
            case .isLeftAlone?, nil: return advance()
            case .lends?: break
            }
        }
        slots[insert.row] = [row]
        for match in insert.matches where row[match.column] != input(match.input) {
            throw GatewayError(
                .permissionError, "check constraint of an insert/update permission has failed")
        }
        if phase != .meeting {
            let key = Array(row.prefix(insert.keyCount))
            for slot in phase == .updating ? insert.conflict?.keys ?? [] : insert.keys { slots[slot].append(key) }
            counters[insert.counter] += 1
        }
        advance()
    }

    /// Asks for the row that was met and not changed, where it matters whether the caller may read it; `nil` where it
    /// does not, and then the object is done with.
    private mutating func meeting(_ insert: InsertStep) throws(GatewayError) -> WriteCall? {
        guard let conflict = insert.conflict else {
            advance()
            return nil
        }
        guard refusal != nil || conflict.unchanged.lends else {
            if case .refuses(let error) = conflict.unchanged { throw error }
            advance()
            return nil
        }
        guard let call = conflict.met else { throw conflict.hidden }
        return call
    }

    private mutating func advance() {
        position += 1
        phase = .start
    }

    private mutating func request(_ call: WriteCall, _ phase: Phase = .running) -> Request {
        self.phase = phase
        return Request(
            statement: call.statement, parameters: call.parameters, values: call.inputs.map { input($0) })
    }

    private func input(_ input: WriteCall.Input) -> BoundValue {
        switch input {
        case .value(let index): values[index]
        case .column(let slot, let index): slots[slot].first.map { $0[index] } ?? .null
        case .keys(let slot): keyList(slots[slot])
        }
    }

    // MARK: The answer

    /// The JSON text of each root field; to be asked at the end.
    package func answers() -> [[UInt8]] {
        program.answers.map { template in
            var buffer = ByteBuffer()
            write(template, &buffer)
            return buffer.bytes
        }
    }

    private func write(_ template: WriteAnswerTemplate, _ buffer: inout ByteBuffer) {
        switch template {
        case .cell(let cell): write(cell: cell, &buffer)
        case .list(let items):
            buffer.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                write(item, &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object(let members):
            buffer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                buffer.append(jsonString: member.key)
                buffer.append(UInt8(ascii: ":"))
                switch member.content {
                case .text(let text): buffer.append(jsonString: text)
                case .counter(let counter): buffer.append(decimal: counters[counter])
                case .cell(let cell): write(cell: cell, &buffer)
                }
            }
            buffer.append(UInt8(ascii: "}"))
        }
    }

    private func write(cell: Int, _ buffer: inout ByteBuffer) {
        guard case .text(let text) = cells[cell] else {
            buffer.append("null")
            return
        }
        buffer.append(text: text)
    }
}
