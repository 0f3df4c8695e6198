// The plan of one operation: its root fields in response order. What a database answers is a read or a write; what the
// gateway answers itself (`__typename`, introspection) stands beside it, so that the response keeps the document's order.
package import GraphQL
internal import Metadata

package struct OperationPlan: Sendable {
    package let roots: [RootField<Requested>]

    package init(roots: [RootField<Requested>]) {
        self.roots = roots
    }
}

package struct RootField<Stage: PlanStage>: Sendable {
    package enum Content: Sendable {
        case read(ReadPlan<Stage>)
        case write(WritePlan<Stage>)
        case typename(String)
        /// `__schema` and `__type`: answered from the caller's schema.
        case introspection(CollectedField)
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}
