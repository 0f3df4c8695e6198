// Why a TLS context could not be made of what was configured, and where the fault lies.

internal import COpenSSL

package struct TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was given that is at fault. Certificates are counted from 0, the one for every other name.
    package enum Place: Sendable, Hashable {
        case certificate(Int)
        case key(Int)
        case clientAuthority
        /// The library itself.
        case library
    }

    package let place: Place
    /// What is wrong, without the place.
    package let message: String

    package var description: String { message }
}

/// The library's queue of errors, one for each thread.
enum TLSErrorQueue {
    static func clear() {
        ERR_clear_error()
    }

    /// The oldest error, which tells the cause; the queue is empty afterwards.
    static func take() -> (library: Int32, reason: Int32, text: String) {
        let code = ERR_get_error()
        ERR_clear_error()
        let text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return (perigee_error_library(code), perigee_error_reason(code), text)
    }
}
