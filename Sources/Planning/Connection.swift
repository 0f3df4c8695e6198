// Pages by cursor with the Relay shape (https://relay.dev/graphql/connections.htm; dialect of the API, section 9). The
// position of a row is its sort key: rows that come and go elsewhere move no page.
internal import Metadata

package struct Connection<Stage: PlanStage>: Sendable, Hashable {
    /// Rows after this cursor, in the order asked for.
    package let after: CursorArgument?
    /// Rows before this one.
    package let before: CursorArgument?
    /// Whether the page is cut from the end (`last`).
    package let isBackward: Bool
    /// What a cursor belongs to besides its caller: the collection, its filter and its order.
    package let binding: String
    package let members: [ConnectionMember<Stage>]

    package init(
        after: CursorArgument?, before: CursorArgument?, isBackward: Bool, binding: String,
        members: [ConnectionMember<Stage>]
    ) {
        self.after = after
        self.before = before
        self.isBackward = isBackward
        self.binding = binding
        self.members = members
    }

    /// The selections of `node`, in the order in which the source answers them.
    package var nodes: [[RowMember<Stage>]] {
        members.flatMap { member -> [[RowMember<Stage>]] in
            guard case .edges(let edges) = member.content else { return [] }
            return edges.compactMap { if case .node(let members) = $0.content { members } else { nil } }
        }
    }
}

/// A cursor as a request gives it, and what it must have been made for.
package struct CursorArgument: Sendable, Hashable {
    package let origin: Parameter.Origin
    package let binding: String
    package let errorPath: String

    package init(origin: Parameter.Origin, binding: String, errorPath: String) {
        self.origin = origin
        self.binding = binding
        self.errorPath = errorPath
    }
}

/// One member of a `T_connection` object.
package struct ConnectionMember<Stage: PlanStage>: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case typename(String)
        case edges([EdgeMember<Stage>])
        case pageInfo([PageInfoMember])
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}

/// One member of a `T_edge` object.
package struct EdgeMember<Stage: PlanStage>: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case typename(String)
        case cursor
        case node([RowMember<Stage>])
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}

/// One member of a `PageInfo` object.
package struct PageInfoMember: Sendable, Hashable {
    package enum Content: String, Sendable, Hashable, CaseIterable {
        case hasNextPage
        case hasPreviousPage
        case startCursor
        case endCursor
        case typename = "__typename"
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}
