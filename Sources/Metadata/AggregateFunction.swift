// The aggregate functions over the values of one column (dialect of the API, section 3).

package enum AggregateFunction: String, Sendable, Hashable, CaseIterable {
    case average = "avg"
    case maximum = "max"
    case minimum = "min"
    /// Of the sample; the same as `sampleDeviation`.
    case deviation = "stddev"
    case populationDeviation = "stddev_pop"
    case sampleDeviation = "stddev_samp"
    case sum = "sum"
    case populationVariance = "var_pop"
    case sampleVariance = "var_samp"
    /// Of the sample; the same as `sampleVariance`.
    case variance = "variance"

    package func applies(to type: ScalarKind) -> Bool {
        switch self {
        case .maximum, .minimum: type.isOrdered
        case .average, .sum, .deviation, .populationDeviation, .sampleDeviation, .populationVariance, .sampleVariance,
            .variance:
            type.isNumeric
        }
    }

    package func resultType(of type: ScalarKind) -> ScalarKind {
        switch self {
        case .sum, .maximum, .minimum: type
        case .average, .deviation, .populationDeviation, .sampleDeviation, .populationVariance, .sampleVariance,
            .variance:
            .float
        }
    }
}
