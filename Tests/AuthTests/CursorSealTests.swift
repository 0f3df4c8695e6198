// Sealed cursors: what is sealed opens for its context and for nothing else.
import Base
import Metadata
import Testing

@testable import Auth

struct CursorSealTests {
    private let seal = CursorSeal(key: Secret(Array(repeating: 7, count: 32)))
    private let context = Array("statement and caller".utf8)

    @Test(arguments: ["", "{\"0\":1}", String(repeating: "é", count: 500)])
    func `what was sealed opens for its context`(_ text: String) throws {
        let sealed = try #require(seal.seal(Array(text.utf8), to: context))
        let cursor = String(decoding: sealed, as: UTF8.self)
        #expect(seal.open(cursor, for: context) == Array(text.utf8))
        #expect(seal.open(cursor, for: context + [0]) == nil)
        #expect(seal.open(cursor, for: []) == nil)
        #expect(CursorSeal(key: Secret(Array(repeating: 8, count: 32))).open(cursor, for: context) == nil)
        #expect(CursorSeal(key: nil).open(cursor, for: context) == nil)
        #expect(text.isEmpty || !cursor.contains(text))
    }

    @Test
    func `every change of a cursor is found`() throws {
        let sealed = try #require(seal.seal(Array("{\"0\":42}".utf8), to: context))
        for index in sealed.indices {
            var changed = sealed
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(seal.open(String(decoding: changed, as: UTF8.self), for: context) == nil, "byte \(index)")
        }
        for text in ["", "A", "not a cursor", String(decoding: sealed.dropLast(4), as: UTF8.self)] {
            #expect(seal.open(text, for: context) == nil)
        }
    }

    @Test
    func `the same row gives the same cursor, another row or context another nonce`() throws {
        let first = try #require(seal.seal([1], to: context))
        #expect(seal.seal([1], to: context) == first)
        let others = [seal.seal([2], to: context), seal.seal([1], to: context + [1])]
        for other in others { #expect(other?.prefix(16) != first.prefix(16)) }
    }

    @Test
    func `a renewed token is the same caller, another claim is not`() throws {
        func identity(_ text: String) throws -> String {
            Caller(kind: .user, claims: try JSONScanner.parse(Array(text.utf8)).object).cursorIdentity
        }
        #expect(
            try identity(#"{"id": 1, "exp": 5, "role": "a"}"#)
                == identity(#"{"role": "a", "iat": 1, "exp": 9, "id": 1}"#))
        #expect(try identity(#"{"id": 1}"#) != identity(#"{"id": 2}"#))
        #expect(Caller(kind: .anonymous).cursorIdentity != Caller(kind: .admin).cursorIdentity)
    }
}
