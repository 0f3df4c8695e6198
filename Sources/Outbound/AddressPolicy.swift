// Which addresses a call of the gateway may reach. A URL can come from whoever edits the configuration or, by a name that
// resolves to something else tomorrow, from whoever runs a name server: without a limit the gateway would fetch its own
// machine's metadata or an unguarded neighbour. Asked of the address itself, when a socket is opened.

package struct AddressPolicy: Sendable, Hashable {
    /// A range of addresses, `10.0.0.0/8` or `fd00::/8`; an address alone is a range of one.
    package struct Range: Sendable, Hashable {
        let prefix: [UInt8]
        let bits: Int

        init(_ prefix: [UInt8], _ bits: Int) {
            self.prefix = prefix
            self.bits = bits
        }

        /// `nil` when the text is no range.
        package init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard let first = parts.first, parts.count <= 2, let bytes = AddressText.bytes(String(first)) else {
                return nil
            }
            var bits = bytes.count * 8
            if parts.count == 2 {
                guard let given = Int(parts[1]), (0...bits).contains(given), String(given) == parts[1] else {
                    return nil
                }
                bits = given
            }
            self.init(bytes, bits)
        }

        /// - Parameter address: 4 or 16 bytes in network order.
        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == prefix.count else { return false }
            let whole = bits / 8
            guard address[..<whole] == prefix[..<whole] else { return false }
            let rest = bits % 8
            if rest == 0 { return true }
            let mask = UInt8(truncatingIfNeeded: 0xff00 >> rest)
            return address[whole] & mask == prefix[whole] & mask
        }
    }

    /// Ranges that may be reached though they are not public.
    package let allowed: [Range]

    package init(allowed: [Range] = []) {
        self.allowed = allowed
    }

    /// - Parameter address: 4 or 16 bytes in network order.
    package func allows(_ address: [UInt8]) -> Bool {
        // An IPv4 address in the clothes of IPv6 is judged as what it reaches.
        let inner = Self.embedded(address)
        if allowed.contains(where: { $0.contains(address) || inner.map($0.contains) == true }) { return true }
        if let inner { return !Self.reserved.contains { $0.contains(inner) } }
        return !Self.reserved.contains { $0.contains(address) }
    }

    /// The IPv4 address that a mapped (RFC 4291 section 2.5.5.2), translated (RFC 6052) or 6to4 (RFC 3056) one leads to.
    private static func embedded(_ address: [UInt8]) -> [UInt8]? {
        guard address.count == 16 else { return nil }
        if mapped.contains(address) || translated.contains(address) { return Array(address[12...]) }
        if sixToFour.contains(address) { return Array(address[2..<6]) }
        return nil
    }

    private static let mapped = Range([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0], 96)
    private static let translated = Range([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 96)
    private static let sixToFour = Range([0x20, 0x02] + [UInt8](repeating: 0, count: 14), 16)

    /// What is not globally reachable (RFC 6890 and the IANA special-purpose address registries), and multicast.
    private static let reserved: [Range] = [
        Range([0, 0, 0, 0], 8), Range([10, 0, 0, 0], 8), Range([100, 64, 0, 0], 10), Range([127, 0, 0, 0], 8),
        Range([169, 254, 0, 0], 16), Range([172, 16, 0, 0], 12), Range([192, 0, 0, 0], 24), Range([192, 0, 2, 0], 24),
        Range([192, 88, 99, 0], 24), Range([192, 168, 0, 0], 16), Range([198, 18, 0, 0], 15),
        Range([198, 51, 100, 0], 24), Range([203, 0, 113, 0], 24), Range([224, 0, 0, 0], 4), Range([240, 0, 0, 0], 4),
        // Everything outside 2000::/3, which is all that is assigned for use between networks.
        Range([0x00] + zeros(15), 3), Range([0x40] + zeros(15), 2), Range([0x80] + zeros(15), 1),
        Range([0x20, 0x01, 0x00, 0x00] + zeros(12), 23), Range([0x20, 0x01, 0x0d, 0xb8] + zeros(12), 32),
        Range([0x3f, 0xff] + zeros(14), 20),
    ]

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}
