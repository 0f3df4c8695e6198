// What comes of an operation that was executed, whether or not all of its fields were (GraphQL specification, section
// "Response Format"). A request that was refused before is none of these: it has no `data`.
package import Base

package struct GraphQLResponse: Sendable {
    /// `{"data":…}`, with `errors` before it where there are any.
    package let body: ByteBuffer
    /// What is wrong with fields, in their order.
    package let errors: [GatewayError]

    /// An answer in which nothing is missing.
    init(complete body: ByteBuffer) {
        self.body = body
        errors = []
    }

    /// - Parameters:
    ///   - data: what is left; `nil` for `null`.
    ///   - internals: whether the caller may see what the surroundings said.
    init(partial data: ByteBuffer?, _ errors: [GatewayError], internals: Bool) {
        precondition(!errors.isEmpty, "what is missing has a reason")
        var body = ByteBuffer(capacity: (data?.count ?? 4) + 200 * errors.count)
        body.append("{\"errors\":")
        GatewayError.encode(errors, internals: internals, into: &body)
        body.append(",\"data\":")
        if let data { body.append(contentsOf: data) } else { body.append("null") }
        body.append(UInt8(ascii: "}"))
        self.body = body
        self.errors = errors
    }
}
