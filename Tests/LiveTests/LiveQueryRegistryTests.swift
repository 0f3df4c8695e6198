// Live queries over a source that answers when the test says so.
import Base
import Execution
import Metadata
import Planning
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Live

/// Reads wait until the test answers them.
private final class FakeSource: LiveReader {
    typealias Receiver = @Sendable (LiveAnswer) -> Void
    let waiting = Mutex<[Receiver]>([])
    let begun = Mutex(0)
    let cancelled = Mutex(0)

    private final class Work: CancellableWork {
        let source: FakeSource
        init(_ source: FakeSource) { self.source = source }
        func cancel() { source.cancelled.withLock { $0 += 1 } }
    }

    func read(
        on loop: EventLoop, noting: @escaping @Sendable (DependencyRegion) -> Void, _ receive: @escaping Receiver
    ) -> any CancellableWork {
        waiting.withLock { $0.append(receive) }
        begun.withLock { $0 += 1 }
        return Work(self)
    }
}

private final class FakeSubscriber: LiveSubscriber {
    let told = Mutex<[String]>([])
    let plans: Mutex<[Result<LivePlan, LiveRefusal>]>

    init(_ plans: [Result<LivePlan, LiveRefusal>] = []) {
        self.plans = Mutex(plans)
    }

    func plan(on loop: EventLoop) -> Result<LivePlan, LiveRefusal> { plans.withLock { $0.removeFirst() } }
    func next(_ result: ByteBuffer) { told.withLock { $0.append(result.text) } }
    func failed(_ errors: [GatewayError]) { told.withLock { $0.append("failed: \(errors[0].message)") } }
}

@Suite(.serialized)
struct LiveQueryRegistryTests {
    private static let source = SourceID(0)
    private static let table = CollectionID(0)
    private static let other = CollectionID(1)
    private static let settings = LiveSettings(window: .milliseconds(5), interval: .seconds(60), reads: 4)

    private final class Template: Sendable {}

    /// A loop with live queries, and one fake source.
    private final class Stage: Sendable {
        let loop = TestGateway.loop
        let live: LiveQueries
        let facts = Mutex<[String]>([])
        let reader = FakeSource()
        let template = Template()

        init(_ settings: LiveSettings = LiveQueryRegistryTests.settings) {
            let reported = Reported()
            live = LiveQueries(settings: settings, generation: 1) { reported.add($0) }
            self.reported = reported
        }

        let reported: Reported

        func plan(_ values: [UInt8]? = [1], generation: UInt64 = 1, reader: FakeSource? = nil) -> LivePlan {
            var region = DependencyRegion()
            region.add(
                FieldReference(collection: LiveQueryRegistryTests.table, index: 0), of: LiveQueryRegistryTests.source)
            return LivePlan(
                key: values.map { CohortKey(template: ObjectIdentifier(template), values: $0) }, region: region,
                generation: generation, reader: reader ?? self.reader)
        }

        func onLoop<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
            await Task(executorPreference: loop) { body() }.value
        }

        /// Lets the loop do what it has to do at once, over several turns.
        func settle(_ condition: @escaping @Sendable () -> Bool = { true }) async {
            for turn in 0..<2000 {
                if turn > 5, condition() { return }
                await withCheckedContinuation { continuation in
                    loop.execute {
                        _ = self.loop.schedule(after: .microseconds(500)) { continuation.resume() }
                    }
                }
            }
            Issue.record("nothing came")
        }

        func subscribe(_ subscriber: FakeSubscriber, _ plan: LivePlan) async -> any CancellableWork {
            await onLoop {
                guard let work = self.live.subscribe(subscriber, plan, limit: 1000, on: self.loop) else {
                    preconditionFailure("below the limit")
                }
                return work
            }
        }

        func answer(_ text: String, _ source: FakeSource? = nil) async {
            await answer(.result(ByteBuffer(Array(text.utf8))), source)
        }

        func answer(_ answer: LiveAnswer, _ source: FakeSource? = nil) async {
            let source = source ?? reader
            await settle { source.waiting.withLock { !$0.isEmpty } }
            let receive = source.waiting.withLock { $0.removeFirst() }
            await onLoop { receive(answer) }
            await settle()
        }

        /// A commit that changes the column that plans depend on, or another.
        func commit(column: Int = 0, of collection: CollectionID = LiveQueryRegistryTests.table, generation: UInt64 = 1)
            async
        {
            var region = WrittenRegion()
            region.add([column], of: collection, of: LiveQueryRegistryTests.source)
            live.committed(CommittedWrite(region: region, generation: generation, isCertain: true))
            await settle()
        }

