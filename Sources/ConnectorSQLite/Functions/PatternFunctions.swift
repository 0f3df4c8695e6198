// `perigee_regex(text, pattern)`, `perigee_iregex` and `perigee_similar`: PostgreSQL's `~`, `~*` and SIMILAR TO. The pattern
// has been checked before the statement runs; it is compiled once for a run and kept with its argument.
// https://sqlite.org/c3ref/get_auxdata.html

internal import Patterns

enum PatternFunctions {
    static func regex(_ call: FunctionCall) { match(call, .regular(ignoresCase: false)) }

    static func caseInsensitiveRegex(_ call: FunctionCall) { match(call, .regular(ignoresCase: true)) }

    static func similar(_ call: FunctionCall) { match(call, .similar) }

    private static func match(_ call: FunctionCall, _ kind: PatternKind) {
        guard call[0].kind != .null, call[1].kind != .null else { return call.returnNull() }
        let watch = unsafe call.userData.map { unsafe Unmanaged<ExecutionWatch>.fromOpaque($0).takeUnretainedValue() }
        // The watch knows the reason; the error only ends the statement.
        guard watch?.mustStopNow() != true else { return call.returnError("interrupted") }
        let kept = call.kept(with: 1, as: CompiledPattern.self)
        do {
            let pattern = try kept ?? CompiledPattern(unsafe String(decoding: call[1].text, as: UTF8.self), kind)
            try call.returnInteger(unsafe pattern.matches(call[0].text) ? 1 : 0)
            if kept == nil { call.keep(pattern, with: 1) }
        } catch let error as PatternError {
            call.returnError(error.message)
        } catch {
            watch?.hasCostlyPattern = true
            call.returnError("the pattern takes too many steps")
        }
    }
}
