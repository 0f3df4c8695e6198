// Where trusted documents are found and what they are called; every fault of a file or manifest with its place.

import Base
import Foundation
import Metadata
import TestSupport
import Testing

@Suite struct TrustedDocumentTests {
    /// `id: text @ file pointer`, one a line; or what is wrong.
    private static func load(_ files: [(String, String)], _ paths: String...) throws -> String {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(text, to: name) }
        func short(_ text: String) -> String {
            text.replacingOccurrences(of: folder.path("") + "/", with: "").replacingOccurrences(
                of: folder.path(""), with: "")
        }
        do throws(ConfigurationFailure) {
            return try TrustedDocument.load(paths.map { folder.path($0) }).map { document in
                let place = document.pointer.isEmpty ? "" : " \(document.pointer)"
                return
                    "\(document.identifier): \(String(decoding: document.text, as: UTF8.self)) @ \(short(document.file))\(place)"
            }.joined(separator: "\n")
        } catch {
            return short(error.description)
        }
    }

    @Test func `a folder's documents are called as their files are`() throws {
        let found = try Self.load(
            [
                ("d/b.graphql", "{b}"), ("d/a.gql", "{a}\n"), ("d/sub/deep/c.graphql", "{c}"), ("d/notes.txt", "x"),
                ("d/.graphql", "x"), ("d/.hidden.graphql", "x"), ("d/more.json", "{}"),
            ], "d")
        #expect(found == "a: {a}\n @ d/a.gql\nb: {b} @ d/b.graphql\nsub.deep.c: {c} @ d/sub/deep/c.graphql")
    }

    @Test func `manifests are read in both their shapes`() throws {
        let found = try Self.load(
            [
                ("relay.json", #"{"0a1b":"{a}","x-my:b":"{b}"}"#),
                (
                    "apollo.json",
                    #"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"c","name":"C","type":"query","body":"{c}"},{"id":"d","body":"{d}"}]}"#
                ), ("one.graphql", "{e}"), ("empty.json", #"{"operations":"{f}"}"#),
            ], "relay.json", "apollo.json", "one.graphql", "empty.json")
        #expect(
            found == """
                0a1b: {a} @ relay.json /0a1b
                x-my:b: {b} @ relay.json /x-my:b
                c: {c} @ apollo.json /operations/0/body
                d: {d} @ apollo.json /operations/1/body
                one: {e} @ one.graphql
                operations: {f} @ empty.json /operations
                """)
    }

    @Test func `one document may stand in several places, one id for two documents may not`() throws {
        #expect(
            try Self.load([("a.json", #"{"x":"{a}"}"#), ("b.json", #"{"x":"{a}"}"#)], "a.json", "b.json")
                == "x: {a} @ a.json /x")
        #expect(
            try Self.load([("a.json", #"{"x":"{a}"}"#), ("d/x.graphql", "{b}")], "a.json", "d")
                == #"d/x.graphql: the id "x" is that of another document, in a.json: /x"#)
    }

    @Test(arguments: [
        (#"{"a":1}"#, "m.json: /a: must be the text of a document, not a number"),
        ("[]", #"m.json: a manifest is an object: of documents by id, or Apollo's with "operations""#),
        ("{}", "m.json: holds no document"), ("{", "m.json:1:2: The JSON ends where a key in quotes should be."),
        (#"{"a":"{a}","a":"{b}"}"#, #"m.json:1:12: The key "a" occurs twice in one object."#),
        (
            #"{"b:a":"{a}"}"#,
            #"m.json: /b:a: "b:a" is no id: before a colon there may only be "sha256" or a name that begins with "x-""#
        ),
        (#"{"format":"other","operations":[]}"#, #"m.json: /format: must be "apollo-persisted-query-manifest""#),
        (#"{"operations":[]}"#, #"m.json: /format: must be "apollo-persisted-query-manifest""#),
        (#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#, "m.json: /version: must be 1"),
        (
            #"{"format":"apollo-persisted-query-manifest","version":1}"#,
            "m.json: /operations: must be a list of operations"
        ),
        (
            #"{"format":"apollo-persisted-query-manifest","version":1,"operations":[]}"#,
            "m.json: /operations: holds no document"
        ),
        (
            #"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"body":"{a}"},{"id":"a"},1]}"#,
            "m.json: /operations/0/id: must be the operation's id\nm.json: /operations/1/body: must be the text of a document\nm.json: /operations/2/id: must be the operation's id"
        ),
    ])
    func `a manifest that is wrong says where`(_ text: String, _ expected: String) throws {
        #expect(try Self.load([("m.json", text)], "m.json") == expected)
    }

    @Test func `files that are not there or hold nothing are named`() throws {
        #expect(try Self.load([], "nowhere") == "nowhere: no such file")
        #expect(try Self.load([("d/readme.txt", "x")], "d") == "d: holds no .graphql file")
        #expect(
            try Self.load([], "nowhere.json", "no.graphql") == "nowhere.json: no such file\nno.graphql: no such file")
    }

    @Test func `text that is not UTF-8 is refused`() throws {
        let folder = try TemporaryFolder()
        try Data([0x7B, 0xFF, 0x7D]).write(to: folder.url.appendingPathComponent("a.graphql"))
        #expect(throws: ConfigurationFailure.self) { try TrustedDocument.load([folder.path("a.graphql")]) }
    }
}
