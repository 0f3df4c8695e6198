// Accept-Encoding, and bodies made smaller.

import Testing

@testable import HTTP

@Suite struct ContentCodingTests {
    @Test(
        arguments: [
            ("gzip", .gzip),
            ("deflate", .deflate),
            ("gzip, deflate, br, zstd", .gzip),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", .gzip),
            ("deflate, gzip;q=0.5", .deflate),
            ("deflate;q=0.5,gzip;q=0.5", .gzip),
            ("GZip", .gzip),
            ("x-gzip", .gzip),
            ("*", .gzip),
            ("gzip;q=0, *", .deflate),
            ("gzip;q=0, deflate;q=0, *", nil),
            ("br", nil),
            ("", nil),
            (",,", nil),
            ("identity", nil),
            ("gzip;q=0", nil),
            ("gzip;q=0.000", nil),
            ("gzip;q=0.001", .gzip),
            ("gzip ; q=0.5", .gzip),
            ("gzip;Q=0", nil),
            ("identity;q=1, gzip;q=0.5", nil),
            ("identity;q=0.5, gzip;q=1", .gzip),
            ("identity;q=0, *;q=0", nil),
            // A weight that is none.
            ("gzip;q=2", nil),
            ("gzip;q=high, deflate", .deflate),
        ] as [(String, ContentCoding?)])
    func `chooses what is wanted most`(header: String, expected: ContentCoding?) {
        #expect(ContentCoding.choose(Array(header.utf8)[...]) == expected)
    }

    @Test func `packs what becomes smaller, and nothing else`() throws {
        let compressor = BodyCompressor(level: 1)
        let text = Array(String(repeating: "{\"name\":\"Apollo\"},", count: 500).utf8)
        for _ in 0..<3 {
            let gzip = try #require(compressor.compress(text, .gzip))
            #expect(gzip.count < text.count / 10)
            #expect(gzip.prefix(3) == [0x1F, 0x8B, 8])
            let deflate = try #require(compressor.compress(text, .deflate))
            #expect(deflate.first == 0x78)
        }
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<5000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        #expect(compressor.compress(noise, .gzip) == nil)
        #expect(compressor.compress([], .gzip) == nil)
        #expect(compressor.compress([7], .deflate) == nil)
    }
}
