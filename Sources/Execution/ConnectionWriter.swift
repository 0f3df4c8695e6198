// A source's rows as a `T_connection`: sort keys become sealed cursors, the row that was read beyond the page tells whether
// there is another one, and a page that was read from its end is turned round.
internal import Auth
internal import Base
internal import Connectors
internal import Planning
internal import Rules

/// What is known of a connection before its rows are.
package struct PreparedConnection: Sendable {
    let connection: Connection<Secured>
    /// `first` or `last`.
    let size: PreparedValue?
    /// Edges at which the rules cut a page.
    let cap: Int64?
    let rowLimit: Int64
    let errorPath: String

    init(_ connection: Connection<Secured>, _ read: SecuredRead) {
        self.connection = connection
        size = read.limit.map { PreparedValue($0) }
        cap = read.pageCap
        rowLimit = read.rowLimit
        errorPath = read.errorPath
    }
}

struct ConnectionWriter {
    private let prepared: PreparedConnection
    private let seal: CursorSeal
    private let context: [UInt8]
    private let hasMore: Bool
    private let edges: [Edge]

    /// Where the parts of one row stand in the source's answer.
    private struct Edge {
        let key: Range<Int>
        let nodes: [Range<Int>]
    }

    /// - Parameters:
    ///   - size: the page's bound, where the request set one.
    ///   - bytes: a list of `{"key": …, "node0": …, …}`, as our own functions write it.
    init(
        _ prepared: PreparedConnection, size: Int64?, bytes: Span<UInt8>, seal: CursorSeal, caller: Caller
    ) throws(GatewayError) {
        self.prepared = prepared
        self.seal = seal
        context = CursorContext.bytes(prepared.connection.binding, caller)
        var edges = Self.edges(bytes)
        let bound = min(size ?? .max, prepared.cap ?? .max)
        if edges.count > bound {
            edges.removeLast(edges.count - Int(bound))
            hasMore = true
        } else {
            hasMore = false
        }
        guard edges.count <= prepared.rowLimit else {
            throw GatewayError(
                exceeded: .rows, "The list or the response is larger than this server allows; use \"limit\".",
                extensionPath: prepared.errorPath)
        }
        self.edges = prepared.connection.isBackward ? edges.reversed() : edges
    }

    func write(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) throws(GatewayError) {
        var cursors: [[UInt8]] = []
        if needsCursors {
            for edge in edges { try cursors.append(cursor(edge, bytes)) }
        }
        var node = 0
        buffer.append(UInt8(ascii: "{"))
        for (index, member) in prepared.connection.members.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            append(key: member.responseKey, &buffer)
            switch member.content {
            case .typename(let name): buffer.append(jsonString: name)
            case .pageInfo(let members): write(members, cursors, &buffer)
            case .edges(let members):
                write(members, firstNode: node, cursors, bytes, &buffer)
                node += members.count { if case .node = $0.content { true } else { false } }
            }
        }
        buffer.append(UInt8(ascii: "}"))
    }

    private func write(
        _ members: [EdgeMember<Secured>], firstNode: Int, _ cursors: [[UInt8]], _ bytes: Span<UInt8>,
        _ buffer: inout ByteBuffer
    ) {
        buffer.append(UInt8(ascii: "["))
        for (position, edge) in edges.enumerated() {
            if position > 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.append(UInt8(ascii: "{"))
            var node = firstNode
            for (index, member) in members.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                append(key: member.responseKey, &buffer)
                switch member.content {
                case .typename(let name): buffer.append(jsonString: name)
                case .cursor: append(cursor: cursors[position], &buffer)
                case .node:
                    append(edge.nodes[node], of: bytes, &buffer)
                    node += 1
                }
            }
            buffer.append(UInt8(ascii: "}"))
        }
        buffer.append(UInt8(ascii: "]"))
    }

    /// A cursor that was given stood at a row on that side.
    private func write(_ members: [PageInfoMember], _ cursors: [[UInt8]], _ buffer: inout ByteBuffer) {
        let connection = prepared.connection
        let hasNext = connection.isBackward ? connection.before != nil : hasMore
        let hasPrevious = connection.isBackward ? hasMore : connection.after != nil
        buffer.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            append(key: member.responseKey, &buffer)
            switch member.content {
            case .typename: buffer.append("\"PageInfo\"")
            case .hasNextPage: buffer.append(text: hasNext ? "true" : "false")
            case .hasPreviousPage: buffer.append(text: hasPrevious ? "true" : "false")
            case .startCursor: append(cursor: cursors.first, &buffer)
            case .endCursor: append(cursor: cursors.last, &buffer)
            }
        }
        buffer.append(UInt8(ascii: "}"))
    }

    private func append(key: String, _ buffer: inout ByteBuffer) {
        buffer.append(jsonString: key)
        buffer.append(UInt8(ascii: ":"))
    }

    private func append(cursor: [UInt8]?, _ buffer: inout ByteBuffer) {
        guard let cursor else { return buffer.append("null") }
        buffer.append(UInt8(ascii: "\""))
        buffer.append(contentsOf: cursor)
        buffer.append(UInt8(ascii: "\""))
    }

    private func append(_ range: Range<Int>, of bytes: Span<UInt8>, _ buffer: inout ByteBuffer) {
        for index in range { buffer.append(bytes[index]) }
    }

    private func cursor(_ edge: Edge, _ bytes: Span<UInt8>) throws(GatewayError) -> [UInt8] {
        guard let cursor = seal.seal(edge.key.map { bytes[$0] }, to: context) else {
            throw GatewayError(.unexpected, "internal error", underlying: "a cursor could not be sealed")
        }
        return cursor
    }

    private var needsCursors: Bool {
        prepared.connection.members.contains { member in
            switch member.content {
            case .typename: false
            case .edges(let members): members.contains { $0.content == .cursor }
            case .pageInfo(let members):
                members.contains { $0.content == .startCursor || $0.content == .endCursor }
            }
        }
    }

    // MARK: Reading the rows

    /// The text is our own functions': it needs no checking, only its members' ends.
    private static func edges(_ bytes: Span<UInt8>) -> [Edge] {
        var edges: [Edge] = []
        var position = 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "]") {
            var parts: [Range<Int>] = []
            // Past `{` or `,{`.
            position += bytes[position] == UInt8(ascii: ",") ? 2 : 1
            while bytes[position] != UInt8(ascii: "}") {
                if bytes[position] == UInt8(ascii: ",") { position += 1 }
                position = AnswerText.end(from: position, bytes) + 1
                let start = position
                position = AnswerText.end(from: position, bytes)
                parts.append(start..<position)
            }
            position += 1
            edges.append(Edge(key: parts[0], nodes: Array(parts.dropFirst())))
        }
        return edges
    }
}

/// What a cursor is bound to.
enum CursorContext {
    static func bytes(_ binding: String, _ caller: Caller) -> [UInt8] {
        Array("\(binding.utf8.count) \(binding)\(caller.cursorIdentity)".utf8)
    }
}
