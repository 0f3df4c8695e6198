// Certificates and keys read from PEM. https://www.rfc-editor.org/rfc/rfc7468

internal import COpenSSL
internal import Glibc

/// Certificates in the order they stand in a file; never empty.
struct CertificateChain: ~Copyable {
    @safe struct Certificate {
        let pointer: OpaquePointer
    }

    let certificates: [Certificate]

    init(_ bytes: [UInt8], at place: TLSFailure.Place) throws(TLSFailure) {
        var certificates: [Certificate] = []
        TLSErrorQueue.clear()
        unsafe withPEM(bytes) { input in
            while let certificate = unsafe PEM_read_bio_X509(input, nil, refusePassphrase, nil) {
                unsafe certificates.append(Certificate(pointer: certificate))
            }
        }
        let (library, reason, text) = TLSErrorQueue.take()
        // "No start line" is how the end of the file is told.
        let isWhole = library == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE
        guard isWhole, !certificates.isEmpty else {
            for certificate in certificates { unsafe X509_free(certificate.pointer) }
            let why = isWhole ? "no \"-----BEGIN CERTIFICATE-----\" is in it" : text
            throw TLSFailure(place: place, message: "is not a certificate in PEM: \(why)")
        }
        self.certificates = certificates
    }

    deinit {
        for certificate in certificates { unsafe X509_free(certificate.pointer) }
    }

    /// What is odd about the first, as what is said of it: "expired on 2026-01-31". Times are in seconds since 1970.
    func warnings(for names: [String], now: Int64, warnedSeconds: Int64) -> [String] {
        var warnings: [String] = []
        let end = unsafe X509_get0_notAfter(certificates[0].pointer)
        if unsafe !Self.isLater(end, than: now) {
            warnings.append("expired on \(unsafe Self.text(end))")
        } else if unsafe !Self.isLater(end, than: now + warnedSeconds) {
            warnings.append("expires on \(unsafe Self.text(end))")
        }
        let start = unsafe X509_get0_notBefore(certificates[0].pointer)
        if unsafe Self.isLater(start, than: now) {
            warnings.append("is not valid before \(unsafe Self.text(start))")
        }
        for name in names where !covers(name) { warnings.append("is not made out for \"\(name)\"") }
        return warnings
    }

    private func covers(_ name: String) -> Bool {
        // For a pattern, any label will do.
        let host = name.hasPrefix("*.") ? "a" + name.dropFirst() : name
        return unsafe X509_check_host(certificates[0].pointer, host, 0, 0, nil) == 1
    }

    private static func isLater(_ time: UnsafePointer<ASN1_TIME>?, than seconds: Int64) -> Bool {
        var instant = time_t(seconds)
        return unsafe X509_cmp_time(time, &instant) > 0
    }

    /// `2026-11-23`
    private static func text(_ time: UnsafePointer<ASN1_TIME>?) -> String {
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return "an unknown day" }
        let digits = unsafe String((parts.tm_year + 1900) * 10_000 + (parts.tm_mon + 1) * 100 + parts.tm_mday)
        return "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))"
    }
}

@safe struct PrivateKey: ~Copyable {
    let pointer: OpaquePointer

    init(_ bytes: [UInt8], at place: TLSFailure.Place) throws(TLSFailure) {
        TLSErrorQueue.clear()
        let key = unsafe withPEM(bytes) { unsafe PEM_read_bio_PrivateKey($0, nil, refusePassphrase, nil) }
        guard let key = unsafe key else {
            let reason = TLSErrorQueue.take().text
            let text = String(decoding: bytes, as: UTF8.self)
            let message =
                if !text.contains("PRIVATE KEY-----") {
                    "no \"-----BEGIN PRIVATE KEY-----\" is in it"
                } else if text.contains("ENCRYPTED") {
                    "it is encrypted, and no passphrase is asked for; store it without one"
                } else {
                    reason
                }
            throw TLSFailure(place: place, message: "is not a private key in PEM: \(message)")
        }
        unsafe pointer = key
    }

    deinit {
        unsafe EVP_PKEY_free(pointer)
    }
}

/// Without this the library would ask on the terminal.
private let refusePassphrase:
    @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 =
        { _, _, _, _ in -1 }

private func withPEM<Value>(_ bytes: [UInt8], _ body: (OpaquePointer?) -> Value) -> Value {
    unsafe bytes.withUnsafeBytes { buffer in
        let input = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count))
        defer { unsafe BIO_free(input) }
        return unsafe body(input)
    }
}
