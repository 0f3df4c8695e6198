// Reading files: documents in YAML and JSON, rule files and their patterns, secrets in files, and what a bad file is told.

import Base
import Foundation
import Metadata
import Testing

/// A folder of its own for one test, with the files given by relative path.
private final class TemporaryFolder {
    let path: String

    init(_ files: [String: String], name: String = "perigee-test") throws {
        path = NSTemporaryDirectory() + "/\(name)-\(UUID().uuidString)"
        for (file, text) in files {
            let full = "\(path)/\(file)"
            try FileManager.default.createDirectory(atPath: parentDirectory(full), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: full))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

private func message(_ action: () throws -> Void) -> String {
    do {
        try action()
        return "nothing was refused"
    } catch let failure as FileReader.Failure {
        return failure.message
    } catch {
        return String(describing: error)
    }
}

@Suite struct ConfigurationDocumentTests {
    private func read(_ text: String, file: String = "a.yaml") throws -> JSONValue {
        try DocumentTree.read(Array(text.utf8), file: file)
    }

    @Test(arguments: [
        ("on: 1", #"{"on":1}"#), ("yes: no", #"{"yes":"no"}"#), ("a: true\nb: False", #"{"a":true,"b":false}"#),
        ("a: ~\nb:\nc: null", #"{"a":null,"b":null,"c":null}"#), ("a: 9007199254740993", #"{"a":9007199254740993}"#),
        ("a: 1.10", #"{"a":1.10}"#), ("a: 007", #"{"a":"007"}"#), ("a: 0x1F", #"{"a":"0x1F"}"#),
        ("a: '5'", #"{"a":"5"}"#),
        ("a: \"true\"", #"{"a":"true"}"#), ("a: !!str 5", #"{"a":"5"}"#), ("1: a", #"{"1":"a"}"#),
        ("a: 2024-01-01", #"{"a":"2024-01-01"}"#),
        ("z: 1\na: 2\nm: 3", #"{"z":1,"a":2,"m":3}"#), ("- a\n- [b, {c: d}]", #"["a",["b",{"c":"d"}]]"#),
        ("a: |\n  x\n  y\n", #"{"a":"x\ny\n"}"#),
        ("", "null"), ("# only a comment\n", "null"), ("a: &x [1]\nb: *x", #"{"a":[1],"b":[1]}"#),
        ("\u{FEFF}a: 1", #"{"a":1}"#),
    ])
    func `yaml becomes json`(text: String, expected: String) throws {
        #expect(try read(text).text == expected)
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3", "a.yaml:1:1: the key \"a\" occurs twice"),
        ("x:\n  a: 1\n  'a': 3", "a.yaml:2:3: the key \"a\" occurs twice"),
        ("a: [1", "a.yaml:2:1: while parsing a flow sequence in line 1: did not find expected ',' or ']'"),
        ("a: b: c", "a.yaml:1:5: mapping values are not allowed in this context"),
        ("a: !!binary x", "a.yaml:1:4: /a: the tag \"tag:yaml.org,2002:binary\" is not supported"),
        ("a: !!int '5'", "a.yaml:1:4: /a: the tag \"tag:yaml.org,2002:int\" is not supported"),
        ("? [a]\n: b", "a.yaml:1:3: a key must be a plain name, not a list or an object"),
        ("b: &x {a: 1}\nc: {<<: *x}", "a.yaml:2:5: /c: merge keys (\"<<\") are not supported"),
        ("a: *x", "a.yaml:1:4: found undefined alias"),
        (
            "a: 1\n---\nb: 2",
            "a.yaml:2:1: expected a single document in the stream in line 1: but found another document"
        ),
    ])
    func `yaml that is wrong is refused where it is wrong`(text: String, expected: String) {
        #expect(message { _ = try read(text) } == expected)
    }

    @Test(arguments: [
        ("{\"a\": 1,\n \"a\": 2}", "r.json:2:2: The key \"a\" occurs twice in one object."),
        ("{\n  \"ä\": tru }", "r.json:2:8: Found \"t\" where a value should be."),
        ("", "r.json:1:1: The JSON ends where a value should be."),
        ("{} x", "r.json:1:4: Found \"x\" where the end should be."),
    ])
    func `json that is wrong is refused where it is wrong`(text: String, expected: String) {
        #expect(message { _ = try read(text, file: "r.json") } == expected)
    }

    @Test func `text that is not UTF-8 is refused`() {
        #expect(
            message { _ = try DocumentTree.read([0x61, 0x3A, 0x0A, 0x20, 0xFF], file: "a.yaml") }
                == "a.yaml:2:2: the text is not UTF-8")
    }

    @Test func `aliases cannot unfold without end`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(message { _ = try read(text) }.contains("too many values"))
    }

    @Test(arguments: [100, 900, 100_000])
    func `deep nesting is refused`(depth: Int) {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(message { _ = try read(text) } != "nothing was refused")
        #expect(message { _ = try read(text, file: "a.json") } != "nothing was refused" || depth == 100)
    }
}

@Suite struct ConfigurationFileTests {
    @Test func `a missing file, a folder and a huge file are told apart`() throws {
        let folder = try TemporaryFolder(["big": String(repeating: "x", count: 100)])
        #expect(
            message { _ = try ProjectConfiguration.load(folder.path + "/none.yaml") }
                == "\(folder.path)/none.yaml: no such file")
        #expect(message { _ = try ProjectConfiguration.load(folder.path) } == "\(folder.path): is a directory")
        let reader = FileReader(limit: 99)
        #expect(message { _ = try reader.read(folder.path + "/big") } == "is larger than 99 bytes")
        #expect(try FileReader(limit: 100).read(folder.path + "/big").count == 100)
        #expect(message { _ = try reader.read(folder.path + "/big/x") } == "no such file")
        #expect(message { _ = try reader.read("a\0b") } == "the path contains a null byte")
    }

    @Test func `paths start from the configuration file`() throws {
        let folder = try TemporaryFolder(
            [
                "perigee.yaml": """
                auth: { adminSecret: file:keys/admin }
                rules: [extra.json, "rules/*.json", "rules/a.json"]
                sources: { main: { kind: sqlite, url: "sqlite:data/app.db" } }
                """,
                "keys/admin": "hunter2\r\n", "extra.json": "{}", "rules/b.json": "{}", "rules/a.json": "{}",
                "rules/B.json": "{}", "rules/notes.txt": "",
            ],
            // A folder whose name would be a pattern.
            name: "perigee [a*b]")
        let configuration = try ProjectConfiguration.load(folder.path + "/perigee.yaml", environment: { _ in nil })
        #expect(configuration.auth.adminSecret?.bytes == Array("hunter2".utf8))
        #expect(
            configuration.ruleFiles
                == ["extra.json", "rules/B.json", "rules/a.json", "rules/b.json"].map { "\(folder.path)/\($0)" })
        #expect(configuration.sources[0].location == .sqlite(path: folder.path + "/data/app.db"))
    }

    @Test func `rule files are read in order and each bad one is named`() throws {
        let folder = try TemporaryFolder([
            "a.json": #"{"rules": {"n": 9007199254740993}}"#, "b.json": "{\n  \"rules\": }",
            "c.json": "{\"x\": 1, \"x\": 2}",
            "d.rules": "{}",
        ])
        let files = try RuleFile.load([folder.path + "/a.json", folder.path + "/d.rules"])
        #expect(files.map(\.file) == [folder.path + "/a.json", folder.path + "/d.rules"])
        #expect(files[0].value.text == #"{"rules":{"n":9007199254740993}}"#)
        let text = message { _ = try RuleFile.load(["a", "b", "c", "none"].map { "\(folder.path)/\($0).json" }) }
        #expect(
            text == """
                \(folder.path)/b.json:2:12: Found "}" where a value should be.
                \(folder.path)/c.json:1:10: The key "x" occurs twice in one object.
                \(folder.path)/none.json: no such file
                """)
    }

    @Test func `the process environment is read`() {
        #expect(environmentVariable("PATH") != nil)
        #expect(environmentVariable("PERIGEE_SURELY_NOT_SET") == nil)
    }

    @Test func `random secrets differ`() {
        let secrets = (0..<20).map { _ in Secret.random(count: 32).bytes }
        #expect(Set(secrets).count == 20)
        #expect(secrets.allSatisfy { $0.count == 32 })
    }
}

@Suite struct ConfigurationSuggestionTests {
    @Test(arguments: [
        ("kin", ["kind", "url"], ["kind"]), ("hsot", ["host", "port"], ["host"]), ("PORT", ["port"], ["port"]),
        ("zebra", ["host", "port"], []), ("", ["a"], ["a"]), ("read", ["reads", "rad", "create"], ["rad", "reads"]),
        ("nam", ["enum", "name"], ["name"]),
    ])
    func `only the nearest names are suggested`(name: String, candidates: [String], expected: [String]) {
        #expect(suggestions(for: name, in: candidates) == expected)
    }

    @Test func `suggestions read as a sentence`() {
        #expect(didYouMean([]) == nil)
        #expect(didYouMean(["a"]) == "did you mean \"a\"?")
        #expect(didYouMean(["a", "b"]) == "did you mean \"a\" or \"b\"?")
        #expect(didYouMean(["a", "b", "c"]) == "did you mean \"a\", \"b\" or \"c\"?")
    }
}
