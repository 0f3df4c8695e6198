// The transfers of one loop: libcurl's multi handle, whose sockets and timer are the loop's own
// (https://curl.se/libcurl/c/libcurl-multi.html, "multi_socket"). libcurl looks up names on threads of its own.

internal import CCurl
internal import Glibc
internal import Reactor

// Unchecked: touched by its loop's thread only, libcurl's callbacks included.
@safe final class LoopTransfers: @unchecked Sendable {
    private let loop: EventLoop
    private let multi: UnsafeMutableRawPointer
    /// By address of the easy handle, which is how libcurl names them.
    private var running: [UInt: Transfer] = [:]
    private var sockets: [Int32: WatchedSocket] = [:]
    private var timer: TimerID?
    private var isClosed = false

    init?(loop: EventLoop, connections: Int) {
        guard let multi = unsafe curl_multi_init() else { return nil }
        self.loop = loop
        unsafe self.multi = multi
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe perigee_curl_multi_set_callbacks(multi, transfersSocket, transfersTimer, context)
        unsafe perigee_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
        unsafe perigee_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections)
    }

    deinit {
        // Nobody is told any more; nothing runs unless the loop has stopped before it could be told to close.
        unsafe perigee_curl_multi_set_callbacks(multi, nil, nil, nil)
        for transfer in running.values { unsafe curl_multi_remove_handle(multi, transfer.handle) }
        unsafe curl_multi_cleanup(multi)
    }

    func start(_ transfer: Transfer) {
        loop.preconditionOnLoop()
        guard !isClosed else { return transfer.finish(.failure(.closed)) }
        running[transfer.address] = transfer
        let code = unsafe curl_multi_add_handle(multi, transfer.handle)
        if code != CURLM_OK { end(transfer, .failure(OutboundFailure(.unreachable, Self.text(code)))) }
    }

    func cancel(_ transfer: Transfer) {
        loop.preconditionOnLoop()
        end(transfer, .failure(OutboundFailure(.cancelled, "the caller has gone")))
    }

    /// Ends what is under way, and every connection.
    func close() {
        loop.preconditionOnLoop()
        isClosed = true
        for transfer in Array(running.values) { end(transfer, .failure(.closed)) }
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    private func end(_ transfer: Transfer, _ result: TransferResult) {
        guard running.removeValue(forKey: transfer.address) != nil else { return }
        unsafe curl_multi_remove_handle(multi, transfer.handle)
        transfer.finish(result)
    }

    private static func text(_ code: CURLMcode) -> String { unsafe String(cString: curl_multi_strerror(code)) }

    // MARK: Events in

    fileprivate func act(_ socket: Int32, _ events: Int32) {
        var count: Int32 = 0
        unsafe curl_multi_socket_action(multi, socket, events, &count)
        takeResults()
    }

    private func takeResults() {
        var remaining: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &remaining) {
            var code = CURLE_OK
            guard let handle = unsafe perigee_curl_done(message, &code),
                let transfer = running[UInt(bitPattern: handle)]
            else {
                continue
            }
            end(transfer, transfer.result(code))
        }
    }

    // MARK: What libcurl asks for; none of it calls libcurl

    fileprivate func watch(_ socket: Int32, _ what: Int32) {
        switch what {
        case CURL_POLL_REMOVE: sockets.removeValue(forKey: socket)?.end()
        case CURL_POLL_IN: watch(socket, [.readable])
        case CURL_POLL_OUT: watch(socket, [.writable])
        default: watch(socket, Readiness.readable.union(.writable))
        }
    }

    private func watch(_ socket: Int32, _ interest: Readiness) {
        if let known = sockets[socket] { return known.update(interest) }
        sockets[socket] = WatchedSocket(socket, loop: loop, interest: interest, owner: self)
    }

    fileprivate func setTimer(_ milliseconds: Int) {
        if let timer { loop.cancel(timer) }
        timer = nil
        guard milliseconds >= 0, !isClosed else { return }
        timer = loop.schedule(after: .milliseconds(milliseconds)) { [weak self] in
            guard let self else { return }
            timer = nil
            act(perigee_curl_timeout_socket(), 0)
        }
    }

    static func of(_ context: UnsafeMutableRawPointer) -> LoopTransfers {
        unsafe Unmanaged<LoopTransfers>.fromOpaque(context).takeUnretainedValue()
    }
}

/// A socket of libcurl's under the eyes of the loop. Unchecked: touched by the loop's thread only.
private final class WatchedSocket: ReadinessHandler, @unchecked Sendable {
    private let socket: Int32
    private let loop: EventLoop
    private weak var owner: LoopTransfers?
    private var registration: Registration?

    init(_ socket: Int32, loop: EventLoop, interest: Readiness, owner: LoopTransfers) {
        self.socket = socket
        self.loop = loop
        self.owner = owner
        // Out of memory or descriptors: the transfer runs into its timeout.
        registration = try? loop.register(socket, interest: interest, handler: self)
    }

    func update(_ interest: Readiness) {
        guard let registration else { return }
        try? loop.update(registration, interest: interest)
    }

    func end() {
        if let registration { loop.deregister(registration, closing: false) }
        registration = nil
    }

    func ready(_ readiness: Readiness) {
        var events: Int32 = 0
        if !readiness.intersection([.readable, .hangup, .peerClosed]).isEmpty { events |= CURL_CSELECT_IN }
        if readiness.contains(.writable) { events |= CURL_CSELECT_OUT }
        if readiness.contains(.failed) { events |= CURL_CSELECT_ERR }
        owner?.act(socket, events)
    }
}

extension OutboundFailure {
    static let closed = OutboundFailure(.cancelled, "the gateway is closing")
}

private func transfersSocket(
    easy: UnsafeMutableRawPointer?, socket: curl_socket_t, what: Int32, context: UnsafeMutableRawPointer?,
    socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    if let context = unsafe context { unsafe LoopTransfers.of(context).watch(socket, what) }
    return 0
}

private func transfersTimer(
    multi: UnsafeMutableRawPointer?, milliseconds: Int, context: UnsafeMutableRawPointer?
) -> Int32 {
    if let context = unsafe context { unsafe LoopTransfers.of(context).setTimer(milliseconds) }
    return 0
}
