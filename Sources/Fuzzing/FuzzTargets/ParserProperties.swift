// The parser and the printer: what was parsed prints to something that parses to the same and prints the same; ignored
// characters carry no meaning; a value and a type by themselves keep the same promise.

internal import GraphQL

enum ParserProperties {
    static func check(_ input: [UInt8]) -> FuzzTarget.Outcome {
        var signature = Signature()
        var problem: String?
        do throws(GraphQLError) {
            let document = try DocumentParser.parse(input)
            var kinds: Set<NodeKind> = []
            document.forEachNode { node in
                kinds.insert(node.kind)
                return .continue
            }
            for (position, kind) in NodeKind.allCases.enumerated() where kinds.contains(kind) {
                signature.add(position)
            }
            signature.add(magnitude: document.nodeCount)
            problem = try self.problem(document, input)
        } catch {
            signature.add(message: error.message)
        }
        if let value = try? DocumentParser.parseValue(input) {
            problem = problem ?? fixedPoint(Printer.print(value)) { try Printer.print(DocumentParser.parseValue($0)) }
        }
        if let type = try? DocumentParser.parseType(input) {
            problem = problem ?? fixedPoint(Printer.print(type)) { try Printer.print(DocumentParser.parseType($0)) }
        }
        return FuzzTarget.Outcome(problem: problem, signature: signature.value)
    }

    private static func problem(_ document: Document, _ input: [UInt8]) throws(GraphQLError) -> String? {
        let printed = Printer.print(document)
        let again: Document
        do throws(GraphQLError) {
            // Printing may add nothing that counts: the same limits hold.
            again = try DocumentParser.parse(printed)
        } catch {
            return "printed text does not parse: \(error.message)"
        }
        if Printer.print(again) != printed { return "printing is no fixed point" }
        if again.nodeCount != document.nodeCount { return "printing changes the tree" }
        let stripped = try IgnoredCharacters.strip(input)
        guard let plain = try? DocumentParser.parse(stripped) else { return "stripped text does not parse" }
        return Printer.print(plain) == printed ? nil : "stripping changes the document"
    }

    private static func fixedPoint(_ printed: String, _ reprint: ([UInt8]) throws -> String) -> String? {
        guard let again = try? reprint(Array(printed.utf8)) else { return "printed part does not parse" }
        return again == printed ? nil : "printing a part is no fixed point"
    }
}
