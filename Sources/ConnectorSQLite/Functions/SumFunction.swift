// `perigee_sum`: as SQLite's `sum`, but whole numbers whose sum needs more than 64 bits give a real where `sum` raises an
// error that would take the whole answer with it.

enum SumFunction {
    /// Whole numbers exactly, as long as there is nothing else; beside them as doubles, with what their additions lost
    /// (Neumaier 1974).
    private struct Sum: BitwiseCopyable {
        var count: Int64
        var exact: Int128
        var approximate: Double
        var lost: Double
        var isInexact: Bool

        mutating func add(_ value: Double) {
            let sum = approximate + value
            lost += abs(approximate) >= abs(value) ? (approximate - sum) + value : (value - sum) + approximate
            approximate = sum
        }

        var real: Double {
            guard isInexact else { return Double(exact) }
            // Beyond all doubles the remainder is not a number.
            return lost.isFinite ? approximate + lost : approximate
        }
    }

    static func step(_ call: FunctionCall) {
        let value = call[0]
        guard value.kind != .null,
            let memory = unsafe call.aggregateState(byteCount: MemoryLayout<Sum>.size, create: true)
        else { return }
        // SQLite aligns what it allocates to eight bytes, 128-bit integers want sixteen.
        var sum = unsafe memory.loadUnaligned(as: Sum.self)
        sum.count += 1
        // No number of rows makes 64-bit integers overflow 128 bits.
        if value.kind == .integer { sum.exact += Int128(value.integer) } else { sum.isInexact = true }
        sum.add(value.real)
        unsafe memory.storeBytes(of: sum, as: Sum.self)
    }

    static func end(_ call: FunctionCall) {
        guard let memory = unsafe call.aggregateState(byteCount: 0, create: false) else { return call.returnNull() }
        let sum = unsafe memory.loadUnaligned(as: Sum.self)
        guard sum.count > 0 else { return call.returnNull() }
        if !sum.isInexact, let whole = Int64(exactly: sum.exact) { return call.returnInteger(whole) }
        call.returnReal(sum.real)
    }
}
