// Stored forms: what is sealed opens in its own column, with a key that is known, and nowhere else.
import Base
import Metadata
import Testing

@testable import Auth

struct ColumnSealTests {
    private static let people = CollectionName(source: "main", collection: "people")

    private func seal(
        _ key: Secret = longKey, previous: [Secret] = [], collection: CollectionName = people, column: String = "ssn"
    ) -> ColumnSeal {
        ColumnSeal(key: key, previous: previous, collection: collection, column: column)
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: ["", "a", "ü\u{0}\"\\", String(repeating: "x", count: 10_000)])
    func `what is sealed opens, and is another text each time`(plain: String) throws {
        let seal = seal()
        let first = try #require(seal.seal(plain))
        let second = try #require(seal.seal(plain))
        #expect(first != second)
        #expect(first.hasPrefix("perigee.1."))
        #expect(!first.contains("xxxx"))
        for stored in [first, second] { #expect(seal.open(bytes(stored)) == plain) }
    }

    @Test func `it opens in its own column alone`() throws {
        let stored = bytes(try #require(seal().seal("123")))
        for other in [
            seal(column: "pin"), seal(collection: CollectionName(source: "main", collection: "persons")),
            seal(collection: CollectionName(source: "other", collection: "people")),
            // The same letters, divided otherwise.
            seal(collection: CollectionName(source: "main", collection: "people.ssn"), column: ""),
            seal(sharedKey),
        ] {
            #expect(other.open(stored) == nil)
        }
    }

    /// Their keys are derived from one text, so that nothing but the associated data tells them apart.
    @Test func `it opens in no column whose name reads alike`() throws {
        let first = seal(collection: CollectionName(source: "main", collection: "people.a"), column: "b")
        let second = seal(collection: CollectionName(source: "main", collection: "people"), column: "a.b")
        let stored = bytes(try #require(first.seal("123")))
        #expect(first.open(stored) == "123")
        #expect(second.open(stored) == nil)
    }

    @Test func `every bit of it counts`() throws {
        let stored = bytes(try #require(seal().seal("123")))
        for index in stored.indices {
            var other = stored
            other[index] ^= 1
            #expect(seal().open(other) == nil, "\(index)")
        }
        #expect(seal().open(stored.dropLast()) == nil)
        for text in ["", "123", "perigee.1.", "perigee.1.00000000.", "perigee.2.x"] {
            #expect(seal().open(bytes(text)) == nil)
        }
    }

    @Test func `a key that was replaced opens as long as it is named`() throws {
        let stored = bytes(try #require(seal(sharedKey).seal("123")))
        #expect(seal(longKey, previous: [otherKey, sharedKey]).open(stored) == "123")
        #expect(seal(longKey, previous: [otherKey]).open(stored) == nil)
        let anew = bytes(try #require(seal(longKey, previous: [sharedKey]).seal("123")))
        #expect(seal(longKey).open(anew) == "123")
        #expect(seal(sharedKey).open(anew) == nil)
    }

    @Test func `a text tells whether it was sealed with the key of today`() throws {
        let now = seal(longKey, previous: [sharedKey])
        #expect(try #require(now.seal("1")).hasPrefix(now.currentPrefix))
        let before = try #require(seal(sharedKey).seal("1"))
        #expect(!before.hasPrefix(now.currentPrefix))
        #expect(ColumnSeal.isSealed(before.utf8))
        #expect(!ColumnSeal.isSealed("perigee.2.".utf8))
    }

    @Test func `hashes are of the column and the key`() {
        let hash = seal().hash("1234")
        #expect(hash.utf8.count == 64)
        #expect(seal().hash("1234") == hash)
        #expect(seal(previous: [sharedKey]).hash("1234") == hash)
        for other in [seal().hash("1235"), seal(column: "pin").hash("1234"), seal(sharedKey).hash("1234")] {
            #expect(other != hash)
        }
    }
}

extension ColumnSeal {
    fileprivate func open(_ stored: ArraySlice<UInt8>) -> String? { open(Array(stored)) }
}
