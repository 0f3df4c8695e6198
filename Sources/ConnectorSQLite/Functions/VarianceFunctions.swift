// The variance family, which SQLite lacks: `perigee_var_pop`, `perigee_var_samp`, `perigee_stddev_pop` and
// `perigee_stddev_samp`. Nulls are left out; over no values, and for a sample over one, the result is null. Texts count as
// `sum` counts them.

enum VarianceFunctions {
    /// Whole numbers are summed exactly as long as 128 bits hold the squares; beside them, and for everything else, the
    /// running mean and the sum of squared distances from it (Welford 1962), which lose nothing to large means.
    private struct Moments: BitwiseCopyable {
        var count: Int64
        var mean: Double
        var squaredDistances: Double
        /// The first value; distances from it stay small, so that their squares fit.
        var origin: Int64
        var sum: Int128
        var sumOfSquares: Int128
        var isInexact: Bool

        mutating func add(_ value: Double) {
            count += 1
            let distance = value - mean
            mean += distance / Double(count)
            squaredDistances += distance * (value - mean)
        }

        mutating func addExactly(_ value: Int64) {
            if count == 0 { origin = value }
            let distance = Int128(value) - Int128(origin)
            let (square, squareOverflows) = distance.multipliedReportingOverflow(by: distance)
            let (squares, squaresOverflow) = sumOfSquares.addingReportingOverflow(square)
            let (total, sumOverflows) = sum.addingReportingOverflow(distance)
            if squareOverflows || squaresOverflow || sumOverflows { isInexact = true }
            (sum, sumOfSquares) = (total, squares)
            // Distances, not values: doubles hold those of 64-bit integers that lie near each other.
            add(Double(distance))
        }

        /// The sum of squared distances from the mean.
        var squares: Double {
            let exact = isInexact ? nil : exactSquares
            return max(0, exact ?? squaredDistances)
        }

        private var exactSquares: Double? {
            let (scaled, scaledOverflows) = sumOfSquares.multipliedReportingOverflow(by: Int128(count))
            let (square, squareOverflows) = sum.multipliedReportingOverflow(by: sum)
            guard !scaledOverflows, !squareOverflows else { return nil }
            return Double(scaled - square) / Double(count)
        }
    }

    static func step(_ call: FunctionCall) {
        let value = call[0]
        guard value.kind != .null,
            let memory = unsafe call.aggregateState(byteCount: MemoryLayout<Moments>.size, create: true)
        else { return }
        // SQLite aligns what it allocates to eight bytes, 128-bit integers want sixteen.
        var moments = unsafe memory.loadUnaligned(as: Moments.self)
        if value.kind == .integer, moments.count == 0 || !moments.isInexact {
            moments.addExactly(value.integer)
        } else {
            // From the first value that is not a whole number, distances from the same origin.
            moments.isInexact = true
            moments.add(value.real - Double(moments.origin))
        }
        unsafe memory.storeBytes(of: moments, as: Moments.self)
    }

    static func populationVariance(_ call: FunctionCall) { finish(call, lost: 0) { $0 } }
    static func sampleVariance(_ call: FunctionCall) { finish(call, lost: 1) { $0 } }
    static func populationDeviation(_ call: FunctionCall) { finish(call, lost: 0) { $0.squareRoot() } }
    static func sampleDeviation(_ call: FunctionCall) { finish(call, lost: 1) { $0.squareRoot() } }

    /// - Parameter lost: degrees of freedom that the mean of a sample takes.
    private static func finish(_ call: FunctionCall, lost: Int64, _ result: (Double) -> Double) {
        guard let memory = unsafe call.aggregateState(byteCount: 0, create: false) else { return call.returnNull() }
        let moments = unsafe memory.loadUnaligned(as: Moments.self)
        guard moments.count > lost else { return call.returnNull() }
        call.returnReal(result(moments.squares / Double(moments.count - lost)))
    }
}
