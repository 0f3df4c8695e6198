// The owner of one `PGresult*`: what came back for one message. https://www.postgresql.org/docs/15/libpq-exec.html

internal import CPostgres
internal import Connectors
internal import Glibc

@safe struct PostgresResult: ~Copyable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe PQclear(pointer)
    }

    var event: PipelineState.Event {
        switch unsafe PQresultStatus(pointer) {
        case PGRES_PIPELINE_SYNC: .synced
        case PGRES_PIPELINE_ABORTED: .skipped
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR: .failure(state: failure.state)
        default: .result
        }
    }

    var isFailure: Bool {
        if case .failure = event { true } else { false }
    }

    /// Of memory, all in all.
    var bytes: Int { unsafe PQresultMemorySize(pointer) }

    var rowCount: Int { unsafe Int(PQntuples(pointer)) }
    var columnCount: Int { unsafe Int(PQnfields(pointer)) }

    /// Rows that a command changed; 0 for a select's.
    var changes: Int { unsafe Int(strtol(PQcmdTuples(pointer), nil, 10)) }

    func isNull(_ row: Int, _ column: Int) -> Bool {
        unsafe PQgetisnull(pointer, Int32(row), Int32(column)) != 0
    }

    /// The bytes of a value; valid as long as the result.
    func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer {
        let start = unsafe PQgetvalue(pointer, Int32(row), Int32(column))
        let count = unsafe PQgetlength(pointer, Int32(row), Int32(column))
        return unsafe UnsafeRawBufferPointer(start: start, count: Int(count))
    }

    func text(_ row: Int, _ column: Int) -> String? {
        isNull(row, column) ? nil : unsafe String(decoding: bytes(row, column), as: UTF8.self)
    }

    /// A number that the gateway's own statement has made; 0 for null.
    func integer(_ row: Int, _ column: Int) -> Int {
        unsafe strtol(PQgetvalue(pointer, Int32(row), Int32(column)), nil, 10)
    }

    /// The one row of a read.
    func onlyRow(cellCount: Int, frame: AnswerFrame? = nil, limit: Int) throws(ConnectorError) -> Rows {
        guard columnCount == cellCount, rowCount == 1 else {
            if rowCount == 0 { throw ConnectorError(.limitExceeded("$"), "the answer is larger than \(limit) bytes") }
            throw ConnectorError(
                .invalidStatement,
                "the statement answered \(rowCount) rows of \(columnCount) columns, not one of \(cellCount)")
        }
        return try rows(0, cells: 0..<cellCount, frame: frame, limit: limit)
    }

    /// One row as cells, or with a frame as the response.
    /// - Parameter cells: the columns of the row that are its answer.
    func rows(
        _ row: Int, cells columns: Range<Int>, frame: AnswerFrame? = nil, limit: Int
    ) throws(ConnectorError) -> Rows {
        if let frame { return try response(row, columns, frame, limit: limit) }
        var cells: [Range<Int>?] = []
        var total = 0
        for column in columns {
            guard !isNull(row, column) else {
                cells.append(nil)
                continue
            }
            let count = unsafe bytes(row, column).count
            cells.append(total..<total + count)
            total += count
        }
        try Self.check(total, limit: limit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(total)
        for column in columns where !isNull(row, column) {
            unsafe bytes.append(contentsOf: self.bytes(row, column))
        }
        return Rows(bytes: bytes, cells: cells)
    }

    /// The pieces of the frame with the cells between them.
    private func response(
        _ row: Int, _ columns: Range<Int>, _ frame: AnswerFrame, limit: Int
    ) throws(ConnectorError) -> Rows {
        precondition(frame.pieces.count == columns.count + 1, "a frame has a place for each cell")
        var total = frame.count
        for column in columns {
            unsafe total += isNull(row, column) ? Self.null.count : bytes(row, column).count
        }
        try Self.check(total, limit: limit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(total)
        bytes.append(contentsOf: frame.pieces[0])
        for (index, column) in columns.enumerated() {
            if isNull(row, column) {
                bytes.append(contentsOf: Self.null)
            } else {
                unsafe bytes.append(contentsOf: self.bytes(row, column))
            }
            bytes.append(contentsOf: frame.pieces[index + 1])
        }
        return Rows(bytes: bytes, cells: [])
    }

    private static let null = Array("null".utf8)

    private static func check(_ total: Int, limit: Int) throws(ConnectorError) {
        guard total <= limit else {
            throw ConnectorError(.limitExceeded("$"), "the answer is larger than \(limit) bytes")
        }
    }

    /// All rows as texts.
    var table: PostgresTable {
        PostgresTable(
            rows: (0..<rowCount).map { row in (0..<columnCount).map { text(row, $0) } },
            types: (0..<columnCount).map { unsafe UInt32(PQftype(pointer, Int32($0))) }, changes: changes)
    }

    var failure: PostgresFailure {
        var failure = unsafe PostgresFailure(
            state: Self.text(perigee_pg_sqlstate(pointer)) ?? "08006",
            message: Self.text(perigee_pg_message(pointer)) ?? Self.line(PQresultErrorMessage(pointer)))
        unsafe failure.table = Self.text(perigee_pg_table(pointer))
        unsafe failure.column = Self.text(perigee_pg_column(pointer))
        unsafe failure.constraint = Self.text(perigee_pg_constraint(pointer))
        unsafe failure.context = Self.text(perigee_pg_context(pointer))
        return failure
    }

    private static func text(_ text: UnsafePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    /// libpq ends its own messages with a line break.
    static func line(_ message: UnsafePointer<CChar>?) -> String {
        let text = unsafe text(message) ?? ""
        return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
