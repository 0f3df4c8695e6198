// The aggregate functions over the values of one column (dialect of the API, section 3).

package enum AggregateFunction: String, Sendable, Hashable, CaseIterable {
    case average = "avg"
    case maximum = "max"
    case minimum = "min"
    case sum = "sum"

    package func applies(to type: ScalarKind) -> Bool {
        switch self {
        case .average, .sum: type.isNumeric
        case .maximum, .minimum: type.isOrdered
        }
    }

    package func resultType(of type: ScalarKind) -> ScalarKind {
        switch self {
        case .average: .float
        case .sum, .maximum, .minimum: type
        }
    }
}
