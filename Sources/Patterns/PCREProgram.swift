// The owner of one compiled program of PCRE2 and of what its matcher works in.
// https://www.pcre.org/current/doc/html/pcre2api.html

internal import CPCRE2

@safe struct PCREProgram: ~Copyable {
    private let code: OpaquePointer
    private let matchData: OpaquePointer
    private let context: OpaquePointer

    /// Memory for ways that are still open, in KiB.
    private static let heapKibibytes: UInt32 = 32 * 1024

    /// - Parameter text: the expression itself, or it with something around it.
    /// - Throws: what PCRE cannot do that PostgreSQL can: look behind by a length that varies, very long programs.
    init(_ expression: RegularExpression, text: String, isAnchored: Bool = false) throws(PatternError) {
        // Without auto-possession every repetition that gives back is counted as a step.
        var options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOTALL | PCRE2_NO_AUTO_POSSESS | PCRE2_NEVER_BACKSLASH_C
        if expression.ignoresCase { options |= PCRE2_CASELESS }
        if !expression.hasBackReferences { options |= PCRE2_NO_AUTO_CAPTURE }
        if isAnchored { options |= PCRE2_ANCHORED }
        var problem: Int32 = 0
        var place = 0
        var bytes = text
        let compiled = bytes.withUTF8 { bytes in
            unsafe pcre2_compile_8(bytes.baseAddress, bytes.count, options, &problem, &place, nil)
        }
        guard let code = unsafe compiled else { throw PatternError(regular: Self.message(problem)) }
        // One pair: only whether there is a match is asked.
        guard let matchData = unsafe pcre2_match_data_create_8(1, nil),
            let context = unsafe pcre2_match_context_create_8(nil)
        else { preconditionFailure("memory for a pattern") }
        unsafe pcre2_set_heap_limit_8(context, Self.heapKibibytes)
        unsafe self.code = code
        unsafe self.matchData = matchData
        unsafe self.context = context
    }

    deinit {
        unsafe pcre2_match_context_free_8(context)
        unsafe pcre2_match_data_free_8(matchData)
        unsafe pcre2_code_free_8(code)
    }

    /// Whether a match can begin at the first place alone.
    var isAnchored: Bool {
        var options: UInt32 = 0
        unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_ALLOPTIONS), &options)
        return options & PCRE2_ANCHORED != 0
    }

    /// - Parameters:
    ///   - text: well-formed UTF-8.
    ///   - steps: at most so many from each place.
    /// - Returns: `nil` when they were not enough.
    func matches(_ text: UnsafeBufferPointer<UInt8>, steps: Int) -> Bool? {
        unsafe pcre2_set_match_limit_8(context, UInt32(clamping: steps))
        let empty: [UInt8] = [0]
        let outcome =
            if let start = text.baseAddress {
                unsafe pcre2_match_8(code, start, text.count, 0, PCRE2_NO_UTF_CHECK, matchData, context)
            } else {
                unsafe pcre2_match_8(code, empty, 0, 0, PCRE2_NO_UTF_CHECK, matchData, context)
            }
        // Beside "no match" there are only the bounds of steps and of memory left: code and text have been checked.
        return outcome >= 0 ? true : (outcome == PCRE2_ERROR_NOMATCH ? false : nil)
    }

    private static func message(_ problem: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = unsafe pcre2_get_error_message_8(problem, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, Int(length))), as: UTF8.self)
    }
}
