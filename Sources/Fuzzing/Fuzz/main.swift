// `Fuzz <target> [minutes] [seed]`: fuzzes one reader for that long, in batches of a process each, so that an input that
// ends the process is found again and kept. What is found lands in fixtures/fuzz/<target>/found-…, where tests replay it.
//
// `Fuzz --batch <target> <seed> <count> [file]` is one batch; with a file it writes each input there before running it.

import Foundation
import FuzzTargets

/// Inputs of one batch: enough to evolve, few enough to be run again.
let batchCount = 20_000
/// A batch takes a second or two; one that takes this long hangs.
let batchSeconds = 120.0

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(2)
}

func say(_ message: String) { FileHandle.standardOutput.write(Data((message + "\n").utf8)) }

let usage = """
    usage: Fuzz <\(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|"))> [minutes] [seed]
    Run it in the root of the repository, where fixtures/fuzz is.
    """

func folder(_ target: FuzzTarget) -> URL { URL(fileURLWithPath: "fixtures/fuzz/\(target.rawValue)") }

func seeds(_ target: FuzzTarget) -> [[UInt8]] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(target).path)) ?? []
    let seeds = names.sorted().compactMap { name in
        FileManager.default.contents(atPath: folder(target).appendingPathComponent(name).path).map { [UInt8]($0) }
    }
    if seeds.isEmpty { fail("There are no seeds in \(folder(target).path).\n\(usage)") }
    return seeds
}

func keep(_ input: [UInt8], _ target: FuzzTarget, _ problem: String) -> Never {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in input { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let file = folder(target).appendingPathComponent("found-" + String(hash, radix: 16))
    do {
        try Data(input).write(to: file)
    } catch {
        fail("\(problem); the input could not be written to \(file.path): \(error)")
    }
    fail("\(problem)\nThe input is in \(file.path): mend the reader, leave the file as a test.")
}

func runBatch(_ target: FuzzTarget, _ seed: UInt64, _ count: Int, _ trace: String?) {
    var fuzzer = Fuzzer(target, seeds: seeds(target), seed: seed)
    do throws(Fuzzer.Finding) {
        try fuzzer.run(count) { input in
            guard let trace else { return }
            _ = FileManager.default.createFile(atPath: trace, contents: Data(input))
        }
        say("\(fuzzer.ways)")
    } catch {
        keep(error.input, target, "\(target.rawValue): \(error.problem)")
    }
}

/// How a batch ended, and what it said.
func spawn(_ arguments: [String]) -> (status: Int32, isCrash: Bool, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] = "enable=no"
    process.environment = environment
    let output = Pipe()
    process.standardOutput = output
    do { try process.run() } catch { fail("\(CommandLine.arguments[0]) cannot start itself: \(error)") }
    let deadline = DispatchWorkItem { process.terminate() }
    DispatchQueue.global().asyncAfter(deadline: .now() + batchSeconds, execute: deadline)
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    deadline.cancel()
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    return (process.terminationStatus, process.terminationReason == .uncaughtSignal, text)
}

func supervise(_ target: FuzzTarget, _ minutes: Double, _ firstSeed: UInt64) {
    let end = Date().addingTimeInterval(minutes * 60)
    var seed = firstSeed
    var inputs = 0
    var ways = 0
    while Date() < end {
        let batch = ["--batch", target.rawValue, "\(seed)", "\(batchCount)"]
        let result = spawn(batch)
        if result.isCrash {
            let trace = NSTemporaryDirectory() + "perigee-fuzz-\(UUID().uuidString)"
            _ = spawn(batch + [trace])
            let input = FileManager.default.contents(atPath: trace).map { [UInt8]($0) } ?? []
            try? FileManager.default.removeItem(atPath: trace)
            keep(input, target, "\(target.rawValue): signal \(result.status), or no end within \(Int(batchSeconds)) s")
        }
        if result.status != 0 { exit(1) }
        inputs += batchCount
        ways = max(ways, Int(result.output) ?? 0)
        seed += 1
    }
    say(
        "\(target.rawValue): \(inputs) inputs, \(ways) ways in a batch, seeds \(firstSeed) to \(seed - 1), nothing found"
    )
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "--batch" {
    guard (4...5).contains(arguments.count), let target = FuzzTarget(rawValue: arguments[1]),
        let seed = UInt64(arguments[2]), let count = Int(arguments[3])
    else { fail(usage) }
    runBatch(target, seed, count, arguments.count == 5 ? arguments[4] : nil)
} else {
    guard (1...3).contains(arguments.count), let target = FuzzTarget(rawValue: arguments[0]),
        let minutes = arguments.count > 1 ? Double(arguments[1]) : 10,
        let seed = arguments.count > 2 ? UInt64(arguments[2]) : UInt64(Date().timeIntervalSince1970)
    else { fail(usage) }
    supervise(target, minutes, seed)
}
