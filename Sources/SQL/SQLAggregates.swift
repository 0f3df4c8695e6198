// The aggregates of the API as SQL names them (ISO 9075-2, "set function specification").
package import Metadata

extension SQLDialect {
    package static func aggregate(_ function: AggregateFunction, _ value: SQLExpression) -> SQLExpression {
        .function(name(of: function), [value])
    }
}

extension AggregateFunction {
    /// Without a word of which it is, deviation and variance are those of a sample.
    package var standardName: SQLName {
        switch self {
        case .average: "avg"
        case .maximum: "max"
        case .minimum: "min"
        case .sum: "sum"
        case .deviation, .sampleDeviation: "stddev_samp"
        case .populationDeviation: "stddev_pop"
        case .variance, .sampleVariance: "var_samp"
        case .populationVariance: "var_pop"
        }
    }
}
