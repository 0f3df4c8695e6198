// A listening HTTP/1.1 server over a group of loops: starts, tells its port, drains, ends.

package import Reactor

package final class HTTPServer: Sendable {
    /// The address it listens on, with the port the system chose if 0 was asked for.
    package let address: SocketAddress
    private let group: EventLoopGroup
    private let acceptor: Acceptor
    private let shards: [ConnectionShard]
    private let total: ConnectionTotal

    package var port: Int { address.port }

    /// Open connections.
    package var connectionCount: Int { total.current }

    /// Binds, listens and accepts. The group stays the caller's and must outlive the server.
    package static func start(
        _ configuration: HTTPServerConfiguration, group: EventLoopGroup, handler: any HTTPHandler
    ) async throws(AddressError) -> HTTPServer {
        let server = try HTTPServer(configuration, group: group, handler: handler)
        let loop = group.loops[0]
        let failure = await loop.wait { (continuation: LoopContinuation<SystemError?>) in
            loop.execute {
                do throws(SystemError) {
                    try server.acceptor.start()
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error)
                }
            }
        }
        if let failure { throw .system(failure) }
        return server
    }

    private init(
        _ configuration: HTTPServerConfiguration, group: EventLoopGroup, handler: any HTTPHandler
    ) throws(AddressError) {
        let socket = try Socket.listen(
            host: configuration.host, port: configuration.port, backlog: configuration.backlog)
        do {
            address = try socket.localAddress()
        } catch {
            throw .system(error)
        }
        let total = ConnectionTotal(maximum: configuration.maximumConnections)
        let shards = group.loops.map {
            ConnectionShard(loop: $0, handler: handler, configuration: configuration, total: total)
        }
        self.group = group
        self.total = total
        self.shards = shards
        acceptor = Acceptor(socket: socket, group: group, shards: shards, total: total)
    }

    /// Connections accepted from now on are secured by this one. Only for a server that was started with one; from any
    /// thread.
    package func secure(with tls: TLSContext) {
        for shard in shards { shard.loop.execute { shard.secure(with: tls) } }
    }

    /// Stops accepting, closes idle connections, lets requests in flight finish (their responses say
    /// `Connection: close`), and after `deadline` cuts what is left. Returns how many connections were cut. Once.
    @discardableResult
    package func shutdown(deadline: Duration) async -> Int {
        let loop = group.loops[0]
        let acceptor = acceptor
        await loop.wait { continuation in
            loop.execute {
                acceptor.close()
                continuation.resume(returning: ())
            }
        }
        return await withTaskGroup(of: Int.self) { tasks in
            for shard in shards {
                tasks.addTask { await shard.drain(deadline: deadline) }
            }
            return await tasks.reduce(0, +)
        }
    }
}
