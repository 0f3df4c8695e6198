// Registers the gateway's SQL functions on a connection. All that reads use are total: they raise nothing, whatever is
// stored, but results beyond the connection's length limit, patterns that take too many steps and, from `perigee_limit`, too
// many lists that are too long.
// https://sqlite.org/appfunc.html

internal import CSQLite
internal import Connectors

enum SQLiteFunctions {
    private typealias Callback = @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void

    static func register(on handle: borrowing SQLiteHandle, watch: ExecutionWatch?) throws(ConnectorError) {
        try unsafe add("perigee_object", -1, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, JSONFunctions.object)
        }
        try unsafe add("perigee_json", 1, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, JSONFunctions.json) }
        try unsafe add("perigee_join", -1, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, JSONFunctions.join) }
        try unsafe add("perigee_float", 1, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, JSONFunctions.float) }
        try unsafe add("perigee_boolean", 1, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, JSONFunctions.boolean)
        }
        try unsafe add("perigee_fold", 1, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, TextFunctions.fold) }
        try unsafe add("perigee_text", 1, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, TextFunctions.text) }
        try unsafe add("perigee_tag", 1, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, TaggedValue.tag) }
        try unsafe add("perigee_untag", 1, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, TaggedValue.untag) }
        try unsafe add("perigee_last4", 1, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, TextFunctions.last4) }
        try unsafe add("perigee_instant", 1, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, InstantFunction.instant)
        }
        try unsafe add("perigee_instant_key", 1, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, InstantFunction.key)
        }
        try unsafe add("perigee_base64", 1, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, BinaryFunctions.base64)
        }
        try unsafe add("perigee_unbase64", 1, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, BinaryFunctions.unbase64)
        }
        try unsafe add("perigee_hash", 2, to: handle) { unsafe SQLiteFunctions.call($0, $1, $2, BinaryFunctions.hash) }
        try unsafe add("perigee_increment", 3, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentChanges.increment)
        }
        try unsafe add("perigee_json_append", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentChanges.append)
        }
        try unsafe add("perigee_json_delete_key", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentChanges.deleteKey)
        }
        try unsafe add("perigee_json_delete_element", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentChanges.deleteElement)
        }
        try unsafe add("perigee_json_delete_path", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentChanges.deletePath)
        }
        try unsafe add("perigee_json_part", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentFunctions.part)
        }
        try unsafe add("perigee_json_canonical", 1, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentFunctions.canonical)
        }
        try unsafe add("perigee_json_text", 1, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentText.text)
        }
        try unsafe add("perigee_json_contains", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentFunctions.contains)
        }
        try unsafe add("perigee_json_has_key", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentFunctions.hasKey)
        }
        try unsafe add("perigee_json_has_any", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentFunctions.hasAnyKey)
        }
        try unsafe add("perigee_json_has_all", 2, to: handle) {
            unsafe SQLiteFunctions.call($0, $1, $2, DocumentFunctions.hasAllKeys)
        }
        try addPatterns(to: handle, watch: watch)
        try addVariances(to: handle)
        try addSum(to: handle)
        try addRows(to: handle)
        try addRead(to: handle)
        try addLimit(to: handle, watch: watch)
    }

    private static func call(
        _ context: OpaquePointer?, _ count: Int32, _ arguments: UnsafeMutablePointer<OpaquePointer?>?,
        _ body: (FunctionCall) -> Void
    ) {
        guard let context = unsafe context else { return }
        body(unsafe FunctionCall(context, count, arguments))
    }

    private static func add(
        _ name: String, _ count: Int32, to handle: borrowing SQLiteHandle, _ callback: Callback
    ) throws(ConnectorError) {
        let code = unsafe sqlite3_create_function_v2(
            handle.connection, name, count, perigee_sqlite_function_flags(1), nil, callback, nil, nil, nil)
        try check(code, handle)
    }

    private static func addRows(to handle: borrowing SQLiteHandle) throws(ConnectorError) {
        let code = unsafe sqlite3_create_function_v2(
            handle.connection, "perigee_rows", -1, perigee_sqlite_function_flags(1), nil, nil,
            { unsafe SQLiteFunctions.call($0, $1, $2, JSONFunctions.rowsStep) },
            { unsafe SQLiteFunctions.call($0, 0, nil, JSONFunctions.rowsEnd) }, nil)
        try check(code, handle)
    }

    private static func addVariances(to handle: borrowing SQLiteHandle) throws(ConnectorError) {
        try unsafe addVariance("perigee_var_pop", to: handle) {
            unsafe SQLiteFunctions.call($0, 0, nil, VarianceFunctions.populationVariance)
        }
        try unsafe addVariance("perigee_var_samp", to: handle) {
            unsafe SQLiteFunctions.call($0, 0, nil, VarianceFunctions.sampleVariance)
        }
        try unsafe addVariance("perigee_stddev_pop", to: handle) {
            unsafe SQLiteFunctions.call($0, 0, nil, VarianceFunctions.populationDeviation)
        }
        try unsafe addVariance("perigee_stddev_samp", to: handle) {
            unsafe SQLiteFunctions.call($0, 0, nil, VarianceFunctions.sampleDeviation)
        }
    }

    private static func addVariance(
        _ name: String, to handle: borrowing SQLiteHandle,
        _ end: @convention(c) (OpaquePointer?) -> Void
    ) throws(ConnectorError) {
        let code = unsafe sqlite3_create_function_v2(
            handle.connection, name, 1, perigee_sqlite_function_flags(1), nil, nil,
            { unsafe SQLiteFunctions.call($0, $1, $2, VarianceFunctions.step) }, end, nil)
        try check(code, handle)
    }

    private static func addSum(to handle: borrowing SQLiteHandle) throws(ConnectorError) {
        let code = unsafe sqlite3_create_function_v2(
            handle.connection, "perigee_sum", 1, perigee_sqlite_function_flags(1), nil, nil,
            { unsafe SQLiteFunctions.call($0, $1, $2, SumFunction.step) },
            { unsafe SQLiteFunctions.call($0, 0, nil, SumFunction.end) }, nil)
        try check(code, handle)
    }

    /// Not callable from views and triggers: it runs the text it is given.
    private static func addRead(to handle: borrowing SQLiteHandle) throws(ConnectorError) {
        let code = unsafe sqlite3_create_function_v2(
            handle.connection, "perigee_read", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, nil,
            { unsafe NestedReadFunction.read($0, $1, $2) }, nil, nil, nil)
        try check(code, handle)
    }

    /// `perigee_limit(path)` is the `FailureMark` of a list that is too long. Not deterministic, so that SQLite never
    /// evaluates it ahead of its `CASE`.
    private static func addLimit(
        to handle: borrowing SQLiteHandle, watch: ExecutionWatch?
    ) throws(ConnectorError) {
        // Unmanaged without a retain: the watch outlives its connection.
        let context = unsafe watch.map { unsafe Unmanaged.passUnretained($0).toOpaque() }
        let code = unsafe sqlite3_create_function_v2(
            handle.connection, "perigee_limit", 1, perigee_sqlite_function_flags(0), context,
            { unsafe SQLiteFunctions.call($0, $1, $2, SQLiteFunctions.limit) }, nil, nil, nil)
        try check(code, handle)
    }

    /// Not deterministic, as they may raise: SQLite never evaluates them ahead of their `CASE`.
    private static func addPatterns(
        to handle: borrowing SQLiteHandle, watch: ExecutionWatch?
    ) throws(ConnectorError) {
        try unsafe addPattern("perigee_regex", to: handle, watch) {
            unsafe SQLiteFunctions.call($0, $1, $2, PatternFunctions.regex)
        }
        try unsafe addPattern("perigee_iregex", to: handle, watch) {
            unsafe SQLiteFunctions.call($0, $1, $2, PatternFunctions.caseInsensitiveRegex)
        }
        try unsafe addPattern("perigee_similar", to: handle, watch) {
            unsafe SQLiteFunctions.call($0, $1, $2, PatternFunctions.similar)
        }
    }

    private static func addPattern(
        _ name: String, to handle: borrowing SQLiteHandle, _ watch: ExecutionWatch?, _ callback: Callback
    ) throws(ConnectorError) {
        // Unmanaged without a retain: the watch outlives its connection.
        let context = unsafe watch.map { unsafe Unmanaged.passUnretained($0).toOpaque() }
        let code = unsafe sqlite3_create_function_v2(
            handle.connection, name, 2, perigee_sqlite_function_flags(0), context, callback, nil, nil, nil)
        try check(code, handle)
    }

    private static func limit(_ call: FunctionCall) {
        let path = unsafe call[0].text
        if let context = unsafe call.userData {
            // The watch carries the path: the error is recognised by it, not by its text.
            let watch = unsafe Unmanaged<ExecutionWatch>.fromOpaque(context).takeUnretainedValue()
            if unsafe watch.mark(String(decoding: path, as: UTF8.self)) {
                var output = OutputBuffer(limit: call.byteLimit, capacity: path.count + 3)
                output.append(FailureMark.byte)
                unsafe output.append(jsonString: path)
                return call.returnText(&output)
            }
        }
        call.returnError("a list is too long")
    }

    private static func check(_ code: Int32, _ handle: borrowing SQLiteHandle) throws(ConnectorError) {
        guard code == SQLITE_OK else {
            throw SQLiteFailure.error(code: code, message: handle.message, stage: .opening)
        }
    }
}
