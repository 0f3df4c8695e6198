// GraphQL over one WebSocket without the socket: messages and outcomes in, what is to be done out. Both sub-protocols are
// this one machine; where they differ, the line says so. `GraphQLOverWebSocketSession` does what it says.
//
//     client                          gateway
//     connection_init          →
//                              ←      connection_ack (legacy: and ka)
//     subscribe (start) id     →
//                              ←      next (data) id …
//                              ←      complete id, or error id
//     complete (stop) id       →
//
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
// https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md
package import Base

package struct GraphQLOverWebSocketEngine: Sendable {
    /// What is to be done, in order.
    package enum Action: Sendable {
        /// With the payload of `connection_init`; `authenticated` or `refused` is to follow.
        case authenticate(JSONObject?)
        /// `next` and then `ended` are to follow, with this number.
        case begin(number: UInt64, GraphQLRequest)
        /// Nobody waits for it any more; `ended` is to follow all the same, once nothing is done for it.
        case cancel(number: UInt64)
        case send(GraphQLServerMessage)
        /// Nothing follows.
        case close(GraphQLCloseCode, reason: String)
    }

    private enum Phase {
        /// For `connection_init`. → authenticating, closed
        case waiting
        /// → ready, closed
        case authenticating
        /// → closed
        case ready
        case closed
    }

    private struct Operation {
        let id: String
        let isSubscription: Bool
        /// The result that has not been sent; a newer one takes its place.
        var pending: [UInt8]?
        /// Once it is over, the errors that ended it: its last message has not been sent.
        var end: [GatewayError]?

        var isWaiting: Bool { pending != nil || end != nil }
    }

    package let subprotocol: GraphQLSubprotocol
    private let limits: RequestLimits
    /// Operations of one connection, those that are being given up included.
    private let maximum: Int
    private var phase = Phase.waiting
    /// By their numbers, which results come with.
    private var operations: [UInt64: Operation] = [:]
    private var numbers: [String: UInt64] = [:]
    private var lastNumber: UInt64 = 0
    /// Given up, and still at work.
    private var cancelled: Set<UInt64> = []
    /// Operations with something to send, in the order in which it came.
    private var waiting: [UInt64] = []
    /// Legacy clients ask before they are acknowledged.
    private var held: [(id: String, request: Result<GraphQLRequest, GatewayError>)] = []
    /// Whether the errors of this caller say what the surroundings said.
    private var showsInternals = false
    private var isDraining = false

    package init(_ subprotocol: GraphQLSubprotocol, limits: RequestLimits, maximum: Int) {
        self.subprotocol = subprotocol
        self.limits = limits
        self.maximum = maximum
    }

    /// Bytes, or about as many, of what has waited longest for room; `nil` where nothing waits.
    var pendingBytes: Int? {
        guard let number = waiting.first else { return nil }
        return operations[number]?.pending?.count ?? 0
    }
    package var isAcknowledged: Bool { if case .ready = phase { true } else { false } }
    package var isClosed: Bool { if case .closed = phase { true } else { false } }

    /// Whether `ended` has not been told of it.
    func isUnderWay(_ number: UInt64) -> Bool {
        cancelled.contains(number) || operations[number].map { $0.end == nil } ?? false
    }

    // MARK: From the client

    /// - Parameter isSubscription: whether what a request asks for is one; asked for each that is to begin.
    package mutating func received(
        _ message: Span<UInt8>, isSubscription: (GraphQLRequest) -> Bool
    ) -> [Action] {
        if isClosed { return [] }
        do throws(GraphQLClientMessage.Malformed) {
            return take(try GraphQLClientMessage.parse(message, subprotocol, limits: limits), isSubscription)
        } catch {
            return close(.badRequest, error.reason)
        }
    }

    package mutating func receivedBinary() -> [Action] {
        close(.badRequest, "Messages are text.")
    }

    private mutating func take(
        _ message: GraphQLClientMessage, _ isSubscription: (GraphQLRequest) -> Bool
    ) -> [Action] {
        switch message {
        case .connectionInit(let payload):
            guard case .waiting = phase else { return close(.tooManyInitialisations, nil) }
            phase = .authenticating
            return [.authenticate(payload)]
        case .subscribe(let id, let request):
            switch (phase, subprotocol) {
            case (.ready, _): return subscribe(id, request, isSubscription)
            case (_, .transport): return close(.unauthorized, nil)
            case (.authenticating, .legacy): return hold(id, request)
            case (.waiting, .legacy), (.closed, .legacy):
                return [error(id, [GatewayError(.badRequest, "\"connection_init\" comes before \"start\".")])]
            }
        case .complete(let id):
            held.removeAll { $0.id == id }
            return abandon(id)
        case .ping(let payload): return [.send(.pong(payload))]
        case .pong: return []
        case .terminate: return close(.normal, "")
        }
    }

    private mutating func subscribe(
        _ id: String, _ request: Result<GraphQLRequest, GatewayError>, _ isSubscription: (GraphQLRequest) -> Bool
    ) -> [Action] {
        var actions: [Action] = []
        if numbers[id] != nil {
            // Legacy clients say by it that they no longer want the first.
            guard subprotocol == .legacy else { return close(.duplicate, "Subscriber for \(id) already exists") }
            actions = abandon(id)
        }
        // The connection is about to end, and the client will ask whoever is there then.
        if isDraining { return actions }
        switch request {
        case .failure(let error): return actions + [self.error(id, [error])]
        case .success(let request):
            guard operations.count + cancelled.count < maximum else {
                return actions + [
                    error(
                        id,
                        [
                            GatewayError(
                                exceeded: .perConnection,
                                "A connection has at most \(maximum) operations at a time.")
                        ])
                ]
            }
            lastNumber += 1
            operations[lastNumber] = Operation(id: id, isSubscription: isSubscription(request))
            numbers[id] = lastNumber
            return actions + [.begin(number: lastNumber, request)]
        }
    }

    private mutating func hold(_ id: String, _ request: Result<GraphQLRequest, GatewayError>) -> [Action] {
        held.removeAll { $0.id == id }
        guard held.count < Self.heldRequests else {
            return [
                error(
                    id,
                    [
                        GatewayError(
                            exceeded: .perConnection,
                            "At most \(Self.heldRequests) operations wait for \"connection_ack\".")
                    ])
            ]
        }
        held.append((id, request))
        return []
    }

    /// Requests that wait while credentials are looked at.
    private static let heldRequests = 16

    /// What `id` stands for is not wanted any more; an unknown one has ended already.
    private mutating func abandon(_ id: String) -> [Action] {
        guard let number = numbers[id], let operation = remove(number) else { return [] }
        let isOver = operation.end != nil
        if !isOver { cancelled.insert(number) }
        return (isOver ? [] : [.cancel(number: number)]) + leaveIfDrained()
    }

    private mutating func remove(_ number: UInt64) -> Operation? {
        guard let operation = operations.removeValue(forKey: number) else { return nil }
        numbers[operation.id] = nil
        if operation.isWaiting { waiting.removeAll { $0 == number } }
        return operation
    }

    // MARK: From the gateway

    package mutating func authenticated(
        showsInternals: Bool, isSubscription: (GraphQLRequest) -> Bool
    ) -> [Action] {
        guard case .authenticating = phase else { return [] }
        phase = .ready
        self.showsInternals = showsInternals
        var actions: [Action] = [.send(.acknowledgement)]
        if subprotocol == .legacy { actions.append(.send(.keepAlive)) }
        let held = held
        self.held = []
        for (id, request) in held { actions += subscribe(id, request, isSubscription) }
        return actions
    }

    /// The credentials do not hold; also when they no longer do: what they carried ends with the error.
    package mutating func refused(_ error: GatewayError) -> [Action] {
        switch phase {
        case .closed, .waiting: return []
        case .authenticating:
            let told: [Action] = subprotocol == .legacy ? [.send(.connectionError(error))] : []
            return told + close(.refusing(error), error.message)
        case .ready:
            // In the order in which they began.
            let told = operations.sorted { $0.key < $1.key }.map { self.error($0.value.id, [error]) }
            return told + close(.refusing(error), error.message)
        }
    }

    /// Where no `connection_init` has come in its time.
    package mutating func initTimedOut() -> [Action] {
        guard case .waiting = phase else { return [] }
        return close(.initTimeout, nil)
    }

    /// A result. It is kept while there is no room for it, and then the newest is sent.
    package mutating func next(_ number: UInt64, _ result: [UInt8], hasRoom: Bool) -> [Action] {
        guard let operation = operations[number], operation.end == nil else { return [] }
        if hasRoom, waiting.isEmpty { return [.send(.next(operation.id, result, subprotocol))] }
        if !operation.isWaiting { waiting.append(number) }
        operations[number]?.pending = result
        return []
    }

    /// Nothing is done for it any more. Its last message comes after its last result, unless that is an error.
    /// - Parameter errors: those that ended it; empty where it is complete.
    package mutating func ended(_ number: UInt64, _ errors: [GatewayError] = [], hasRoom: Bool) -> [Action] {
        if cancelled.remove(number) != nil { return leaveIfDrained() }
        guard let operation = operations[number], operation.end == nil else { return [] }
        if hasRoom, waiting.isEmpty { return end(number, errors) }
        if !operation.isWaiting { waiting.append(number) }
        operations[number]?.end = errors
        if !errors.isEmpty { operations[number]?.pending = nil }
        return []
    }

    private mutating func end(_ number: UInt64, _ errors: [GatewayError]) -> [Action] {
        guard let id = remove(number)?.id else { return [] }
        return [errors.isEmpty ? .send(.complete(id)) : error(id, errors)] + leaveIfDrained()
    }

    /// What has waited longest, now that there is room.
    package mutating func takePending() -> [Action] {
        guard let number = waiting.first, let operation = operations[number] else { return [] }
        guard let result = operation.pending else { return end(number, operation.end ?? []) }
        operations[number]?.pending = nil
        if operation.end == nil { waiting.removeFirst() }
        return [.send(.next(operation.id, result, subprotocol))]
    }

    /// Legacy clients are told that the connection lives, where nothing else tells them.
    package func keepAlive(hasRoom: Bool) -> [Action] {
        subprotocol == .legacy && isAcknowledged && hasRoom ? [.send(.keepAlive)] : []
    }

    /// The server ends: queries and mutations are answered, subscriptions will be asked for again elsewhere.
    package mutating func drain() -> [Action] {
        isDraining = true
        return leaveIfDrained()
    }

    private mutating func leaveIfDrained() -> [Action] {
        guard isDraining, !operations.values.contains(where: { !$0.isSubscription }), held.isEmpty else { return [] }
        return close(.goingAway, "The server is shutting down")
    }

    /// The socket is gone, whoever closed it.
    package mutating func closed() -> [Action] {
        guard !isClosed else { return [] }
        return end()
    }

    // MARK: The end

    /// - Parameter reason: `nil` for the code's own.
    private mutating func close(_ code: GraphQLCloseCode, _ reason: String?) -> [Action] {
        guard !isClosed else { return [] }
        return end() + [.close(code, reason: reason ?? code.reason)]
    }

    /// Gives up what is under way.
    private mutating func end() -> [Action] {
        phase = .closed
        let begun = operations.filter { $0.value.end == nil }.keys.sorted()
        operations = [:]
        numbers = [:]
        waiting = []
        held = []
        return begun.map { .cancel(number: $0) }
    }

    private func error(_ id: String, _ errors: [GatewayError]) -> Action {
        .send(.error(id, errors, internals: showsInternals, subprotocol))
    }
}

