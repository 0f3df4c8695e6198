// The threat model names code and tests: all of them are there.
import Foundation
import TestSupport
import Testing

@Suite
struct ThreatModelTests {
    private static func page() throws -> String {
        try Repository.text(of: Repository.root.appendingPathComponent("docs/threat-model.md"))
    }

    @Test func `every file it names is there`() throws {
        let page = try Self.page()
        let files = page.matches(of: #/`((?:Sources|Tests)/[^`]+)`/#).map { String($0.1) }
        #expect(files.count > 60)
        for file in Set(files) {
            #expect(
                FileManager.default.fileExists(atPath: Repository.root.appendingPathComponent(file).path), "\(file)")
        }
    }

    @Test func `every test it names is there, and every threat names one`() throws {
        let page = try Self.page()
        var named = 0
        var tested = true
        for line in page.split(separator: "\n") {
            // A threat is an item; its tests are items below it.
            if line.hasPrefix("- "), !line.hasPrefix("- **") {
                #expect(tested, "a threat before \"\(line)\" has no test")
                tested = false
            }
            guard let match = line.firstMatch(of: #/^  - `(Tests/[^`]+)` "(.+)"$/#) else { continue }
            named += 1
            tested = true
            let text = try Repository.text(of: Repository.root.appendingPathComponent(String(match.1)))
            let title = String(match.2)
            let isThere = match.1.hasSuffix(".py") ? text.contains("def \(title)(") : text.contains("func `\(title)`(")
            #expect(isThere, "\(match.1) has no test \"\(title)\"")
        }
        #expect(tested)
        #expect(named > 60)
    }
}
