// The owner of one `PGconn*`. Two ways to use it: blocking, for what happens once when a project loads, and in pipeline
// mode without blocking, for statements (`PostgresConnection`). https://www.postgresql.org/docs/15/libpq-async.html

internal import CPostgres
internal import Connectors
internal import Glibc

@safe struct PostgresHandle: ~Copyable {
    enum Progress: Sendable, Hashable {
        case wantsToRead
        case wantsToWrite
        case connected
    }

    private let connection: OpaquePointer

    /// Begins to connect; `poll` goes on. It may read files (passwords, services), so not on a loop.
    init(starting settings: [PostgresTarget.Setting]) throws(ConnectorError) {
        let started = unsafe Self.withArrays(settings) { unsafe PQconnectStartParams($0, $1, 1) }
        try unsafe self.init(started)
    }

    /// Connects, and waits for it.
    init(connecting settings: [PostgresTarget.Setting]) throws(ConnectorError) {
        let connected = unsafe Self.withArrays(settings) { unsafe PQconnectdbParams($0, $1, 1) }
        try unsafe self.init(connected)
    }

    private init(_ connection: OpaquePointer?) throws(ConnectorError) {
        unsafe self.connection = try unsafe Self.checked(connection)
    }

    private static func checked(_ connection: OpaquePointer?) throws(ConnectorError) -> OpaquePointer {
        guard let connection = unsafe connection else {
            throw ConnectorError(.unavailable, "there is no memory left for a connection")
        }
        guard unsafe PQstatus(connection) != CONNECTION_BAD else {
            let words = unsafe PostgresResult.line(PQerrorMessage(connection))
            unsafe PQfinish(connection)
            throw ConnectorError(.unavailable, words)
        }
        unsafe perigee_pg_drop_notices(connection)
        return unsafe connection
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// libpq's words for the last failure of the connection, on one line; they name hosts and users, no passwords.
    var message: String { unsafe PostgresResult.line(PQerrorMessage(connection)) }

    /// -1 while there is none.
    var socket: Int32 { unsafe PQsocket(connection) }

    private static func withArrays<Result>(
        _ settings: [PostgresTarget.Setting],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = unsafe settings.map { unsafe (strdup($0.keyword), strdup($0.value)) }
        defer {
            for index in unsafe copies.indices {
                unsafe free(copies[index].0)
                unsafe free(copies[index].1)
            }
        }
        let keywords = unsafe copies.map { unsafe UnsafePointer($0.0) as UnsafePointer<CChar>? } + [nil]
        let values = unsafe copies.map { unsafe UnsafePointer($0.1) as UnsafePointer<CChar>? } + [nil]
        return unsafe keywords.withUnsafeBufferPointer { keywords in
            unsafe values.withUnsafeBufferPointer { values in
                guard let first = keywords.baseAddress, let second = values.baseAddress else {
                    preconditionFailure("both arrays end in a null")
                }
                return unsafe body(first, second)
            }
        }
    }

    // MARK: Connecting without blocking

    /// One step; to be called when the socket is ready for what the step before asked for. The socket may be another one
    /// afterwards.
    borrowing func poll() throws(ConnectorError) -> Progress {
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_READING: return .wantsToRead
        case PGRES_POLLING_WRITING: return .wantsToWrite
        case PGRES_POLLING_OK: return .connected
        default: throw ConnectorError(.unavailable, message)
        }
    }

    /// To be called once, when connected.
    borrowing func enterPipeline() throws(ConnectorError) {
        guard unsafe PQsetnonblocking(connection, 1) == 0, unsafe PQenterPipelineMode(connection) == 1 else {
            throw ConnectorError(.unavailable, message)
        }
    }

    // MARK: Sending: false where the connection is gone

    borrowing func sendPrepare(name: String, text: String) -> Bool {
        unsafe PQsendPrepare(connection, name, text, 0, nil) == 1
    }

    borrowing func sendExecute(name: String, _ parameters: EncodedParameters) -> Bool {
        unsafe parameters.withPointers { values, count in
            unsafe PQsendQueryPrepared(connection, name, count, values, nil, nil, 0) == 1
        }
    }

    borrowing func sendQuery(_ text: String, _ parameters: EncodedParameters) -> Bool {
        unsafe parameters.withPointers { values, count in
            unsafe PQsendQueryParams(connection, text, count, nil, values, nil, nil, 0) == 1
        }
    }

    /// Ends a batch, and sends what was collected.
    borrowing func sync() -> Bool { unsafe PQpipelineSync(connection) == 1 }

    /// Whether all is sent; `nil` where the connection is gone.
    borrowing func flush() -> Bool? {
        switch unsafe PQflush(connection) {
        case 0: true
        case 1: false
        default: nil
        }
    }

    // MARK: Receiving

    /// Takes what the socket has; false where the connection is gone.
    borrowing func consumeInput() -> Bool { unsafe PQconsumeInput(connection) == 1 }

    /// Whether the next result is still to come.
    borrowing func isBusy() -> Bool { unsafe PQisBusy(connection) == 1 }

    /// `nil` between the results of two statements.
    borrowing func nextResult() -> PostgresResult? {
        guard let pointer = unsafe PQgetResult(connection) else { return nil }
        return unsafe PostgresResult(pointer)
    }

    /// What cancels the statement that runs here, whatever it is then; from another thread.
    borrowing func canceller() -> PostgresCanceller? {
        unsafe PQgetCancel(connection).map { unsafe PostgresCanceller($0) }
    }

    // MARK: Blocking

    /// Runs one statement and waits.
    borrowing func run(_ text: String, _ parameters: [String] = []) throws(ConnectorError) -> PostgresTable {
        try run(text, EncodedParameters(texts: parameters))
    }

    borrowing func run(_ text: String, _ parameters: EncodedParameters) throws(ConnectorError) -> PostgresTable {
        let pointer = unsafe parameters.withPointers { values, count in
            unsafe PQexecParams(connection, text, count, nil, values, nil, nil, 0)
        }
        return try unsafe finish(pointer)
    }

    /// Runs several statements without results, as one transaction unless they say otherwise.
    borrowing func runScript(_ text: String) throws(ConnectorError) {
        _ = try unsafe finish(PQexec(connection, text))
    }

    /// Whether the server accepts a statement; nothing runs.
    borrowing func check(_ text: String) throws(ConnectorError) {
        _ = try unsafe finish(PQprepare(connection, "", text, 0, nil))
    }

    private borrowing func finish(_ pointer: OpaquePointer?) throws(ConnectorError) -> PostgresTable {
        guard let pointer = unsafe pointer else { throw ConnectorError(.unavailable, message) }
        let result = unsafe PostgresResult(pointer)
        guard !result.isFailure else { throw result.failure.error }
        return result.table
    }
}

/// A `PGcancel*`: it knows the server and the backend, and opens a connection of its own for the one message.
/// Unchecked: handed from the loop to the one thread that uses it.
@safe final class PostgresCanceller: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe PQfreeCancel(pointer)
    }

    /// Waits until the server has taken the message. Blocks: never on a loop.
    func cancel() {
        var message = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(pointer, &message, Int32(message.count))
    }
}

extension EncodedParameters {
    /// The values as libpq takes them, for the duration of the call.
    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, Int32) -> Result
    ) -> Result {
        unsafe bytes.withUnsafeBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: max(offsets.count, 1))
            {
                pointers in
                for (index, offset) in offsets.enumerated() {
                    unsafe pointers[index] = offset < 0 ? nil : unsafe start?.advanced(by: offset)
                }
                return unsafe body(UnsafePointer(pointers.baseAddress), Int32(offsets.count))
            }
        }
    }
}