        func reads(_ source: FakeSource? = nil) -> Int { (source ?? reader).begun.withLock { $0 } }
    }

    private final class Reported: Sendable {
        let facts = Mutex<[String]>([])
        func add(_ fact: ReportedFact) {
            switch fact {
            case .liveQueriesFail(let code, let detail): facts.withLock { $0.append("\(code.rawValue): \(detail)") }
            case .liveQueriesRecovered: facts.withLock { $0.append("recovered") }
            default: Issue.record("another fact")
            }
        }
    }

    @Test func `what differs is told, what is the same is not`() async {
        let stage = Stage()
        let ann = FakeSubscriber()
        _ = await stage.subscribe(ann, stage.plan())
        await stage.answer("1")
        await stage.commit()
        await stage.answer("1")
        await stage.commit()
        await stage.answer("2")
        #expect(ann.told.withLock { $0 } == ["1", "2"])
        #expect(stage.reads() == 3)
    }

    @Test func `what does not concern anybody is not read`() async {
        let stage = Stage()
        let ann = FakeSubscriber()
        _ = await stage.subscribe(ann, stage.plan())
        await stage.answer("1")
        await stage.commit(column: 7)
        await stage.commit(of: Self.other)
        #expect(stage.reads() == 1)
        // Names of another project say nothing.
        await stage.commit(of: Self.other, generation: 2)
        #expect(stage.reads() == 2)
    }

    @Test func `a change while it is read is read afterwards`() async {
        let stage = Stage()
        let ann = FakeSubscriber()
        _ = await stage.subscribe(ann, stage.plan())
        await stage.settle { stage.reads() == 1 }
        await stage.commit()
        await stage.commit()
        #expect(stage.reads() == 1)
        await stage.answer("old")
        await stage.answer("new")
        #expect(ann.told.withLock { $0 } == ["old", "new"])
        #expect(stage.reads() == 2)
    }

    @Test func `equal keys are one read, others are not`() async {
        let stage = Stage()
        let (ann, bob, cy) = (FakeSubscriber(), FakeSubscriber(), FakeSubscriber())
        _ = await stage.subscribe(ann, stage.plan())
        await stage.answer("1")
        _ = await stage.subscribe(bob, stage.plan())
        await stage.answer("1")
        #expect(ann.told.withLock { $0 } == ["1"] && bob.told.withLock { $0 } == ["1"])
        _ = await stage.subscribe(cy, stage.plan([2]))
        _ = await stage.subscribe(FakeSubscriber(), stage.plan(nil))
        _ = await stage.subscribe(FakeSubscriber(), stage.plan(nil))
        #expect(await stage.onLoop { stage.live.registry(of: stage.loop).sizes.cohorts } == 4)
        for text in ["x", "y", "z"] { await stage.answer(text) }
        #expect(cy.told.withLock { $0 } == ["x"])
        #expect(ann.told.withLock { $0 } == ["1"])
    }

    @Test func `whoever comes while it is read waits for the next read`() async {
        let stage = Stage()
        let (ann, bob) = (FakeSubscriber(), FakeSubscriber())
        _ = await stage.subscribe(ann, stage.plan())
        await stage.settle { stage.reads() == 1 }
        _ = await stage.subscribe(bob, stage.plan())
        await stage.answer("before")
        #expect(ann.told.withLock { $0 } == ["before"] && bob.told.withLock { $0 }.isEmpty)
        await stage.answer("after")
        #expect(ann.told.withLock { $0 } == ["before", "after"] && bob.told.withLock { $0 } == ["after"])
    }

    @Test func `nothing is told after the end`() async {
        let stage = Stage()
        let (ann, bob) = (FakeSubscriber(), FakeSubscriber())
        let first = await stage.subscribe(ann, stage.plan())
        let second = await stage.subscribe(bob, stage.plan())
        await stage.settle { stage.reads() == 1 }
        await stage.onLoop { first.cancel() }
        await stage.answer("0")
        await stage.answer("1")
        #expect(ann.told.withLock { $0 }.isEmpty && bob.told.withLock { $0 } == ["1"])
        await stage.commit()
        await stage.settle { stage.reads() == 3 }
        await stage.onLoop { second.cancel() }
        // Nobody waits for it any more.
        #expect(stage.reader.cancelled.withLock { $0 } == 1)
        await stage.answer("2")
        #expect(bob.told.withLock { $0 } == ["1"])
        #expect(await stage.onLoop { stage.live.registry(of: stage.loop).sizes } == (0, 0))
        #expect(stage.live.count == 0)
    }

    @Test func `a read that fails is tried again, and told of once`() async {
        let stage = Stage()
        let (ann, bob) = (FakeSubscriber(), FakeSubscriber())
        _ = await stage.subscribe(ann, stage.plan())
        await stage.answer("1")
        let failure = LiveAnswer.failed(body: ByteBuffer("down"), GatewayError(.unavailable, "down"))
        await stage.commit()
        await stage.answer(failure)
        #expect(ann.told.withLock { $0 } == ["1"])
        // Somebody who has nothing yet is told.
        _ = await stage.subscribe(bob, stage.plan())
        await stage.answer(failure)
        #expect(bob.told.withLock { $0 } == ["down"])
        await stage.answer("2")
        #expect(ann.told.withLock { $0 } == ["1", "2"] && bob.told.withLock { $0 } == ["down", "2"])
        #expect(stage.reported.facts.withLock { $0 } == ["unavailable: down", "recovered"])
    }

    @Test func `a refusal ends it`() async {
        let stage = Stage()
        let ann = FakeSubscriber()
        _ = await stage.subscribe(ann, stage.plan())
        await stage.answer(.refused([GatewayError(.accessDenied, "no")]))
        await stage.commit()
        #expect(ann.told.withLock { $0 } == ["failed: no"])
        #expect(stage.reads() == 1 && stage.live.count == 0)
    }

    @Test func `another project plans each anew, and old answers are dropped`() async {
        let stage = Stage()
        let next = FakeSource()
        let ann = FakeSubscriber([.success(stage.plan([1], generation: 2, reader: next))])
        let bob = FakeSubscriber([.failure(LiveRefusal([GatewayError(.validationFailed, "gone")]))])
        _ = await stage.subscribe(ann, stage.plan())
        _ = await stage.subscribe(bob, stage.plan([2]))
        await stage.answer("1")
        await stage.answer("2")
        await stage.commit()
        await stage.settle { stage.reads() == 4 }
        stage.live.replace(generation: 2, settings: Self.settings)
        await stage.settle { stage.reads(next) == 1 }
        await stage.answer("by rules that hold no more")
        await stage.answer("1", next)
        #expect(ann.told.withLock { $0 } == ["1"])
        #expect(bob.told.withLock { $0 } == ["2", "failed: gone"])
        await stage.commit(generation: 2)
        await stage.answer("3", next)
        #expect(ann.told.withLock { $0 } == ["1", "3"])
    }

    @Test func `reads under way are bounded`() async {
        let stage = Stage()
        for value in 0..<10 { _ = await stage.subscribe(FakeSubscriber(), stage.plan([UInt8(value)])) }
        await stage.settle { stage.reads() == 4 }
        #expect(stage.reads() == 4)
        await stage.answer("x")
        await stage.settle { stage.reads() == 5 }
        for _ in 0..<9 { await stage.answer("x") }
        #expect(stage.reads() == 10)
    }

    @Test func `a result for many is told in slices`() async {
        let stage = Stage()
        let subscribers = (0..<700).map { _ in FakeSubscriber() }
        for subscriber in subscribers { _ = await stage.subscribe(subscriber, stage.plan()) }
        await stage.answer("1")
        await stage.settle { stage.reads() == 2 }
        await stage.answer("1")
        await stage.settle { subscribers.allSatisfy { $0.told.withLock { $0 } == ["1"] } }
    }

    @Test func `a write of unknown outcome is looked for again`() async {
        let stage = Stage()
        let ann = FakeSubscriber()
        _ = await stage.subscribe(ann, stage.plan())
        await stage.answer("1")
        var region = WrittenRegion()
        region.addRows(of: Self.table, of: Self.source)
        stage.live.committed(CommittedWrite(region: region, generation: 1, isCertain: false))
        await stage.answer("1")
        await stage.answer("2")
        #expect(ann.told.withLock { $0 } == ["1", "2"])
    }

    @Test func `an answer that changes by itself is read again`() async {
        let stage = Stage(LiveSettings(window: .milliseconds(5), interval: .milliseconds(20), reads: 4))
        var region = DependencyRegion()
        region.addClock()
        let ann = FakeSubscriber()
        _ = await stage.subscribe(
            ann, LivePlan(key: nil, region: region, generation: 1, reader: stage.reader))
        for text in ["1", "1", "2"] { await stage.answer(text) }
        #expect(ann.told.withLock { $0 } == ["1", "2"])
    }
}
