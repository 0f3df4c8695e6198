// Which addresses a call may reach.

import Testing

@testable import Outbound

@Suite struct AddressPolicyTests {
    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "223.255.255.255",
        "192.0.1.0", "198.17.255.255", "198.20.0.0", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
        "64:ff9b::808:808", "2002:808:808::1",
    ])
    func `public addresses may be reached`(_ text: String) throws {
        #expect(AddressPolicy().allows(try #require(AddressText.bytes(text))))
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
        "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.0",
        "198.19.255.255", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
        "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::", "3fff::1", "4000::1", "8000::1", "fc00::1",
        "fdff::1",
        "fe80::1", "fec0::1", "ff02::1",
    ])
    func `others are refused, whatever they are dressed as`(_ text: String) throws {
        #expect(!AddressPolicy().allows(try #require(AddressText.bytes(text))))
    }

    @Test(
        arguments: [
            ("10.1.0.0/16", "10.1.255.255", true), ("10.1.0.0/16", "10.2.0.0", false),
            ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false),
            ("127.0.0.0/9", "127.127.0.1", true), ("127.0.0.0/9", "127.128.0.1", false),
            ("0.0.0.0/0", "192.168.0.1", true), ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe80::1", false),
            // A range of IPv4 speaks of the address that is reached.
            ("10.0.0.0/8", "::ffff:10.0.0.1", true), ("10.0.0.0/8", "64:ff9b::a00:1", true),
        ])
    func `a range that is named may be reached`(_ range: String, _ address: String, _ isAllowed: Bool) throws {
        let policy = AddressPolicy(allowed: [try #require(AddressPolicy.Range(range))])
        #expect(policy.allows(try #require(AddressText.bytes(address))) == isAllowed)
    }

    @Test(arguments: [
        "", "localhost", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "::/129", "fe80::1%eth0", "/8",
    ])
    func `anything else is no range`(_ text: String) {
        #expect(AddressPolicy.Range(text) == nil)
    }
}
