// The files a reading has asked for: where changes to them are seen, through links and patterns.
import Base
import Foundation
import TestSupport
import Testing

@testable import Metadata

@Suite
struct FileReferencesTests {
    private let folder: TemporaryFolder
    /// Without links, as the kernel names it.
    private let root: String

    init() throws {
        folder = try TemporaryFolder()
        root = folder.url.resolvingSymlinksInPath().path
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path(name), withDestinationPath: target)
    }

    /// The places below the test's own folder.
    private func places(_ note: (FileReferences) -> Void) -> [String: WatchedNames] {
        let references = FileReferences()
        note(references)
        var places: [String: WatchedNames] = [:]
        for (path, names) in references.places() where path.hasPrefix(root) {
            places[String(path.dropFirst(root.count))] = names
        }
        return places
    }

    @Test func `a file is seen in its folder, and each folder in the one above`() throws {
        try folder.write("", to: "a/b/file.json")
        #expect(
            places { $0.note(file: folder.path("a/b/../b/file.json")) }
                == ["": .some(["a"]), "/a": .some(["b"]), "/a/b": .some(["file.json"])])
    }

    @Test func `a file that is not there is seen where it would be`() {
        let places = places { $0.note(file: folder.path("a/file.json")) }
        #expect(places == ["": .some(["a"]), "/a": .some(["file.json"])])
    }

    @Test func `every link on the way may be turned`() throws {
        try folder.write("", to: "..2024/rules.json")
        try link("..data", to: "..2024")
        try link("rules.json", to: "..data/rules.json")
        #expect(
            places { $0.note(file: folder.path("rules.json")) }
                == ["": .some(["rules.json", "..data", "..2024"]), "/..2024": .some(["rules.json"])])
        try link("round", to: "round")
        #expect(places { $0.note(file: folder.path("round")) }[""] == .some(["round"]))
    }

    @Test func `a pattern is seen in every folder it looks into`() throws {
        try folder.write("", to: "x/one.json")
        try folder.write("", to: "y/two.txt")
        let directory = folder.path("")
        let found = places { $0.note(pattern: "*/*.json", directory: directory) }
        #expect(found == ["": .all, "/x": .all, "/y": .all])
    }

    @Test func `a tree is seen in all its folders`() throws {
        try folder.write("", to: "documents/a/b.graphql")
        let found = places { $0.note(tree: folder.path("documents")) }
        #expect(found == ["": .some(["documents"]), "/documents": .all, "/documents/a": .all])
    }

    @Test func `contents tell a file that changed, came or went`() throws {
        try folder.write("1", to: "a.json")
        let references = FileReferences()
        references.note(pattern: "*.json", directory: folder.path(""))
        references.note(file: folder.path("key"))
        let first = references.contents()
        #expect(references.contents() == first)
        try folder.write("2", to: "a.json")
        let second = references.contents()
        #expect(second != first)
        try folder.write("2", to: "b.json")
        let third = references.contents()
        #expect(third != second)
        try folder.write("", to: "key")
        #expect(references.contents() != third)
    }

    @Test func `a reading notes what it names, also where it fails`() throws {
        try folder.write(
            """
            sources: { main: { kind: sqlite, url: "file:url" } }
            auth: { adminSecret: "file:secrets/admin" }
            documents: { trusted: documents }
            rules: [rules/*.json, more.json]
            misspelt: 1
            """, to: "perigee.yaml")
        let references = FileReferences()
        #expect(throws: ConfigurationFailure.self) {
            try ProjectConfiguration.load(folder.path("perigee.yaml"), noting: references)
        }
        #expect(
            Set(references.files)
                == Set(["perigee.yaml", "url", "secrets/admin", "more.json"].map { folder.path($0) }))
        #expect(references.patterns.map(\.pattern) == ["rules/*.json"])
        #expect(references.trees == [folder.path("documents")])
    }
}
