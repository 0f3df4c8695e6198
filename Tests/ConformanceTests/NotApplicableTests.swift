// The list of cases that cannot apply names each once, and only cases there are.

import Base
import Foundation
import Testing

@Suite struct NotApplicableTests {
    @Test func `every id on the list is a case, once`() throws {
        let folder = CaseFile.folder.appendingPathComponent("graphql-cases")
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            print("conformance: SKIPPED, no folder \(folder.path)")
            return
        }
        var unknown = Set(NotApplicable.reasons.keys)
        for name in names where name.hasSuffix(".json") {
            for entry in try CaseFile.load(name)?.cases ?? [] {
                if let id = entry["id"]?.string { unknown.remove(id) }
            }
        }
        #expect(unknown.isEmpty)
        #expect(NotApplicable.count == NotApplicable.reasons.count)
    }
}
