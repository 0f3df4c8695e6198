// Depth-first walk over any part of a document. Because the arena is in source order the walk is a loop with a stack of
// open nodes, not a recursion: no document can exhaust the call stack here.

package enum VisitAction: Sendable {
    case `continue`
    /// Leave the node's children out; `leave` is not called for it either.
    case skipChildren
    /// End the whole walk.
    case stop
}

package protocol DocumentVisitor {
    mutating func enter(_ node: AnyNode) -> VisitAction
    /// After the children of a node that was entered.
    mutating func leave(_ node: AnyNode) -> VisitAction
}

extension DocumentVisitor {
    package mutating func enter(_ node: AnyNode) -> VisitAction { .continue }
    package mutating func leave(_ node: AnyNode) -> VisitAction { .continue }
}

extension Document {
    /// Walks all definitions.
    package func visit(_ visitor: inout some DocumentVisitor) {
        walk(from: 0, to: nodeCount, &visitor)
    }

    /// Walks all definitions with a closure called before each node's children.
    package func forEachNode(_ body: (AnyNode) -> VisitAction) {
        withoutActuallyEscaping(body) { body in
            var visitor = ClosureVisitor(body: body)
            visit(&visitor)
        }
    }

    fileprivate func walk(from start: Int, to end: Int, _ visitor: inout some DocumentVisitor) {
        var open: [(index: Int, end: Int)] = []
        var position = start
        while position < end {
            let node = AnyNode(document: self, index: position)
            let subtreeEnd = Int(self[position].next)
            switch visitor.enter(node) {
            case .continue:
                open.append((position, subtreeEnd))
                position += 1
            case .skipChildren: position = subtreeEnd
            case .stop: return
            }
            while let last = open.last, last.end <= position {
                open.removeLast()
                if case .stop = visitor.leave(AnyNode(document: self, index: last.index)) { return }
            }
        }
    }
}

extension NodeView {
    /// Walks this node and what is below it.
    package func visit(_ visitor: inout some DocumentVisitor) {
        document.walk(from: index, to: Int(document[index].next), &visitor)
    }

    /// Walks this node and what is below it with a closure called before each node's children.
    package func forEachNode(_ body: (AnyNode) -> VisitAction) {
        withoutActuallyEscaping(body) { body in
            var visitor = ClosureVisitor(body: body)
            visit(&visitor)
        }
    }
}

private struct ClosureVisitor: DocumentVisitor {
    let body: (AnyNode) -> VisitAction

    mutating func enter(_ node: AnyNode) -> VisitAction { body(node) }
}
