// The C interface of an SQL function as typed values: its arguments and its one result.
// https://sqlite.org/c3ref/context.html

internal import CSQLite

/// One call from SQLite; valid while the call lasts.
@safe struct FunctionCall {
    private let context: OpaquePointer
    let count: Int
    private let arguments: UnsafeMutablePointer<OpaquePointer?>?

    /// Marks text as JSON: json_object and json_group_array then do not quote it.
    private static let jsonSubtype = UInt32(UInt8(ascii: "J"))

    init(_ context: OpaquePointer, _ count: Int32, _ arguments: UnsafeMutablePointer<OpaquePointer?>?) {
        unsafe self.context = context
        self.count = Int(count)
        unsafe self.arguments = arguments
    }

    subscript(index: Int) -> FunctionArgument {
        precondition(index >= 0 && index < count, "no such argument")
        return unsafe FunctionArgument(arguments?[index])
    }

    /// Bytes a text or blob may have on this connection.
    var byteLimit: Int {
        Int(unsafe sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1))
    }

    var userData: UnsafeMutableRawPointer? { unsafe sqlite3_user_data(context) }

    /// Zeroed memory of the aggregate's group, the same at each of its calls; `nil` when there is none and `create` is
    /// false, or no memory.
    func aggregateState(byteCount: Int, create: Bool) -> UnsafeMutableRawPointer? {
        unsafe sqlite3_aggregate_context(context, create ? Int32(byteCount) : 0)
    }

    /// What was kept with an argument that is constant in its statement, while the statement runs.
    func kept<Object: AnyObject>(with argument: Int, as type: Object.Type) -> Object? {
        guard let kept = unsafe sqlite3_get_auxdata(context, Int32(argument)) else { return nil }
        return unsafe Unmanaged<Object>.fromOpaque(kept).takeUnretainedValue()
    }

    /// Last in a call, since SQLite may drop what it is given at once.
    func keep<Object: AnyObject>(_ object: Object, with argument: Int) {
        unsafe sqlite3_set_auxdata(context, Int32(argument), Unmanaged.passRetained(object).toOpaque()) { kept in
            guard let kept = unsafe kept else { return }
            unsafe Unmanaged<AnyObject>.fromOpaque(kept).release()
        }
    }

    // MARK: Results

    func returnNull() {
        unsafe sqlite3_result_null(context)
    }

    func returnInteger(_ value: Int64) {
        unsafe sqlite3_result_int64(context, value)
    }

    /// A value that is not a number becomes null.
    func returnReal(_ value: Double) {
        unsafe sqlite3_result_double(context, value)
    }

    /// An argument as it is.
    func returnArgument(_ index: Int, asJSON: Bool = false) {
        guard index < count, let value = unsafe arguments?[index] else { return returnNull() }
        unsafe sqlite3_result_value(context, value)
        if asJSON { unsafe sqlite3_result_subtype(context, Self.jsonSubtype) }
    }

    /// A literal, which outlives the call.
    func returnText(_ text: StaticString, asJSON: Bool = false) {
        unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            .withMemoryRebound(to: CChar.self) { characters in
                unsafe sqlite3_result_text64(
                    context, characters.baseAddress, sqlite3_uint64(characters.count), perigee_sqlite_static(),
                    UInt8(SQLITE_UTF8))
            }
        if asJSON { unsafe sqlite3_result_subtype(context, Self.jsonSubtype) }
    }

    /// Hands the buffer's memory to SQLite.
    func returnText(_ buffer: inout OutputBuffer, asJSON: Bool = false) {
        guard returnFailure(of: buffer) == false else {
            buffer.discard()
            return
        }
        guard let (start, count) = unsafe buffer.release() else { return returnText("", asJSON: asJSON) }
        unsafe start.withMemoryRebound(to: CChar.self, capacity: count) { characters in
            unsafe sqlite3_result_text64(
                context, characters, sqlite3_uint64(count), perigee_sqlite_free(), UInt8(SQLITE_UTF8))
        }
        if asJSON { unsafe sqlite3_result_subtype(context, Self.jsonSubtype) }
    }

    func returnBlob(_ buffer: inout OutputBuffer) {
        guard returnFailure(of: buffer) == false else {
            buffer.discard()
            return
        }
        guard let (start, count) = unsafe buffer.release() else {
            unsafe sqlite3_result_zeroblob(context, 0)
            return
        }
        unsafe sqlite3_result_blob64(context, start, sqlite3_uint64(count), perigee_sqlite_free())
    }

    /// Raises what kept the buffer from being written; true when something did.
    func returnFailure(of buffer: OutputBuffer) -> Bool {
        switch buffer.failure {
        case .none: return false
        case .tooBig: unsafe sqlite3_result_error_toobig(context)
        case .noMemory: unsafe sqlite3_result_error_nomem(context)
        }
        return true
    }

    func returnError(_ message: String) {
        unsafe sqlite3_result_error(context, message, -1)
    }
}

/// One argument of a call.
@safe struct FunctionArgument {
    enum Kind {
        case null
        case integer
        case real
        case text
        case blob
    }

    private let value: OpaquePointer?

    init(_ value: OpaquePointer?) {
        unsafe self.value = value
    }

    var kind: Kind {
        switch unsafe sqlite3_value_type(value) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    var integer: Int64 { unsafe sqlite3_value_int64(value) }
    /// Whatever it is, as a number.
    var number: Double { real }
    var real: Double { unsafe sqlite3_value_double(value) }
    var isMarkedJSON: Bool { unsafe sqlite3_value_subtype(value) == UInt32(UInt8(ascii: "J")) }

    /// The value as UTF-8 text (numbers are converted, blobs are taken as text); valid during the call. Embedded NULs
    /// are part of it, and malformed UTF-8 is possible.
    var text: UnsafeBufferPointer<UInt8> {
        // Text first: it may convert, and only then is the byte count the text's.
        guard let start = unsafe sqlite3_value_text(value) else {
            return unsafe UnsafeBufferPointer(start: nil, count: 0)
        }
        return unsafe UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
    }

    /// A blob's bytes, or a text's.
    var bytes: UnsafeBufferPointer<UInt8> {
        guard let start = unsafe sqlite3_value_blob(value) else {
            return unsafe UnsafeBufferPointer(start: nil, count: 0)
        }
        return unsafe UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self), count: Int(sqlite3_value_bytes(value)))
    }
}
