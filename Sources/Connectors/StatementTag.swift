// What a statement says of itself to whoever looks at the database's log: the name of the operation that it answers. It belongs
// to the statement, so that one that is prepared stays one, however often it runs.

package struct StatementTag: Sendable, Hashable {
    /// A comment, and a space behind it.
    package let text: String

    /// Bytes of a name; GraphQL has no bound for them.
    private static let longestName = 63

    /// - Parameter operation: as the document has it. Whatever is not of a GraphQL name is left out, so nothing ends the
    ///   comment but the tag itself.
    package init(operation: String?) {
        let name = (operation ?? "").utf8.prefix(Self.longestName).filter { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        text = "/* operation='\(String(decoding: name, as: UTF8.self))' */ "
    }
}
