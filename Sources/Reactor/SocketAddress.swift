// A resolved network address, and the resolution itself (blocking: never on a loop).

internal import CLinux
internal import Glibc

package struct SocketAddress: Sendable, CustomStringConvertible {
    /// A `sockaddr_in` or `sockaddr_in6` as the kernel reads it.
    private let bytes: [UInt8]
    let family: Int32

    /// Resolves `host` (a name, an IPv4 or IPv6 address, or `*` for every interface) into addresses to listen on or
    /// connect to, in the order the system prefers. Blocks on name lookup.
    package static func resolve(host: String, port: Int) throws(AddressError) -> [SocketAddress] {
        guard (0...65535).contains(port) else { throw .invalidPort(port) }
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV | (host == "*" ? AI_PASSIVE : 0)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host == "*" ? nil : host, String(port), &hints, &list)
        guard result == 0 else {
            throw unsafe .unknownHost(host, reason: String(cString: gai_strerror(result)))
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr {
                let bytes = unsafe UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
                addresses.append(unsafe SocketAddress(bytes: Array(bytes), family: entry.pointee.ai_family))
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }

    /// The address a socket is bound to; after binding port 0 it tells the port the system chose.
    init(localOf socket: Int32) throws(SystemError) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe getsockname(socket, address, &length)
            }
        }
        try System.check("getsockname", result)
        bytes = unsafe withUnsafeBytes(of: &storage) { unsafe Array($0.prefix(Int(length))) }
        family = Int32(storage.ss_family)
    }

    private init(bytes: [UInt8], family: Int32) {
        self.bytes = bytes
        self.family = family
    }

    /// Port in host order. Both address forms keep it in bytes 2 and 3, in network order.
    package var port: Int { bytes.count >= 4 ? Int(bytes[2]) << 8 | Int(bytes[3]) : 0 }

    /// The numeric host; an IPv6 one without brackets.
    package var host: String {
        var text = [CChar](repeating: 0, count: 64)
        let capacity = socklen_t(text.count)
        let result = unsafe withSystemAddress { address, length in
            unsafe getnameinfo(address, length, &text, capacity, nil, 0, NI_NUMERICHOST)
        }
        guard result == 0 else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var description: String {
        family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result) -> Result {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe body(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}

/// Why an address cannot be used; the text is for whoever wrote the configuration.
package enum AddressError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidPort(Int)
    case unknownHost(String, reason: String)
    case inUse(host: String, port: Int)
    case notPermitted(host: String, port: Int)
    case notLocal(host: String, port: Int)
    case system(SystemError)

    init(_ error: SystemError, host: String, port: Int) {
        self =
            if error.isAddressInUse {
                .inUse(host: host, port: port)
            } else if error.isPermissionDenied {
                .notPermitted(host: host, port: port)
            } else if error.isAddressNotAvailable {
                .notLocal(host: host, port: port)
            } else {
                .system(error)
            }
    }

    package var description: String {
        switch self {
        case .invalidPort(let port): "port \(port) does not exist; use 0 to 65535 (0: any free port)"
        case .unknownHost(let host, let reason): "host \"\(host)\" cannot be resolved: \(reason)"
        case .inUse(let host, let port):
            "\(host):\(port) is in use by another process; choose another port or stop that process"
        case .notPermitted(let host, let port):
            "not permitted to listen on \(host):\(port); ports below 1024 need a privilege"
        case .notLocal(let host, let port):
            "cannot listen on \(host):\(port): this machine has no such address"
        case .system(let error): error.description
        }
    }
}
