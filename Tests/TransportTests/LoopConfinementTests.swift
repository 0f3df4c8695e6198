// A request never leaves the loop of its connection, whatever its handler waits for.

import Foundation
import HTTP
import Reactor
import Synchronization
import Testing
import Transport

/// A resource that lives on the loop, as a database connection does.
private actor LoopResource {
    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    init(loop: EventLoop) { self.loop = loop }
    func use() async -> Bool {
        await Task.yield()
        return loop.isOnLoop
    }
}

/// A worker thread that answers through the loop's own queue.
private final class Worker: Sendable {
    private let jobs = Mutex<[LoopContinuation<Int>]>([])
    private let semaphore = DispatchSemaphore(value: 0)

    init() {
        Thread.detachNewThread {
            while true {
                self.semaphore.wait()
                let job = self.jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                guard let job else { return }
                job.resume(returning: 42)
            }
        }
    }

    func ask(on loop: EventLoop) async -> Int {
        await loop.wait { continuation in
            jobs.withLock { $0.append(continuation) }
            semaphore.signal()
        }
    }

    func stop() { semaphore.signal() }
}

@Suite(.timeLimit(.minutes(2)))
struct LoopConfinementTests {
    @Test func `every continuation of a request runs on its loop's thread`() async throws {
        let worker = Worker()
        let offLoop = Mutex<[String]>([])
        let handler = ClosureHandler { request, loop in
            @Sendable func check(_ place: String) {
                if !loop.isOnLoop { offLoop.withLock { $0.append(place) } }
            }
            check("at the start")
            let answer = await worker.ask(on: loop)
            check("after the worker")
            if await !LoopResource(loop: loop).use() { check("in the resource") }
            check("after the resource")
            async let child = worker.ask(on: loop)
            await Task.yield()
            check("after a yield")
            let sum = await child + answer
            check("after the child task")
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { @Sendable in check("in a task group") } }
            }
            check("after the task group")
            return HTTPResponse(status: .ok, text: "\(sum)")
        }
        try await withServer(loops: 2, handler: handler) { server, group in
            var before: [LoopCounters] = []
            for loop in group.loops { before.append(await loop.counters()) }
            try await blocking { () throws in
                let clients = try (0..<8).map { _ in try TestClient(port: server.port) }
                for _ in 0..<50 {
                    for client in clients { try client.send(get("/")) }
                    for client in clients { #expect(try client.response().body == "84") }
                }
            }
            #expect(offLoop.withLock { $0 } == [])
            for (loop, before) in zip(group.loops, before) {
                let after = await loop.counters()
                #expect(after.foreignJobs == before.foreignJobs, "a continuation came from another thread")
                #expect(after.foreignClosures - before.foreignClosures >= 400, "the worker's answers")
            }
        }
        worker.stop()
    }

    @Test func `a handler that does not suspend costs one job a request and no thread`() async throws {
        try await withServer { server, group in
            let client = try TestClient(port: server.port)
            try await blocking { _ = try client.exchange(get("/")) }
            let before = await group.loops[0].counters()
            try await blocking { () throws in
                for _ in 0..<100 { _ = try client.exchange(get("/")) }
            }
            let after = await group.loops[0].counters()
            #expect(after.localJobs - before.localJobs == 100)
            #expect(after.foreignJobs == before.foreignJobs)
            // One turn for each request, give or take the counters' own.
            #expect(after.turns - before.turns <= 104)
        }
    }
}
