// The one error type that leaves the pipeline (GraphQL specification, section "Response"): each stage's own error is
// mapped to it at the stage's edge, and only the response writer reads it.

package struct GatewayError: Error, Sendable, Hashable {
    package var code: ErrorCode
    /// What is wrong, with the name in quotes, then what would be right. Carries no value of a variable or a row.
    package var message: String
    /// 1-based line and column in the document.
    package var locations: [SourceLocation]
    /// The response path (field names and list indices).
    package var path: [PathSegment]
    /// The dialect's path, such as `$.selectionSet.articles.args.where`.
    package var extensionPath: String
    /// What the surroundings said, for the log and for admins; never sent to other callers.
    package var underlying: String?
    /// Which limit, where the code is `limit-exceeded`.
    package var limit: LimitName?

    package init(
        _ code: ErrorCode, _ message: String, locations: [SourceLocation] = [], path: [PathSegment] = [],
        extensionPath: String = "$", underlying: String? = nil
    ) {
        self.code = code
        self.message = message
        self.locations = locations
        self.path = path
        self.extensionPath = extensionPath
        self.underlying = underlying
    }

    /// A limit was reached: the code for all of them, and the name of this one.
    package init(
        exceeded limit: LimitName, _ message: String, extensionPath: String = "$", underlying: String? = nil
    ) {
        self.init(.limitExceeded, message, extensionPath: extensionPath, underlying: underlying)
        self.limit = limit
    }
}

package struct SourceLocation: Sendable, Hashable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

package enum PathSegment: Sendable, Hashable {
    case field(String)
    case index(Int)
}

extension GatewayError {
    /// Errors as the value of `errors`.
    package static func encode(_ errors: [GatewayError], internals: Bool, into buffer: inout ByteBuffer) {
        buffer.append(UInt8(ascii: "["))
        for (index, error) in errors.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            error.encode(into: &buffer, internals: internals)
        }
        buffer.append(UInt8(ascii: "]"))
    }

    /// The error as one entry of `errors`. `internals` adds what the surroundings said, for admins.
    package func encode(into buffer: inout ByteBuffer, internals: Bool = false) {
        buffer.append("{\"message\":")
        buffer.append(jsonString: message)
        if !locations.isEmpty {
            buffer.append(",\"locations\":[")
            for (index, location) in locations.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                buffer.append("{\"line\":")
                buffer.append(decimal: location.line)
                buffer.append(",\"column\":")
                buffer.append(decimal: location.column)
                buffer.append(UInt8(ascii: "}"))
            }
            buffer.append(UInt8(ascii: "]"))
        }
        if !path.isEmpty {
            buffer.append(",\"path\":[")
            for (index, segment) in path.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                switch segment {
                case .field(let name): buffer.append(jsonString: name)
                case .index(let number): buffer.append(decimal: number)
                }
            }
            buffer.append(UInt8(ascii: "]"))
        }
        buffer.append(",\"extensions\":{\"path\":")
        buffer.append(jsonString: extensionPath)
        buffer.append(",\"code\":")
        buffer.append(jsonString: code.rawValue)
        if let limit {
            buffer.append(",\"limit\":")
            buffer.append(jsonString: limit.rawValue)
        }
        if internals, let underlying {
            buffer.append(",\"internal\":")
            buffer.append(jsonString: underlying)
        }
        buffer.append("}}")
    }
}
