// Parts of TLS that need no connection: the list of protocols, the life of ticket keys, and settings that cannot be used.

import Testing

@testable import Reactor

@Suite struct TLSTests {
    private static func list(_ names: String...) -> [UInt8] {
        names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    }

    @Test(arguments: [
        (list("http/1.1"), 1..<9),
        (list("h2", "http/1.1"), 4..<12),
        (list("h2", "http/1.1", "http/1.0"), 4..<12),
        (list("http/1.0", "http/1.1x", "h2"), nil),
        // Inside another name it is none.
        (list("xhttp/1.1"), nil),
        ([], nil),
        // A length beyond the end.
        ([9] + Array("http/1.1".utf8), nil),
        (list("h2") + [8] + Array("http/1".utf8), nil),
    ])
    func `finds a protocol among those offered`(offers: [UInt8], expected: Range<Int>?) {
        #expect(TLSProtocolList.find("http/1.1", in: offers.span) == expected)
    }

    @Test func `a ticket key seals for an hour and opens as long as a session lives`() throws {
        let keys = TLSTicketKeys()
        let start = MonotonicInstant.now
        func current(_ seconds: Int) -> [UInt8]? { keys.current(at: start.advanced(by: .seconds(seconds)))?.name }
        func opens(_ name: [UInt8], _ seconds: Int) -> Bool? {
            unsafe name.withUnsafeBufferPointer {
                unsafe keys.key(named: $0, at: start.advanced(by: .seconds(seconds)))?.isOld
            }
        }
        let first = try #require(current(0))
        #expect(first.count == 16)
        #expect(current(3599) == first)
        #expect(opens(first, 3599) == false)
        let second = try #require(current(3600))
        #expect(second != first)
        #expect(opens(first, 3600) == true)
        #expect(opens(first, 3 * 3600 - 1) == true)
        #expect(opens(first, 3 * 3600) == nil)
        #expect(opens(second, 3 * 3600) == true)
        let third = try #require(current(3 * 3600))
        #expect(third != second)
        #expect(opens([UInt8](repeating: 0, count: 16), 0) == nil)
    }

    @Test func `what is no certificate is refused with its place`() {
        let nothing = TLSSettings.Certificate(chain: Array("hello".utf8), key: [])
        #expect {
            try TLSContext(TLSSettings(certificates: [nothing]), now: 0)
        } throws: { error in
            (error as? TLSFailure)
                == TLSFailure(
                    place: .certificate(0),
                    message: "is not a certificate in PEM: no \"-----BEGIN CERTIFICATE-----\" is in it")
        }
    }
}
