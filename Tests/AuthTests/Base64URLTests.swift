// The strict base64 of tokens.

import Base
import Foundation
import Metadata
import Testing

@testable import Auth

@Suite struct Base64URLTests {
    @Test(arguments: 0...70)
    func `bytes survive both ways`(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ count) }
        let text = Base64URL.encode(bytes)
        #expect(Base64URL.decode(text) == bytes)
        #expect(
            String(decoding: text, as: UTF8.self)
                == Data(bytes).base64EncodedString()
                .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_").replacingOccurrences(
                    of: "=", with: ""))
    }

    @Test(arguments: ["A", "AAAAA", "AB", "AAB", "AA==", "A+AA", "A/AA", "AA A", "AA\n", "ÄA"])
    func `what is not canonical is refused`(text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }
}
