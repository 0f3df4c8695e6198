// How long parsing and validating take, in microseconds: medians over many rounds in one run, one thread.
// `swift run -c release ParserBenchmark [seconds per measurement]`; with `--documents <folder>` it writes the documents
// there and ends, with `--worker` it answers `benchmarks/parser/run`.

import Foundation
import GraphQL

/// About 2 KB of a request such as tools send: nested selections, arguments, fragments, variables.
let request = """
    query Missions($agency: String!, $after: date = "1961-04-12", $limit: Int = 20, $withCrew: Boolean!) {
      missions(where: {agency: {name: {_eq: $agency}}, launch_date: {_gte: $after}, _or: [{status: {_in: ["done", "flying"]}}, {orbits: {_gt: 0}}]}, order_by: [{launch_date: desc_nulls_last}, {id: asc}], limit: $limit, offset: 0) {
        id
        name
        launch_date
        landing_date
        orbits
        agency { id name country founded }
        vehicle: launch_vehicle { id name stages payload_to_leo_kg maker { id name } }
        spacecraft { ...spacecraftParts }
        crew: crew_assignments(order_by: {seat: asc}, limit: 10) @include(if: $withCrew) {
          seat
          role
          astronaut { ...astronautParts spacewalks_aggregate(where: {minutes: {_gt: 30}}) { aggregate { count sum { minutes } } } }
        }
        notes: mission_notes(where: {_and: [{published: {_eq: true}}, {text: {_ilike: "%orbit%"}}]}) {
          id
          text
          author { id name }
        }
      }
      missions_aggregate(where: {agency: {name: {_eq: $agency}}}) {
        aggregate { count max { orbits launch_date } min { orbits launch_date } avg { orbits } }
      }
      astronauts(distinct_on: [nationality], order_by: [{nationality: asc}, {born: desc}]) {
        ...astronautParts
        missions: crew_assignments { mission { id name launch_date } role }
      }
    }

    fragment spacecraftParts on spacecraft {
      id
      name
      crew_capacity
      dry_mass_kg
      first_flight
      operator { id name }
    }

    fragment astronautParts on astronauts {
      id
      name
      born
      died
      nationality
      selected_in
      flights(order_by: {launch_date: asc}) { id launch_date duration_minutes }
    }
    """

/// Calls `body` for about `seconds` and gives the median time of one call in microseconds.
func median(_ seconds: Double, _ body: () -> Int) -> Double {
    let clock = ContinuousClock()
    var times: [Double] = []
    var sum = 0
    let end = clock.now.advanced(by: .seconds(seconds))
    while clock.now < end {
        let batch = 50
        let start = clock.now
        for _ in 0..<batch { sum &+= body() }
        let elapsed = (clock.now - start) / batch
        times.append(Double(elapsed.components.attoseconds) / 1e12 + Double(elapsed.components.seconds) * 1e6)
    }
    precondition(sum != 0, "the measured code did nothing")
    return times.sorted()[times.count / 2]
}

let arguments = Array(CommandLine.arguments.dropFirst())
/// The request with its fragments named anew.
func copy(_ number: Int) -> String { request.split(separator: "Parts").joined(separator: "Parts\(number)_") }

/// 2 KB: the request, and its fragments twice more.
var small = Array(request.utf8)
for number in 0..<2 {
    let text = copy(number)
    let fragments = text.range(of: "fragment").map { text[$0.lowerBound...] } ?? ""
    small += [0x0A] + Array(fragments.utf8)
}
/// 60 KB: the request 38 times.
var large: [UInt8] = []
for number in 0..<38 { large += Array(copy(number).utf8) + [0x0A] }

if arguments.first == "--worker" {
    answerRequests()
    exit(0)
}
if arguments.first == "--documents", arguments.count == 2 {
    let folder = URL(fileURLWithPath: arguments[1])
    try Data(small).write(to: folder.appendingPathComponent("2k.graphql"))
    try Data(large).write(to: folder.appendingPathComponent("60k.graphql"))
    exit(0)
}
let seconds = arguments.first.flatMap { Double($0) } ?? 1

/// Each line of standard input is a file and a number of seconds; the answer is the median time of one parse.
func answerRequests() {
    while let line = readLine() {
        let words = line.split(separator: " ")
        guard words.count == 2, let seconds = Double(words[1]),
            let data = FileManager.default.contents(atPath: String(words[0]))
        else {
            answer("expected a file and a number of seconds, got \(line)")
            continue
        }
        let source = [UInt8](data)
        answer("\(median(seconds) { (try? DocumentParser.parse(source))?.nodeCount ?? 0 })")
    }
}

/// Unbuffered: whoever asked is waiting.
func answer(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

for (name, source): (String, [UInt8]) in [("2 KB", small), ("60 KB", large)] {
    var nodes = 0
    let lexing = median(seconds) {
        var lexer = Lexer()
        var count = 0
        while let token = try? lexer.nextWithComments(source.span) {
            // A pattern, not `==`: across modules that would be a call through a witness table.
            if case .endOfFile = token.kind { break }
            count += 1
        }
        return count
    }
    let parsing = median(seconds) {
        let document = try? DocumentParser.parse(source, limits: .trusted)
        nodes = document?.nodeCount ?? 0
        return nodes
    }
    let megabytes = Double(source.count) / parsing
    print(
        "parse \(name) (\(source.count) bytes, \(nodes) nodes): lex \(lexing) µs, parse \(parsing) µs, \(megabytes) MB/s"
    )
}

let schema = try SchemaBuilder.schema(of: sampleSchema)
let document = try DocumentParser.parse(request)
let errors = Validation.validate(document, schema)
precondition(errors.isEmpty, "the request does not fit the schema: \(errors.map(\.message))")
let validating = median(seconds) {
    Validation.validate(document, schema).count + 1
}
print("validate the request (\(request.utf8.count) bytes): \(validating) µs")
