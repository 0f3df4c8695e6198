// The HTTP client of the gateway (webhook rules, key sets, later deliveries): libcurl on the loop that asks. No redirects,
// a size bound and a timeout on every call, no addresses that are not public unless they are named.

internal import CCurl
package import Reactor
internal import Synchronization

package final class OutboundClient: Sendable {
    private let policy: AddressPolicy
    private let certificates: String?
    private let connections: Int

    private struct State {
        var loops: [ObjectIdentifier: (EventLoop, LoopTransfers)] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())

    private static let isReady = perigee_curl_global_init() == CURLE_OK

    /// - Parameters:
    ///   - certificates: a file of certificate authorities in PEM; the system's without one.
    ///   - connections: open at a time on each loop, idle ones included.
    package init(policy: AddressPolicy = AddressPolicy(), certificates: String? = nil, connections: Int = 64) {
        self.policy = policy
        self.certificates = certificates
        self.connections = connections
    }

    deinit { close() }

    /// Sends a request and waits for the whole answer, whatever its status. Called on `loop`, and resumes there; when the
    /// calling task is cancelled, the transfer ends at once.
    package func send(
        _ request: OutboundRequest, on loop: EventLoop
    ) async throws(OutboundFailure) -> OutboundResponse {
        let transfers = try transfers(of: loop)
        let transfer = try Transfer(request, policy: policy, certificates: certificates)
        let result: TransferResult = await withTaskCancellationHandler {
            await loop.wait { continuation in
                transfer.begin(continuation)
                transfers.start(transfer)
            }
        } onCancel: {
            loop.execute { transfers.cancel(transfer) }
        }
        return try result.get()
    }

    private func transfers(of loop: EventLoop) throws(OutboundFailure) -> LoopTransfers {
        guard Self.isReady else { throw OutboundFailure(.unreachable, "libcurl cannot start") }
        let transfers = state.withLock { state -> LoopTransfers? in
            if state.isClosed { return nil }
            if let (_, known) = state.loops[ObjectIdentifier(loop)] { return known }
            guard let made = LoopTransfers(loop: loop, connections: connections) else { return nil }
            state.loops[ObjectIdentifier(loop)] = (loop, made)
            return made
        }
        guard let transfers else { throw .closed }
        return transfers
    }

    package func close() {
        let loops = state.withLock { state -> [(EventLoop, LoopTransfers)] in
            state.isClosed = true
            defer { state.loops = [:] }
            return Array(state.loops.values)
        }
        for (loop, transfers) in loops { loop.execute { transfers.close() } }
    }
}
