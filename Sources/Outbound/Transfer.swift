// One request on its way through libcurl: an easy handle with everything it points to. It lives as long as libcurl holds
// its address.

internal import CCurl
internal import Glibc
internal import Reactor

typealias TransferResult = Result<OutboundResponse, OutboundFailure>

// Unchecked: touched by its loop's thread only, libcurl's callbacks included.
@safe final class Transfer: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer
    private let policy: AddressPolicy
    private let limit: Int
    private var list: UnsafeMutablePointer<curl_slist>?
    private let body: [UInt8]
    private var errorText = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
    private var continuation: LoopContinuation<TransferResult>?

    private var headers: [OutboundRequest.Header] = []
    private var received: [UInt8] = []
    private var headBytes = 0
    private var isTooLarge = false
    private var refusedAddress = false

    init(
        _ request: OutboundRequest, policy: AddressPolicy, certificates: String?
    ) throws(OutboundFailure) {
        if let fault = request.fault { throw OutboundFailure(.invalidRequest, fault) }
        guard let handle = unsafe curl_easy_init() else {
            throw OutboundFailure(.unreachable, "libcurl has no memory")
        }
        unsafe self.handle = handle
        self.policy = policy
        limit = request.responseLimit
        body = request.body
        for header in request.headers {
            // A header without a value ends in a semicolon here, or libcurl would take it for one to leave out.
            append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        // No waiting for "100 Continue".
        append("Expect:")
        guard configure(request, certificates) else {
            throw OutboundFailure(.invalidRequest, "\"\(request.url)\" cannot be asked: libcurl refuses an option")
        }
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(list)
    }

    /// How libcurl names it.
    var address: UInt { unsafe UInt(bitPattern: handle) }

    private func append(_ line: String) {
        if let longer = unsafe curl_slist_append(list, line) { unsafe list = longer }
    }

    private var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

    static func of(_ context: UnsafeMutableRawPointer) -> Transfer {
        unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func configure(_ request: OutboundRequest, _ certificates: String?) -> Bool {
        let milliseconds = max(1, Int(request.timeout / .milliseconds(1)))
        var codes: [CURLcode] = unsafe [
            perigee_curl_set_text(handle, CURLOPT_URL, request.url),
            perigee_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            perigee_curl_set_text(handle, CURLOPT_USERAGENT, "perigee"),
            // The address policy looks at the one it connects to: no proxy of the environment in between.
            perigee_curl_set_text(handle, CURLOPT_PROXY, ""),
            perigee_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
            perigee_curl_set_long(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1),
            perigee_curl_set_long(handle, CURLOPT_HTTP09_ALLOWED, 0),
            perigee_curl_set_long(handle, CURLOPT_NOSIGNAL, 1),
            perigee_curl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds),
            perigee_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds),
            perigee_curl_set_offset(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limit)),
            perigee_curl_set_list(handle, CURLOPT_HTTPHEADER, list),
            perigee_curl_set_pointer(handle, CURLOPT_PRIVATE, context),
            perigee_curl_set_pointer(handle, CURLOPT_WRITEDATA, context),
            perigee_curl_set_pointer(handle, CURLOPT_HEADERDATA, context),
            perigee_curl_set_bytes(handle, CURLOPT_WRITEFUNCTION, transferBody),
            perigee_curl_set_bytes(handle, CURLOPT_HEADERFUNCTION, transferHeader),
            perigee_curl_set_open(handle, transferOpen, context),
        ]
        if let certificates { codes.append(unsafe perigee_curl_set_text(handle, CURLOPT_CAINFO, certificates)) }
        if request.method == .post {
            codes.append(unsafe perigee_curl_set_long(handle, CURLOPT_POST, 1))
            codes.append(
                unsafe perigee_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            // Copied, once its size is known.
            let code = unsafe body.withUnsafeBytes { bytes in
                unsafe perigee_curl_set_pointer(
                    handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            if !body.isEmpty { codes.append(code) }
        }
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    // MARK: The waiting task

    func begin(_ continuation: LoopContinuation<TransferResult>) {
        self.continuation = continuation
    }

    /// Answers, the first time.
    func finish(_ result: TransferResult) {
        continuation?.resume(returning: result)
        continuation = nil
    }

    /// What became of it once libcurl has done with it.
    func result(_ code: CURLcode) -> TransferResult {
        if code == CURLE_OK {
            var status = 0
            unsafe perigee_curl_status(handle, &status)
            return .success(OutboundResponse(status: status, headers: headers, body: received))
        }
        let text = unsafe String(cString: curl_easy_strerror(code))
        if isTooLarge || code == CURLE_FILESIZE_EXCEEDED {
            return .failure(OutboundFailure(.responseTooLarge, "the answer has more than \(limit) bytes"))
        }
        if refusedAddress {
            return .failure(
                OutboundFailure(
                    .forbiddenAddress,
                    "the address is private or reserved; \"outbound.allow\" names what may be reached"))
        }
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return .failure(OutboundFailure(.timeout, text))
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED:
            return .failure(OutboundFailure(.invalidRequest, text))
        default: return .failure(OutboundFailure(.unreachable, text))
        }
    }

    // MARK: What libcurl tells

    /// False ends the transfer.
    fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard received.count + bytes.count <= limit else {
            isTooLarge = true
            return false
        }
        unsafe received.append(contentsOf: bytes)
        return true
    }

    fileprivate func take(header bytes: UnsafeRawBufferPointer) -> Bool {
        headBytes += bytes.count
        guard headBytes <= limit else {
            isTooLarge = true
            return false
        }
        let line = unsafe String(decoding: bytes, as: UTF8.self)
        // Another answer begins, after an informational one.
        if line.hasPrefix("HTTP/") { headers = [] }
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return true }
        var value = line[line.utf8.index(after: colon)...].utf8
        while let first = value.first, Self.isBlank(first) { value = value.dropFirst() }
        while let last = value.last, Self.isBlank(last) { value = value.dropLast() }
        headers.append(OutboundRequest.Header(String(line[..<colon]), String(Substring(value))))
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a }

    fileprivate func mayConnect(_ address: UnsafePointer<sockaddr>, count: Int) -> Bool {
        if let bytes = unsafe AddressText.bytes(address, count: count), policy.allows(bytes) { return true }
        refusedAddress = true
        return false
    }
}

private func transferBody(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe Transfer.of(context).take(body: buffer) ? buffer.count : 0
}

private func transferHeader(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe Transfer.of(context).take(header: buffer) ? buffer.count : 0
}

private func transferOpen(
    context: UnsafeMutableRawPointer?, purpose: curlsocktype, address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context = unsafe context, let address = unsafe address, purpose == CURLSOCKTYPE_IPCXN else {
        return perigee_curl_bad_socket()
    }
    let isAllowed = unsafe withUnsafePointer(to: &address.pointee.addr) { pointer in
        unsafe Transfer.of(context).mayConnect(pointer, count: Int(address.pointee.addrlen))
    }
    guard isAllowed else { return perigee_curl_bad_socket() }
    let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    return unsafe socket(address.pointee.family, address.pointee.socktype | flags, address.pointee.protocol)
}
