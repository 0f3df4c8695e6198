// What documents made to hurt cost until they are refused: steps, which tests bound, beside processor time, which nobody
// can bound on a foreign machine. The table goes into benchmarks/RESULTS.md.
// `swift run -c release HostileDocumentBenchmark [part of a name] [rounds]`

import Glibc
import TestSupport

/// Processor time of this thread in milliseconds.
func processorTime() -> Double {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

// The schema, tables and caches are made at the first use, which is no document's fault.
for document in HostileDocuments.all.prefix(3) { _ = HostileDocuments.judge(document) }

let arguments = Array(CommandLine.arguments.dropFirst())
let documents = HostileDocuments.all.filter { arguments.isEmpty || $0.name.contains(arguments[0]) }
let rounds = arguments.count > 1 ? Int(arguments[1]) ?? 9 : 9

print("| document | bytes | steps | ms (median of \(rounds)) | ns a step | answer |")
print("|---|---|---|---|---|---|")
var worst = 0.0
for document in documents {
    var times: [Double] = []
    var verdict = HostileDocuments.judge(document)
    for _ in 0..<rounds {
        let start = processorTime()
        verdict = HostileDocuments.judge(document)
        times.append(processorTime() - start)
    }
    let time = times.sorted()[times.count / 2]
    worst = max(worst, time)
    let perStep = time * 1e6 / Double(max(verdict.steps, 1))
    let answer = (verdict.message ?? "ACCEPTED").prefix(72).filter { $0 != "|" && $0 != "\n" }
    print(
        "| \(document.name) | \(document.text.utf8.count) | \(verdict.steps) | \((time * 100).rounded() / 100) | \(Int(perStep)) | \(answer) |"
    )
}
print("worst: \(worst) ms of processor time; the bound is 20")
exit(worst < 20 ? 0 : 1)
