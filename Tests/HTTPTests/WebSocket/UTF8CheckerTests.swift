// UTF-8 in pieces, compared with the check of whole texts.

import Base
import Testing

@testable import HTTP

struct UTF8CheckerTests {
    /// Where the first byte is that cannot be right, or the end; and whether a text may end there.
    private func check(_ bytes: [UInt8], pieceSize: Int) -> (isAccepted: Bool, isComplete: Bool) {
        var checker = UTF8Checker()
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + pieceSize)
            let isAccepted = unsafe bytes.withUnsafeBytes { bytes in
                unsafe checker.accept(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }
            if !isAccepted { return (false, false) }
            start = end
        }
        return (true, checker.isComplete)
    }

    @Test func `every sequence of up to three bytes, and four of the interesting ones, is judged as a whole text is`() {
        let interesting: [UInt8] = [
            0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
            0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
        ]
        var inputs: [[UInt8]] = [[]]
        var longest: [[UInt8]] = [[]]
        for _ in 0..<4 {
            longest = longest.flatMap { input in interesting.map { input + [$0] } }
            inputs += longest
        }
        for input in inputs {
            let isValid = input.span.firstInvalidUTF8() == nil
            for size in [1, 2, 4] {
                let result = check(input, pieceSize: size)
                if (result.isAccepted && result.isComplete) != isValid {
                    Issue.record("\(input) in pieces of \(size): \(result)")
                    return
                }
            }
        }
    }

    @Test func `what was accepted can still become valid`() {
        // For every prefix that is accepted there is an ending that makes it whole.
        let followers: [[UInt8]] = [
            [], [0x80], [0x90], [0xa0], [0x80, 0x80], [0x90, 0x80], [0xa0, 0x80], [0x80, 0x80, 0x80],
            [0x90, 0x80, 0x80],
        ]
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let prefix = [first, second]
                guard check(prefix, pieceSize: 2).isAccepted else { continue }
                #expect(followers.contains { (prefix + $0).span.firstInvalidUTF8() == nil }, "\(prefix)")
            }
        }
    }

    @Test func `long text with one wrong byte anywhere is refused`() {
        let text = Array(String(repeating: "abcdefgh ÄÖÜ 漢字 😀 ", count: 4).utf8)
        #expect(check(text, pieceSize: 5).isComplete)
        for place in text.indices {
            var wrong = text
            wrong[place] = 0xff
            for size in [1, 8, 1000] { #expect(!check(wrong, pieceSize: size).isAccepted) }
        }
    }
}
