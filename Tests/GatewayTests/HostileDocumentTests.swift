// Documents of the classes that brought servers down are answered with an error, within a number of steps that is the
// same on every machine. HostileDocumentBenchmark measures what a step takes: 80,000 are under 20 ms of processor time.
import TestSupport
import Testing

@Suite
struct HostileDocumentTests {
    private static let maximumSteps = 80_000

    @Test(arguments: HostileDocuments.all.map(\.name))
    func `a hostile document is refused within its steps`(_ name: String) throws {
        let document = try #require(HostileDocuments.all.first { $0.name == name })
        let verdict = HostileDocuments.judge(document)
        #expect(verdict.message != nil)
        #expect(verdict.steps <= Self.maximumSteps)
        #expect(verdict.steps > 0)
    }
}
