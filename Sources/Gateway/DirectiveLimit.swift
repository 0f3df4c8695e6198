// How many directives may stand at one place of a document: counted on the parsed document, before any rule looks at it.
internal import Base
internal import GraphQL

struct DirectiveLimit {
    let maximum: Int

    /// - Throws: `limit-exceeded` at the first directive too many.
    func check(_ document: Document) throws(GatewayError) {
        // Most documents have none.
        guard document.tokenCount > 2 * maximum, document.source.contains(UInt8(ascii: "@")) else { return }
        var run = 0
        var location: SourceLocation?
        document.forEachNode { node in
            // The directives of a place are neighbours: without their children they are entered one after another.
            guard node.kind == .directive else {
                run = 0
                return .continue
            }
            run += 1
            guard run > maximum else { return .skipChildren }
            location = node.location
            return .stop
        }
        guard let location else { return }
        var error = GatewayError(
            exceeded: .directives, "There are more than \(maximum) directives at one place of the document.")
        error.locations = [location]
        throw error
    }
}
