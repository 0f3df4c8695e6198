// docs/reference/limits.md beside the code: every limit an error may name, and the default of each that is a setting.

import Base
import Foundation
import TestSupport
import Testing

@testable import Metadata

@Suite struct LimitsPageTests {
    /// Rows of the page's table: name, default, what it bounds.
    private static func rows() throws -> [[String]] {
        let page = try Repository.text(of: Repository.root.appendingPathComponent("docs/reference/limits.md"))
        return page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "`", with: "") }
        }
    }

    @Test func `the page lists every limit in the order of the code`() throws {
        #expect(try Self.rows().map { $0[0] } == LimitName.allCases.map(\.rawValue))
    }

    @Test func `the page tells the defaults`() throws {
        let fixed = ["nesting", "validationSteps", "filterDepth"]
        var settings = JSONObject()
        var subscriptions = JSONObject()
        for row in try Self.rows() where !fixed.contains(row[0]) {
            if row[0] == "perConnection" {
                subscriptions[row[0]] = Int(row[1]).map { .number(JSONNumber($0)) }
                continue
            }
            settings[row[0]] = Int(row[1]).map { .number(JSONNumber($0)) } ?? .string(row[1])
        }
        let text =
            #"{"sources":{"main":{"kind":"sqlite","url":"sqlite:a"}},"server":{"limits":\#(JSONValue.object(settings).text),"subscriptions":\#(JSONValue.object(subscriptions).text)}}"#
        let configuration = try ProjectConfiguration.decode(Array(text.utf8), file: "a.json", directory: "")
        #expect(configuration.server == ServerConfiguration())
        #expect(settings.count + subscriptions.count == LimitName.allCases.count - fixed.count)
    }
}
