// Addresses as text, read by the system (inet_pton(3)); a zone (`%eth0`) is not one of them.

internal import Glibc

enum AddressText {
    /// 4 or 16 bytes in network order.
    static func bytes(_ text: String) -> [UInt8]? {
        var v4 = [UInt8](repeating: 0, count: 4)
        if unsafe inet_pton(AF_INET, text, &v4) == 1 { return v4 }
        var v6 = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET6, text, &v6) == 1 { return v6 }
        return nil
    }

    /// The address in a socket address of the internet families; `nil` for any other.
    static func bytes(_ address: UnsafePointer<sockaddr>, count: Int) -> [UInt8]? {
        let raw = unsafe UnsafeRawBufferPointer(start: address, count: count)
        switch Int32(unsafe address.pointee.sa_family) {
        case AF_INET where count >= MemoryLayout<sockaddr_in>.size: return unsafe Array(raw[4..<8])
        case AF_INET6 where count >= MemoryLayout<sockaddr_in6>.size: return unsafe Array(raw[8..<24])
        default: return nil
        }
    }
}
