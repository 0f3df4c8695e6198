// The variance family over the values that break naive formulas.

import Testing

@testable import ConnectorSQLite
@testable import Connectors

@Suite struct VarianceFunctionsTests {
    let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private func ask(_ function: String, _ values: String) throws -> String? {
        try database.ask("with v (x) as (values \(values)) select \(function)(x) from v")
    }

    @Test(
        arguments: [
            ("(1), (2), (3), (4)", "1.25", "1.66666666666667", "1.11803398874989", "1.29099444873581"),
            ("(5)", "0.0", nil, "0.0", nil),
            ("(null)", nil, nil, nil, nil),
            ("(null), (2), (4), (null)", "1.0", "2.0", "1.0", "1.4142135623731"),
            ("(7), (7), (7)", "0.0", "0.0", "0.0", "0.0"),
            // Squares of the values do not fit in doubles, distances do.
            ("(9007199254740993), (9007199254740995)", "1.0", "2.0", "1.0", "1.4142135623731"),
            ("(9223372036854775807), (9223372036854775805)", "1.0", "2.0", "1.0", "1.4142135623731"),
            ("(1000000000.5), (1000000001.5)", "0.25", "0.5", "0.5", "0.707106781186548"),
            ("(1), (1.5), (2)", "0.166666666666667", "0.25", "0.408248290463863", "0.5"),
            ("('1'), ('3')", "1.0", "2.0", "1.0", "1.4142135623731"),
            ("(x'41')", "0.0", nil, "0.0", nil),
        ] as [(String, String?, String?, String?, String?)])
    func `nulls are left out and precision is kept`(
        values: String, populationVariance: String?, sampleVariance: String?, populationDeviation: String?,
        sampleDeviation: String?
    ) throws {
        let expected = [populationVariance, sampleVariance, populationDeviation, sampleDeviation]
        let names = ["perigee_var_pop", "perigee_var_samp", "perigee_stddev_pop", "perigee_stddev_samp"]
        for (name, expected) in zip(names, expected) {
            #expect(try ask(name, values) == expected, "\(name) of \(values)")
        }
    }

    @Test func `extreme integers overflow into doubles, not into nonsense`() throws {
        let values = "(9223372036854775807), (-9223372036854775808)"
        let text = try #require(try ask("perigee_stddev_pop", values))
        let value = try #require(Double(text))
        #expect(abs(value / 9.223372036854775807e18 - 1) < 1e-12)
    }

    @Test func `over no rows everything is null`() throws {
        #expect(try database.ask("select perigee_var_samp(x) from (select 1 as x where 0)") == nil)
    }
}
