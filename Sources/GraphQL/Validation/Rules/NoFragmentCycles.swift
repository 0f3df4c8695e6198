// Fragments must not contain themselves. Specification, section 5.5.2.2 "Fragment Spreads Must Not Form Cycles".

struct NoFragmentCycles: ValidationRule {
    static let hooks: ValidationHooks = []

    /// A fragment being followed. A stack of its own: fragments can chain deeper than the call stack allows.
    private struct Frame {
        let name: String
        let spreads: [FragmentSpread]
        var next = 0
    }

    mutating func leaveDocument(_ context: ValidationContext) {
        var visited: Set<String> = []
        for fragment in context.document.fragments where visited.insert(fragment.name).inserted {
            follow(fragment, &visited, context)
        }
    }

    private func follow(_ start: FragmentDefinition, _ visited: inout Set<String>, _ context: ValidationContext) {
        var stack = [frame(start, context)]
        // The spread that is being followed out of each frame, and where each open fragment stands.
        var path: [FragmentSpread] = []
        var positions = [start.name: 0]
        while let top = stack.last, !context.isStopped {
            guard top.next < top.spreads.count else {
                positions[top.name] = nil
                stack.removeLast()
                if !path.isEmpty { path.removeLast() }
                continue
            }
            let spread = top.spreads[top.next]
            stack[stack.count - 1].next += 1
            let name = spread.name
            if let position = positions[name] {
                report(Array(path[position...]) + [spread], name, context)
            } else if let fragment = context.fragments[name], visited.insert(name).inserted {
                positions[name] = stack.count
                stack.append(frame(fragment, context))
                path.append(spread)
            }
        }
    }

    private func frame(_ fragment: FragmentDefinition, _ context: ValidationContext) -> Frame {
        Frame(name: fragment.name, spreads: context.contents[fragment.index]?.spreads ?? [])
    }

    private func report(_ cycle: [FragmentSpread], _ name: String, _ context: ValidationContext) {
        // The message and the places name the whole cycle.
        guard context.spend(cycle.count) else { return }
        let names = cycle.dropLast().map { "\"\($0.name)\"" }
        let via = names.isEmpty ? "" : " via " + names.joined(separator: ", ")
        // The dialect's path ends where the selection set holding the last spread begins.
        let last = cycle[cycle.count - 1]
        let holder = last.document.parent(of: last.index, below: .field)
        context.report(
            "Cannot spread fragment \"\(name)\" within itself\(via).", offsets: cycle.map(\.range.lowerBound),
            path: holder, suffix: ".selectionSet")
    }
}

extension Document {
    /// The innermost node of a kind around `index`, else the definition itself.
    func parent(of index: Int, below kind: NodeKind) -> AnyNode {
        var found = 0
        var position = 0
        while position < index {
            let end = Int(self[position].next)
            if index < end {
                if self[position].kind == kind || self[position].kind == .fragmentDefinition
                    || self[position].kind == .operationDefinition
                {
                    found = position
                }
                position += 1
            } else {
                position = end
            }
        }
        return AnyNode(document: self, index: found)
    }
}
