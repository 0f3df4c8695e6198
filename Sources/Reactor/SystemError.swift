// A system call that failed for a reason that lies in the surroundings: which call, which errno.

internal import Glibc

package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Name of the call, as in section 2 of the manual.
    package let call: String
    /// The errno.
    package let number: Int32

    package init(call: String, number: Int32) {
        self.call = call
        self.number = number
    }

    package var isAddressInUse: Bool { number == EADDRINUSE }
    package var isPermissionDenied: Bool { number == EACCES || number == EPERM }
    package var isAddressNotAvailable: Bool { number == EADDRNOTAVAIL }
    /// The process or the system has no descriptor, buffer or memory left; waiting may help.
    package var isResourceShortage: Bool {
        number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM
    }

    /// What the peer sent breaks the protocol, or the two have none in common.
    package var isProtocolFailure: Bool { number == EPROTO }

    static func protocolFailure(_ call: String) -> SystemError { SystemError(call: call, number: EPROTO) }

    /// The system's own words for the errno.
    package var reason: String {
        var text = [CChar](repeating: 0, count: 256)
        guard unsafe strerror_r(number, &text, text.count) == 0 else { return "errno \(number)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var description: String { "\(call): \(reason)" }
}
