// A small part of `make fuzz` with fixed seeds; and every input that fuzzing ever found, forever.

import Foundation
import FuzzTargets
import TestSupport
import Testing

@Suite struct FuzzTests {
    private static func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = Repository.fixtures.appendingPathComponent("fuzz/\(target.rawValue)")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, [UInt8](try Data(contentsOf: folder.appendingPathComponent(name))))
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `seeds and what fuzzing found keep every property`(_ target: FuzzTarget) throws {
        let inputs = try Self.inputs(target)
        #expect(inputs.count >= 5)
        for input in inputs {
            #expect(target.run(input.bytes).problem == nil, "\(target.rawValue)/\(input.name)")
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `mutations of the seeds keep every property`(_ target: FuzzTarget) throws {
        var fuzzer = Fuzzer(target, seeds: try Self.inputs(target).map(\.bytes), seed: 20_251)
        do {
            try fuzzer.run(target == .json ? 20_000 : 3_000)
        } catch {
            Issue.record("\(target.rawValue): \(error.problem): \(error.input)")
        }
        // Inputs that all go the same few ways would test nothing.
        #expect(fuzzer.ways > 20)
    }
}
