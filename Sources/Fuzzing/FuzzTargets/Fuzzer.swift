// Makes inputs out of inputs: starts from seeds, keeps what went a new way, and is the same for the same seed number.

package struct Fuzzer {
    /// An input that breaks a property.
    package struct Finding: Error, Sendable {
        package let input: [UInt8]
        package let problem: String
    }

    private let target: FuzzTarget
    private let dictionary: [[UInt8]]
    private var corpus: [[UInt8]]
    private var signatures: Set<Int> = []
    private var generator: SplitMix

    private static let maximumBytes = 2_048
    private static let maximumCorpus = 20_000

    /// - Parameter seeds: inputs to begin with; at least one.
    package init(_ target: FuzzTarget, seeds: [[UInt8]], seed: UInt64) {
        precondition(!seeds.isEmpty, "fuzzing begins with a seed")
        self.target = target
        dictionary = target.dictionary
        corpus = seeds
        generator = SplitMix(seed)
    }

    /// Inputs that went different ways so far.
    package var ways: Int { signatures.count }

    /// Runs the seeds, then `count` new inputs. `before` sees each input before the reader does.
    package mutating func run(_ count: Int, before: ([UInt8]) -> Void = { _ in }) throws(Finding) {
        for seed in corpus {
            before(seed)
            try run(seed)
        }
        for _ in 0..<count {
            let input = next()
            before(input)
            if try run(input), corpus.count < Fuzzer.maximumCorpus { corpus.append(input) }
        }
    }

    /// Whether the input went a new way.
    @discardableResult
    private mutating func run(_ input: [UInt8]) throws(Finding) -> Bool {
        let outcome = target.run(input)
        if let problem = outcome.problem { throw Finding(input: input, problem: problem) }
        return signatures.insert(outcome.signature).inserted
    }

    // MARK: Mutations

    private mutating func next() -> [UInt8] {
        var input = corpus[below(corpus.count)]
        for _ in 0...below(5) { mutate(&input) }
        if input.count > Fuzzer.maximumBytes { input.removeLast(input.count - Fuzzer.maximumBytes) }
        return input
    }

    private mutating func mutate(_ input: inout [UInt8]) {
        let place = below(input.count + 1)
        switch below(9) {
        case 0: input.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
        case 1: if place < input.count { input[place] = UInt8(truncatingIfNeeded: generator.next()) }
        case 2: if place < input.count { input[place] ^= 1 << UInt8(below(8)) }
        case 3, 4: input.insert(contentsOf: dictionary[below(dictionary.count)], at: place)
        case 5: input.removeSubrange(range(in: input))
        case 6: input.insert(contentsOf: Array(input[range(in: input)]), at: place)
        case 7:
            let other = corpus[below(corpus.count)]
            input.insert(contentsOf: Array(other[range(in: other)]), at: place)
        default:
            // One piece many times: what nests or repeats must meet its limit.
            let piece = dictionary[below(dictionary.count)]
            for _ in 0..<below(64) { input.insert(contentsOf: piece, at: place) }
        }
    }

    private mutating func range(in input: [UInt8]) -> Range<Int> {
        let start = below(input.count + 1)
        return start..<min(input.count, start + below(1 << below(8)) + 1)
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &generator) }
}

/// A small seeded generator (splitmix64).
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
