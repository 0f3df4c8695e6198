// What a TLS server is made of: certificates with their keys, and what it asks of clients. Values, all in memory: who reads
// the files knows where they lie.

package struct TLSSettings: Sendable, Hashable {
    /// A certificate with its chain, and its key, both in PEM.
    package struct Certificate: Sendable, Hashable {
        /// Host names it is shown for, in lower case; `*.example.org` is any one label below. Empty for the first.
        package var names: [String]
        /// The server's own first, then those that lead to an authority.
        package var chain: [UInt8]
        package var key: [UInt8]

        package init(names: [String] = [], chain: [UInt8], key: [UInt8]) {
            self.names = names
            self.chain = chain
            self.key = key
        }
    }

    package struct ClientCertificates: Sendable, Hashable {
        /// Certificates of the authorities that clients' are signed by, in PEM.
        package var authority: [UInt8]
        /// Whether a client without one is turned away. One that is shown must be good in any case.
        package var isRequired: Bool

        package init(authority: [UInt8], isRequired: Bool) {
            self.authority = authority
            self.isRequired = isRequired
        }
    }

    package enum Version: String, Sendable, Hashable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// Never empty. The first is shown to clients that name no host, or one that no other is for.
    package var certificates: [Certificate]
    package var clientCertificates: ClientCertificates?
    /// Older versions are refused.
    package var minimum: Version

    package init(
        certificates: [Certificate], clientCertificates: ClientCertificates? = nil, minimum: Version = .tls12
    ) {
        precondition(!certificates.isEmpty, "a TLS server has a certificate")
        self.certificates = certificates
        self.clientCertificates = clientCertificates
        self.minimum = minimum
    }
}
