// Listening sockets, address errors that a person can act on, signals, and the owner of a descriptor.

import Foundation
import Reactor
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SocketTests {
    @Test func `port 0 gives a real port`() throws {
        let socket = try Socket.listen(host: "127.0.0.1", port: 0, backlog: 8)
        let address = try socket.localAddress()
        #expect(address.port > 0)
        #expect(address.description == "127.0.0.1:\(address.port)")
        _ = consume socket
    }

    @Test func `a port in use is named in the error`() throws {
        let socket = try Socket.listen(host: "127.0.0.1", port: 0, backlog: 8)
        let port = try socket.localAddress().port
        #expect(throws: AddressError.inUse(host: "127.0.0.1", port: port)) {
            _ = try Socket.listen(host: "127.0.0.1", port: port, backlog: 8)
        }
        #expect(AddressError.inUse(host: "h", port: 1).description.contains("h:1 is in use"))
        _ = consume socket
    }

    @Test(arguments: [-1, 65536, 1_000_000])
    func `an impossible port is refused`(_ port: Int) {
        #expect(throws: AddressError.invalidPort(port)) {
            _ = try Socket.listen(host: "127.0.0.1", port: port, backlog: 8)
        }
    }

    @Test func `a name that does not resolve is named in the error`() {
        do {
            _ = try Socket.listen(host: "no such host.invalid", port: 0, backlog: 8)
            Issue.record("it listened")
        } catch {
            guard case .unknownHost("no such host.invalid", _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `an address of another machine is refused`() {
        #expect(throws: AddressError.notLocal(host: "192.0.2.1", port: 4000)) {
            _ = try Socket.listen(host: "192.0.2.1", port: 4000, backlog: 8)
        }
    }

    @Test func `a connection attempt nobody answers reports its error`() async throws {
        let socket = try Socket.listen(host: "127.0.0.1", port: 0, backlog: 8)
        let port = try socket.localAddress().port
        _ = consume socket
        let address = try #require(try SocketAddress.resolve(host: "127.0.0.1", port: port).first)
        do {
            let client = try Socket.connect(to: address)
            var poller = pollfd(fd: client.raw, events: Int16(POLLOUT), revents: 0)
            #expect(unsafe poll(&poller, 1, 10_000) == 1)
            #expect(client.takeError()?.number == ECONNREFUSED)
        } catch {
            #expect(error.number == ECONNREFUSED)
        }
    }

    @Test func `a descriptor is closed with its owner, once, or given away`() {
        var ends: [Int32] = [-1, -1]
        #expect(unsafe pipe(&ends) == 0)
        var first = FileDescriptor(owning: ends[0])
        first.close()
        first.close()
        let isOpen = first.isOpen
        #expect(!isOpen)
        #expect(fcntl(ends[0], F_GETFD) == -1)
        var second = FileDescriptor(owning: ends[1])
        let raw = second.release()
        _ = consume second
        #expect(fcntl(raw, F_GETFD) >= 0)
        _ = FileDescriptor(owning: raw)
        #expect(fcntl(raw, F_GETFD) == -1)
    }

    @Test func `a signal arrives on the loop`() async throws {
        let loop = try EventLoop(name: "signals")
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        // SIGUSR1: the tests of the process live on.
        try SignalWatcher.watch([SIGUSR1], on: loop) { number in
            if loop.isOnLoop { continuation.yield(number) }
        }
        kill(getpid(), SIGUSR1)
        var iterator = signals.makeAsyncIterator()
        #expect(await iterator.next() == SIGUSR1)
        loop.stop()
    }

    @Test func `errors say the call and the system's words`() {
        #expect(SystemError(call: "bind", number: EADDRINUSE).description == "bind: Address already in use")
    }
}
