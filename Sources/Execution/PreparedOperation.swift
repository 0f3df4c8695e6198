// A planned, secured and lowered operation: everything about a request that does not depend on its values. It is what
// the plan cache keeps; executing it binds values, asks each source once and copies the answers into place.
internal import Base
package import Connectors
package import GraphQL
package import Metadata
package import Planning
package import Rules

package final class PreparedOperation: Sendable {
    /// One statement for each source the operation reads.
    package final class Statement: Sendable {
        package let source: SourceID
        package let lowered: any LoweredStatement
        /// In binding order.
        let values: [PreparedValue]

        init(source: SourceID, lowered: any LoweredStatement) {
            self.source = source
            self.lowered = lowered
            values = lowered.parameters.map { PreparedValue($0) }
        }
    }

    /// Where the value of a root field comes from.
    package enum Content: Sendable {
        case cell(statement: Int, index: Int)
        /// JSON text that is the same each time.
        case constant([UInt8])
        case introspection(CollectedField)
    }

    package struct Member: Sendable {
        /// `"key":`
        let key: [UInt8]
        package let content: Content
    }

    package let members: [Member]
    package let statements: [Statement]
    /// What it may cost, where that depends on the values of a request; `nil` where it was decided once for all of them.
    package let cost: CostEstimate?

    /// - Parameter lower: the connector's lowering for a source.
    package init(
        _ plan: SecuredPlan, catalog: Catalog, cost: CostEstimate? = nil,
        lower: (SourceID, [SecuredRead]) -> any LoweredStatement
    ) {
        self.cost = cost
        var sources: [SourceID] = []
        var reads: [[SecuredRead]] = []
        var members: [Member] = []
        for root in plan.roots {
            var key = ByteBuffer()
            key.append(jsonString: root.responseKey)
            key.append(UInt8(ascii: ":"))
            let content: Content
            switch root.content {
            case .typename(let name):
                var value = ByteBuffer()
                value.append(jsonString: name)
                content = .constant(value.bytes)
            case .introspection(let field): content = .introspection(field)
            case .read(let read):
                let source = catalog[read.collection].source
                let statement = sources.firstIndex(of: source) ?? sources.count
                if statement == sources.count {
                    sources.append(source)
                    reads.append([])
                }
                content = .cell(statement: statement, index: reads[statement].count)
                reads[statement].append(read)
            }
            members.append(Member(key: key.bytes, content: content))
        }
        self.members = members
        statements = zip(sources, reads).map { Statement(source: $0, lowered: lower($0, $1)) }
    }
}
