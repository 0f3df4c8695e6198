// Hashes of documents, and the store of those that clients sent: what it keeps, and that it never outgrows its bound.
import Base
import Testing

@testable import Gateway

struct PersistedDocumentsTests {
    private static func text(_ number: Int, _ bytes: Int) -> [UInt8] {
        let start = Array("{ a\(number) ".utf8)
        return start + Array(repeating: 0x20, count: bytes - start.count - 1) + [UInt8(ascii: "}")]
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("{ __typename }", "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b"),
        // The appendix of GraphQL over HTTP has these two.
        (
            "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}",
            "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"
        ),
        (
            "query($id:ID!){user(id:$id){name}}",
            "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b"
        ),
    ])
    func `a digest is the SHA-256 of the text`(_ text: String, _ hexadecimal: String) {
        let digest = DocumentDigest(of: Array(text.utf8))
        #expect(digest.hexadecimal == hexadecimal)
        #expect(DocumentDigest(hexadecimal: hexadecimal) == digest)
        #expect(DocumentDigest(hexadecimal: hexadecimal.uppercased()) == digest)
    }

    @Test(arguments: [
        "", "ab", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
        String(repeating: "g", count: 64), String(repeating: "é", count: 32),
    ])
    func `what is not 64 digits is no digest`(_ text: String) {
        #expect(DocumentDigest(hexadecimal: text) == nil)
    }

    @Test
    func `what was kept is found by its digest`() {
        var store = PersistedDocuments(bytes: 10_000)
        let text = Self.text(1, 100)
        let digest = DocumentDigest(of: text)
        #expect(store.text(digest) == nil)
        store.insert(text, digest)
        store.insert(text, digest)
        #expect(store.text(digest) == text)
        #expect(store.count == 1)
        #expect(store.bytes == 100 + PersistedDocuments.overhead)
    }

    @Test
    func `the store never outgrows its bound, and keeps what is asked for`() {
        let limit = 20 * (400 + PersistedDocuments.overhead)
        var store = PersistedDocuments(bytes: limit)
        let wanted = Self.text(0, 400)
        let digest = DocumentDigest(of: wanted)
        store.insert(wanted, digest)
        for number in 1...1000 {
            let text = Self.text(number, 400)
            store.insert(text, DocumentDigest(of: text))
            #expect(store.bytes <= limit)
            #expect(store.bytes == store.count * (400 + PersistedDocuments.overhead))
            #expect(store.text(digest) == wanted, "after \(number)")
            #expect(store.text(DocumentDigest(of: text)) == text)
        }
        #expect(store.text(DocumentDigest(of: Self.text(1, 400))) == nil)
        #expect(store.count >= 10)
    }

    @Test
    func `one document cannot push out all others`() {
        var store = PersistedDocuments(bytes: 2000)
        let small = Self.text(1, 100)
        store.insert(small, DocumentDigest(of: small))
        let large = Self.text(2, 1900)
        store.insert(large, DocumentDigest(of: large))
        #expect(store.text(DocumentDigest(of: large)) == nil)
        #expect(store.text(DocumentDigest(of: small)) == small)
    }
}
