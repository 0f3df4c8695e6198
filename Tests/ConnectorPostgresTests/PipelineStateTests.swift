// What a connection has in flight, as conversations: statements and results in, actions out.
import Testing

@testable import ConnectorPostgres

extension PipelineState {
    fileprivate mutating func receive(_ event: Event) -> [Action] {
        var actions: [Action] = []
        receive(event, &actions)
        return actions
    }
}

@Suite struct PipelineStateTests {
    typealias Action = PipelineState.Action

    private static func run(_ job: UInt64, _ statement: UInt64? = nil, repeated: Bool = false) -> PipelineState.Run {
        PipelineState.Run(job: job, statement: statement ?? job, isRepeated: repeated)
    }

    @Test func `a batch has one Sync, and its results come in order`() {
        var state = PipelineState(preparedBound: 10)
        #expect(
            state.send([Self.run(1), Self.run(2)])
                == [.execute(job: 1, isPrepared: false), .execute(job: 2, isPrepared: false), .sync])
        #expect(state.running == 2)
        #expect(state.receive(.result) == [.succeed(job: 1)])
        #expect(state.running == 1)
        #expect(state.receive(.result) == [.succeed(job: 2)])
        #expect(!state.isIdle, "its Sync is not answered")
        #expect(state.receive(.synced) == [])
        #expect(state.isIdle)
    }

    @Test func `a statement is prepared when it runs again, once`() {
        var state = PipelineState(preparedBound: 10)
        #expect(state.send([Self.run(1, 7)]) == [.execute(job: 1, isPrepared: false), .sync])
        _ = state.receive(.result)
        _ = state.receive(.synced)
        #expect(
            state.send([Self.run(2, 7, repeated: true), Self.run(3, 7, repeated: true)])
                == [
                    .prepare(statement: 7, job: 2), .execute(job: 2, isPrepared: true),
                    .execute(job: 3, isPrepared: true), .sync,
                ])
        #expect(state.receive(.result) == [])
        #expect(state.receive(.result) == [.succeed(job: 2)])
        #expect(state.receive(.result) == [.succeed(job: 3)])
        #expect(state.receive(.synced) == [])
        #expect(state.send([Self.run(4, 7, repeated: true)]) == [.execute(job: 4, isPrepared: true), .sync])
    }

    @Test func `after an error the rest is sent again, each with a Sync of its own`() {
        var state = PipelineState(preparedBound: 10)
        _ = state.send([Self.run(1), Self.run(2), Self.run(3), Self.run(4)])
        #expect(state.receive(.result) == [.succeed(job: 1)])
        #expect(state.receive(.failure(state: "22012")) == [.fail(job: 2)])
        #expect(state.receive(.skipped) == [])
        #expect(state.receive(.skipped) == [])
        #expect(
            state.receive(.synced)
                == [
                    .execute(job: 3, isPrepared: false), .sync, .execute(job: 4, isPrepared: false), .sync,
                ])
        #expect(state.receive(.failure(state: "22012")) == [.fail(job: 3)])
        #expect(state.receive(.synced) == [])
        #expect(state.receive(.result) == [.succeed(job: 4)])
        #expect(state.receive(.synced) == [])
        #expect(state.isIdle)
        #expect(state.running == 0)
    }

    @Test func `a batch sent before the error was known is not touched by it`() {
        var state = PipelineState(preparedBound: 10)
        _ = state.send([Self.run(1), Self.run(2)])
        _ = state.send([Self.run(3)])
        #expect(state.receive(.failure(state: "22012")) == [.fail(job: 1)])
        #expect(state.receive(.skipped) == [])
        #expect(state.receive(.synced) == [.execute(job: 2, isPrepared: false), .sync])
        #expect(state.receive(.result) == [.succeed(job: 3)])
        #expect(state.receive(.synced) == [])
        #expect(state.receive(.result) == [.succeed(job: 2)])
        #expect(state.receive(.synced) == [])
        #expect(state.isIdle)
    }

    @Test(arguments: [("0A000", [Action.deallocate(statement: 7)]), ("26000", [])])
    func `a prepared form that is of no use any more is made anew`(_ code: String, _ before: [Action]) {
        var state = PipelineState(preparedBound: 10)
        _ = state.send([Self.run(1, 7, repeated: true)])
        for event in [PipelineState.Event.result, .result, .synced] { _ = state.receive(event) }
        #expect(state.send([Self.run(2, 7, repeated: true)]) == [.execute(job: 2, isPrepared: true), .sync])
        #expect(state.receive(.failure(state: code)) == [])
        #expect(
            state.receive(.synced)
                == before + [.prepare(statement: 7, job: 2), .execute(job: 2, isPrepared: true), .sync])
        for _ in before { #expect(state.receive(.result) == []) }
        #expect(state.receive(.result) == [])
        // Only once: a statement that the server does not support stays an error.
        #expect(state.receive(.failure(state: code)) == [.fail(job: 2)])
        #expect(state.receive(.synced) == [])
        #expect(state.isIdle)
    }

    @Test func `what cannot be prepared is told once, and is not prepared`() {
        var state = PipelineState(preparedBound: 10)
        _ = state.send([Self.run(1, 7, repeated: true), Self.run(2)])
        #expect(state.receive(.failure(state: "42P01")) == [.fail(job: 1)])
        #expect(state.receive(.skipped) == [], "its execution")
        #expect(state.receive(.skipped) == [], "its neighbour's")
        #expect(state.receive(.synced) == [.execute(job: 2, isPrepared: false), .sync])
        #expect(state.running == 1)
        #expect(state.preparedCount == 0)
        #expect(state.receive(.result) == [.succeed(job: 2)])
    }

    @Test func `a preparation that was skipped happens with the next try`() {
        var state = PipelineState(preparedBound: 10)
        _ = state.send([Self.run(1), Self.run(2, 7, repeated: true)])
        #expect(state.receive(.failure(state: "22012")) == [.fail(job: 1)])
        #expect(state.receive(.skipped) == [])
        #expect(state.receive(.skipped) == [])
        #expect(
            state.receive(.synced)
                == [.prepare(statement: 7, job: 2), .execute(job: 2, isPrepared: true), .sync])
    }

    @Test func `prepared statements are bounded, the least recently used goes`() {
        var state = PipelineState(preparedBound: 2)
        for statement: UInt64 in [1, 2] {
            _ = state.send([Self.run(statement, statement, repeated: true)])
            for event in [PipelineState.Event.result, .result, .synced] { _ = state.receive(event) }
        }
        _ = state.send([Self.run(3, 1, repeated: true)])
        for event in [PipelineState.Event.result, .synced] { _ = state.receive(event) }
        #expect(
            state.send([Self.run(4, 9, repeated: true)])
                == [
                    .deallocate(statement: 2), .prepare(statement: 9, job: 4), .execute(job: 4, isPrepared: true),
                    .sync,
                ])
        for event in [PipelineState.Event.result, .result, .result, .synced] { _ = state.receive(event) }
        #expect(state.isIdle)
        #expect(state.preparedCount == 2)
    }

    @Test func `a result that belongs to nothing ends the trust in the connection`() {
        var state = PipelineState(preparedBound: 2)
        _ = state.send([Self.run(1)])
        #expect(state.receive(.synced) == [.giveUp])
        state = PipelineState(preparedBound: 2)
        _ = state.send([Self.run(1)])
        _ = state.receive(.result)
        #expect(state.receive(.result) == [.giveUp])
    }

    private static func once(_ job: UInt64, endsWithSync: Bool = false) -> PipelineState.Run {
        PipelineState.Run(job: job, statement: job, isRepeated: false, isOnce: true, endsWithSync: endsWithSync)
    }

    @Test func `what writes is not sent again behind an error`() {
        var state = PipelineState(preparedBound: 10)
        _ = state.send([Self.once(1), Self.once(2), Self.once(3)])
        #expect(state.receive(.result) == [.succeed(job: 1)])
        #expect(state.receive(.failure(state: "23505")) == [.fail(job: 2)])
        #expect(state.receive(.skipped) == [.skip(job: 3)])
        #expect(state.receive(.synced) == [])
        #expect(state.isIdle)
        #expect(state.running == 0)
    }

    @Test func `what writes is not run again with a new prepared form, and the next one is prepared anew`() {
        var state = PipelineState(preparedBound: 10)
        let run = PipelineState.Run(job: 1, statement: 7, isRepeated: true, isOnce: true)
        _ = state.send([run])
        for event in [PipelineState.Event.result, .result, .synced] { _ = state.receive(event) }
        _ = state.send([run])
        #expect(state.receive(.failure(state: "0A000")) == [.fail(job: 1)])
        #expect(state.receive(.synced) == [])
        #expect(
            state.send([run])
                == [
                    .deallocate(statement: 7), .prepare(statement: 7, job: 1), .execute(job: 1, isPrepared: true),
                    .sync,
                ])
    }

    @Test func `a statement that its Sync commits is answered with the Sync`() {
        var state = PipelineState(preparedBound: 10)
        _ = state.send([Self.once(1, endsWithSync: true)])
        #expect(state.receive(.result) == [.keep(job: 1)])
        #expect(state.receive(.synced) == [.settle(job: 1)])
        #expect(state.isIdle)
    }

    @Test func `a check at the end that fails is the statement's failure`() {
        var state = PipelineState(preparedBound: 10)
        _ = state.send([Self.once(1, endsWithSync: true)])
        #expect(state.receive(.result) == [.keep(job: 1)])
        #expect(state.receive(.failure(state: "23503")) == [.fail(job: 1)])
        #expect(!state.isIdle, "the answer to the Sync comes behind the error")
        #expect(state.receive(.synced) == [])
        #expect(state.isIdle)
    }

    @Test func `without room for prepared statements nothing is prepared`() {
        var state = PipelineState(preparedBound: 0)
        #expect(state.send([Self.run(1, repeated: true)]) == [.execute(job: 1, isPrepared: false), .sync])
    }
}
