// Base64, UTF-8 and the buffer that every encoder writes into.
import Base
import Foundation
import Testing

struct Base64Tests {
    @Test
    func `bytes of every length survive, and look as others write them`() {
        var bytes: [UInt8] = []
        for index in 0..<200 {
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(Base64.decode(text) == bytes)
            bytes.append(UInt8(truncatingIfNeeded: index &* 151 &+ 7))
        }
    }

    @Test(arguments: [
        "A", "AQ", "AQI", "====", "A===", "AQ=I", "A=Q=", "AQI=AQI=", "AQ==AQ==", "AQ I", "AQ\n=", "A-_=", "AQ===",
    ])
    func `a text with wrong padding or symbols is none`(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test
    func `nothing is no bytes`() {
        #expect(Base64.decode("") == [])
        #expect(Base64.encode([]) == "")
    }
}

struct UTF8ValidationTests {
    @Test
    func `every pair of bytes is judged as the standard library judges it`() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let bytes = [first, second]
                #expect((bytes.span.firstInvalidUTF8() == nil) == (String(validating: bytes, as: UTF8.self) != nil))
            }
        }
    }

    @Test
    func `so are longer sequences around every border`() {
        let borders: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xEC, 0xED, 0xEE, 0xEF,
            0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        for first in borders.suffix(14) {
            for second in borders {
                for third in borders {
                    for fourth in borders {
                        let bytes = [first, second, third, fourth]
                        guard
                            (bytes.span.firstInvalidUTF8() == nil) == (String(validating: bytes, as: UTF8.self) != nil)
                        else {
                            Issue.record("\(bytes)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test(
        arguments: [([0x41, 0xFF], 1), ([0xE2, 0x82], 0), ([0x41, 0xE2, 0x82, 0x41], 1), ([0xC3, 0xA9, 0xC3], 2)]
            as [([UInt8], Int)])
    func `the first bad byte is told`(_ bytes: [UInt8], _ offset: Int) {
        #expect(bytes.span.firstInvalidUTF8() == offset)
    }
}

struct ByteBufferTests {
    @Test(arguments: [0, 7, -7, 10, 100, 1_234_567_890, Int64.max, Int64.min] as [Int64])
    func `an integer is written as its digits`(_ value: Int64) {
        var buffer = ByteBuffer()
        buffer.append(decimal: value)
        #expect(buffer.text == String(value))
    }

    @Test
    func `appends follow one another`() {
        var buffer = ByteBuffer("a")
        buffer.append(UInt8(ascii: "b"))
        buffer.append("cd")
        buffer.append(contentsOf: [0x65, 0x66])
        buffer.append(contentsOf: [0x67, 0x68][...])
        buffer.append(contentsOf: ByteBuffer("ij"))
        buffer.append(text: "é")
        buffer.append(decimal: UInt8.max)
        #expect(buffer.text == "abcdefghijé255")
        #expect(buffer.count == 15)
        buffer.removeAll()
        #expect(buffer.isEmpty)
    }
}
