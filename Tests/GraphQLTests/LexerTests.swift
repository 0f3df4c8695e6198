// The lexer by itself: kinds, places, and input that is not text at all.

import Base
import GraphQL
import Testing

@Suite struct LexerTests {
    private func kinds(_ source: [UInt8]) throws(GraphQLError) -> [TokenKind] {
        var lexer = Lexer()
        var kinds: [TokenKind] = []
        repeat {
            kinds.append(try lexer.nextWithComments(source.span).kind)
        } while kinds.last != .endOfFile
        return kinds
    }

    @Test(arguments: [
        ("{ a }", [TokenKind.leftBrace, .name, .rightBrace, .endOfFile]),
        ("\u{FEFF}a,,b # c\n...", [.name, .name, .comment, .spread, .endOfFile]),
        ("-0 1.5e+3 \"x\" \"\"\"y\"\"\"", [.int, .float, .string, .blockString, .endOfFile]),
        (
            "!$&()[]:=@|{}",
            [
                .exclamationMark, .dollar, .ampersand, .leftParenthesis, .rightParenthesis, .leftBracket, .rightBracket,
                .colon, .equals, .at, .pipe, .leftBrace, .rightBrace, .endOfFile,
            ]
        ),
        ("_a1 A_", [.name, .name, .endOfFile]),
    ])
    func `tells tokens apart`(_ source: String, _ expected: [TokenKind]) throws {
        #expect(try kinds(Array(source.utf8)) == expected)
    }

    @Test(arguments: [
        ("\"a\\u{1F600}b\"", "a😀b"), ("\"\\uD83D\\uDE00\"", "😀"), ("\"\\n\\t\\\"\\\\\\/\"", "\n\t\"\\/"),
        ("\"\"\"\n  a\n    b\n  \"\"\"", "a\n  b"), ("\"\"\"a \\\"\"\" b\"\"\"", "a \"\"\" b"), ("\"\"", ""),
        ("\"\"\"\"\"\"", ""), ("\"𝄞é\"", "𝄞é"),
    ])
    func `reads the value of strings`(_ source: String, _ expected: String) throws {
        let bytes = Array(source.utf8)
        var lexer = Lexer()
        let token = try lexer.nextWithComments(bytes.span)
        #expect(token.value(in: bytes.span) == expected)
    }

    @Test func `columns count UTF-16 code units and every line end is one line`() {
        let source = Array("é😀x\r\ny\rz\nw".utf8)
        let places = [0, 2, 6, 9, 11, 13].map { SourceLocation(offset: $0, in: source.span) }
        #expect(
            places == [
                SourceLocation(line: 1, column: 1), SourceLocation(line: 1, column: 2),
                SourceLocation(line: 1, column: 4), SourceLocation(line: 2, column: 1),
                SourceLocation(line: 3, column: 1), SourceLocation(line: 4, column: 1),
            ])
    }

    @Test func `bytes that are not UTF-8 are refused wherever text may stand`() {
        for bad: [UInt8] in [[0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
            for (before, after) in [("", ""), ("\"", "\""), ("\"\"\"", "\"\"\""), ("{a #", "\n}")] {
                let source = Array(before.utf8) + bad + Array(after.utf8)
                #expect(throws: GraphQLError.self) { try kinds(source) }
            }
        }
    }

    @Test func `every text of three symbols ends in tokens or in a syntax error`() {
        let symbols = ["\"", "\\", "#", "\n", "a", "0", "-", ".", "e", "{", "u", "é"]
        for first in symbols {
            for second in symbols {
                for third in symbols {
                    let source = Array((first + second + third).utf8)
                    do throws(GraphQLError) {
                        #expect(try kinds(source).last == .endOfFile)
                    } catch {
                        #expect(error.kind == .syntax)
                        #expect(error.message.hasPrefix("Syntax Error: "))
                        #expect(error.locations.count == 1)
                    }
                }
            }
        }
    }
}
