// Answers that come by a call, over real sockets.
import Foundation
import HTTP
import Reactor
import Synchronization
import Testing
import Transport

/// Promises every answer, and keeps the promises when it is told to, in the order given.
private final class PromisingHandler: HTTPHandler, Sendable {
    final class Work: CancellableWork {
        let isCancelled = Flag()
        private let whenCancelled: @Sendable () -> Void

        init(_ whenCancelled: @escaping @Sendable () -> Void) { self.whenCancelled = whenCancelled }

        func cancel() {
            isCancelled.set(true)
            whenCancelled()
        }
    }

    struct Promise: Sendable {
        let path: String
        let answer: PromisedAnswer
        let work: Work
        let loop: EventLoop

        func keep(_ answer: HTTPAnswer? = nil) {
            loop.execute { self.answer.fulfil(answer ?? .ready(HTTPResponse(status: .ok, text: path))) }
        }
    }

    private let promises = Mutex<[Promise]>([])
    private let keepsAtOnce: Bool

    init(keepsAtOnce: Bool = false) { self.keepsAtOnce = keepsAtOnce }

    var made: [Promise] { promises.withLock { $0 } }

    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        let answer = PromisedAnswer(on: loop)
        let path = String(decoding: request.path, as: UTF8.self)
        let work = Work { answer.fulfil(.ready(HTTPResponse(status: .ok, text: "cancelled"))) }
        if keepsAtOnce { answer.fulfil(.ready(HTTPResponse(status: .ok, text: path))) }
        answer.begun(work)
        promises.withLock { $0.append(Promise(path: path, answer: answer, work: work, loop: loop)) }
        return .promised(answer)
    }
}

@Suite(.timeLimit(.minutes(2)))
struct PromisedAnswerTests {
    @Test func `an answer is sent when its promise is kept, and the next request waits for it`() async throws {
        let handler = PromisingHandler()
        try await withServer(handler: handler) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { try client.send(get("/1") + get("/2")) }
            #expect(await eventually { handler.made.count == 1 })
            handler.made[0].keep()
            #expect(try await blocking { try client.response() }.body == "/1")
            #expect(await eventually { handler.made.count == 2 })
            handler.made[1].keep()
            #expect(try await blocking { try client.response() }.body == "/2")
            #expect(!handler.made.contains { $0.work.isCancelled.value })
        }
    }

    @Test func `a promise that was kept before it was given is an answer`() async throws {
        let handler = PromisingHandler(keepsAtOnce: true)
        try await withServer(handler: handler) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { try client.send(get("/1") + get("/2")) }
            #expect(try await blocking { try client.response() }.body == "/1")
            #expect(try await blocking { try client.response() }.body == "/2")
        }
    }

    @Test func `promises of several connections are kept in any order`() async throws {
        let handler = PromisingHandler()
        try await withServer(handler: handler) { server, _ in
            let clients = try (0..<4).map { _ in try TestClient(port: server.port) }
            for (number, client) in clients.enumerated() {
                try await blocking { try client.send(get("/\(number)")) }
            }
            #expect(await eventually { handler.made.count == 4 })
            for promise in handler.made.reversed() { promise.keep() }
            for (number, client) in clients.enumerated() {
                #expect(try await blocking { try client.response() }.body == "/\(number)")
            }
        }
    }

    @Test func `a promise may lead to an answer that has to be waited for`() async throws {
        let handler = PromisingHandler()
        try await withServer(handler: handler) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { try client.send(get("/1")) }
            #expect(await eventually { handler.made.count == 1 })
            let loop = handler.made[0].loop
            handler.made[0].keep(
                .later {
                    try? await loop.sleep(for: .milliseconds(2))
                    return HTTPResponse(status: .ok, text: "later")
                })
            #expect(try await blocking { try client.response() }.body == "later")
        }
    }

    @Test func `what is under way is cancelled when the client is gone`() async throws {
        let handler = PromisingHandler()
        try await withServer(handler: handler) { server, _ in
            var client: TestClient? = try TestClient(port: server.port)
            try await blocking { [client] in try client?.send(get("/1")) }
            #expect(await eventually { handler.made.count == 1 })
            #expect(!handler.made[0].work.isCancelled.value)
            client = nil
            #expect(await eventually { handler.made[0].work.isCancelled.value })
        }
    }

    @Test func `a shutdown waits for promises, and cancels what is late`() async throws {
        let handler = PromisingHandler()
        try await withServer(handler: handler) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { try client.send(get("/1")) }
            #expect(await eventually { handler.made.count == 1 })
            let cut = await server.shutdown(deadline: .milliseconds(30))
            #expect(cut == 1)
            #expect(handler.made[0].work.isCancelled.value)
        }
    }

    @Test func `a task can wait for a promise, and cancels its work when it is cancelled`() async throws {
        let group = try EventLoopGroup(count: 1, name: "test")
        let loop = group.loops[0]
        let promise = PromisedAnswer(on: loop)
        let work = PromisingHandler.Work { promise.fulfil(.ready(HTTPResponse(status: .ok, text: "cancelled"))) }
        let body = Mutex("")
        let task = loop.task {
            promise.begun(work)
            let response = await HTTPAnswer.promised(promise).response
            body.withLock { $0 = String(decoding: response.body, as: UTF8.self) }
        }
        task.cancel()
        await task.value
        #expect(work.isCancelled.value)
        #expect(body.withLock { $0 } == "cancelled")
        try await blocking { group.stop() }
    }
}
