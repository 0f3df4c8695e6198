// What validating a document may cost, and how much of its outcome is reported.

package struct ValidationLimits: Sendable, Hashable {
    /// Errors reported before validation gives up.
    package var errors: Int
    /// Everything a validation does, in steps: nodes walked, fields looked at while fragments are merged and followed,
    /// names compared, errors written. Counted, not timed: the same document always costs the same. A step takes some
    /// 0.2 µs on the machine of benchmarks/RESULTS.md.
    package var steps: Int
    /// Lists of introspection inside each other (`fields`, `interfaces`, `possibleTypes`, `inputFields`).
    package var introspectionDepth: Int

    package init(errors: Int = 100, steps: Int = 60_000, introspectionDepth: Int = 3) {
        self.errors = errors
        self.steps = steps
        self.introspectionDepth = introspectionDepth
    }

    package static let standard = ValidationLimits()
}