/// Why the gateway closes. The 44xx are those of graphql-transport-ws, which legacy clients pass on as they come.
package enum GraphQLCloseCode: UInt16, Sendable {
    case normal = 1000
    case goingAway = 1001
    /// A bug of the gateway.
    case internalError = 1011
    /// The surroundings do not work: the same may succeed later.
    case tryAgainLater = 1013
    case badRequest = 4400
    /// Something was asked before the connection was acknowledged.
    case unauthorized = 4401
    /// The credentials do not hold, or no longer. Not 4401, after which clients never come back: after this one they
    /// connect anew, with credentials that they ask for anew.
    case forbidden = 4403
    case subprotocol = 4406
    case initTimeout = 4408
    case duplicate = 4409
    case tooManyInitialisations = 4429

    static func refusing(_ error: GatewayError) -> GraphQLCloseCode {
        switch error.code.party {
        case .caller: .forbidden
        case .surroundings: .tryAgainLater
        case .gateway: .internalError
        }
    }

    /// As the protocol words it.
    var reason: String {
        switch self {
        case .normal: ""
        case .goingAway: "The server is shutting down"
        case .internalError: "Internal error"
        case .tryAgainLater: "Try again later"
        case .badRequest: "Invalid message"
        case .unauthorized: "Unauthorized"
        case .forbidden: "Forbidden"
        case .subprotocol: "Subprotocol not acceptable"
        case .initTimeout: "Connection initialisation timeout"
        case .duplicate: "Subscriber already exists"
        case .tooManyInitialisations: "Too many initialisation requests"
        }
    }
}
