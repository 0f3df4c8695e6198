// Picking operations out of a document. Specification, section 6.1 "Executing Requests", GetOperation().

extension Document {
    /// The operation of that name; without a name the only one. `nil` if there is none or it is not clear which.
    package func operation(named name: String?) -> OperationDefinition? {
        var found: OperationDefinition?
        for operation in operations {
            if let name {
                if operation.name == name { return operation }
            } else {
                if found != nil { return nil }
                found = operation
            }
        }
        return found
    }

    /// Each operation as a text of its own, with the fragments it reaches, in the document's order. The key is the
    /// operation's name, empty for an anonymous one.
    package func separateOperations() -> [String: String] {
        let fragments = FragmentTable(self)
        var result: [String: String] = [:]
        for operation in operations {
            var reached: Set<Int> = [operation.index]
            var pending = [operation.anyNode]
            while let node = pending.popLast() {
                node.forEachNode { node in
                    if node.kind == .fragmentSpread, let fragment = fragments[node.nameText],
                        reached.insert(fragment.index).inserted
                    {
                        pending.append(fragment.anyNode)
                    }
                    return .continue
                }
            }
            let parts = definitions.filter { reached.contains($0.index) }.map { Printer.print($0) }
            result[operation.name ?? ""] = parts.joined(separator: "\n\n")
        }
        return result
    }
}
