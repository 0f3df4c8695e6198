// Puts the answers of an operation together where some of its fields failed: each failure becomes an error with its path
// and locations, and null takes the place of the nearest parent that may be null. GraphQL specification, sections 6.4.3
// "Value Completion" and 6.4.4 "Handling Execution Errors". Only failures come here: what went well is copied as it is.
internal import Base
internal import Connectors
internal import GraphQL

/// A field of the operation with what completing its value takes.
struct CompletedField {
    let responseKey: String
    let type: TypeReference
    let nodes: [FieldNode]
    let members: [CompletedField]

    init(_ field: CollectedField, on parent: NamedType?, _ collector: FieldCollector) {
        responseKey = field.responseKey
        nodes = field.nodes
        let definition = parent.flatMap { collector.schema.field(named: field.name, on: $0) }
        type = definition?.type ?? .named("")
        let inner = type.name
        let object = field.node.selectionSet == nil ? nil : collector.schema.type(named: inner)
        members =
            object.map { object in
                collector.collect(below: field, on: inner).map { CompletedField($0, on: object, collector) }
            } ?? []
    }

    /// The root fields of an operation.
    static func roots(of operation: ValidatedOperation, _ variables: CoercedVariables) -> [CompletedField] {
        let schema = operation.schema
        let collector = FieldCollector(schema: schema, fragments: operation.fragments, variables: variables)
        guard let name = schema.rootType(operation.operation.operationKind), let type = schema.type(named: name)
        else { return [] }
        return collector.collect(operation.operation.selectionSet, on: name).map {
            CompletedField($0, on: type, collector)
        }
    }

    /// The field at the end of a way down from here.
    func field(at path: some Sequence<PathSegment>) -> CompletedField {
        path.reduce(self) { field, segment in
            guard case .field(let key) = segment else { return field }
            return field.members.first { $0.responseKey == key } ?? field
        }
    }
}

struct ResultCompletion {
    private let errorLimit: Int
    private var listed: [GatewayError] = []
    private var isOverLimit = false
    /// Where the value being completed stands.
    private var path: [PathSegment] = []

    init(errorLimit: Int) {
        self.errorLimit = errorLimit
    }

    /// Everything that failed so far, in the order of the fields.
    var errors: [GatewayError] {
        guard isOverLimit else { return listed }
        return listed + [
            GatewayError(exceeded: .errors, "More than \(errorLimit) fields failed; the others are not listed.")
        ]
    }

    /// Writes a root field's value. False when it must be null and may not: then null takes the place of `data`.
    mutating func complete(_ field: CompletedField, _ bytes: Span<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        path = [.field(field.responseKey)]
        var position = 0
        return value(field.type, field, bytes, at: &position, &buffer)
    }

    /// Writes null for a root field that failed as a whole. False when null may not stand there.
    mutating func fail(_ field: CompletedField, _ error: GatewayError, into buffer: inout ByteBuffer) -> Bool {
        path = [.field(field.responseKey)]
        note(error, field)
        buffer.append("null")
        return !field.type.isNonNull
    }

    private mutating func note(_ error: GatewayError, _ field: CompletedField) {
        guard listed.count < errorLimit else {
            isOverLimit = true
            return
        }
        var error = error
        error.path = path
        error.locations = field.nodes.map(\.location)
        listed.append(error)
    }

    // MARK: Values

    /// - Parameter position: where the value starts; behind it afterwards, if it could be written.
    private mutating func value(
        _ type: TypeReference, _ field: CompletedField, _ bytes: Span<UInt8>, at position: inout Int,
        _ buffer: inout ByteBuffer
    ) -> Bool {
        if case .nonNull(let inner) = type { return content(inner, field, bytes, at: &position, &buffer) }
        let (start, written, depth) = (position, buffer.count, path.count)
        if content(type, field, bytes, at: &position, &buffer) { return true }
        position = AnswerText.end(from: start, bytes)
        buffer.truncate(to: written)
        path.removeLast(path.count - depth)
        buffer.append("null")
        return true
    }

    private mutating func content(
        _ type: TypeReference, _ field: CompletedField, _ bytes: Span<UInt8>, at position: inout Int,
        _ buffer: inout ByteBuffer
    ) -> Bool {
        switch bytes[position] {
        case FailureMark.byte:
            let place = AnswerText.errorPath(ofMarkAt: position, bytes)
            note(GatewayError(ConnectorError(.limitExceeded(place), "the list has too many rows")), field)
            return false
        case UInt8(ascii: "["):
            guard case .list(let item) = type else { break }
            return list(of: item, field, bytes, at: &position, &buffer)
        case UInt8(ascii: "{"):
            // A document is a scalar, whatever is in it.
            guard !field.members.isEmpty else { break }
            return object(field.members, bytes, at: &position, &buffer)
        default: break
        }
        let end = AnswerText.end(from: position, bytes)
        buffer.append(contentsOf: bytes.extracting(position..<end))
        position = end
        return true
    }

    private mutating func list(
        of item: TypeReference, _ field: CompletedField, _ bytes: Span<UInt8>, at position: inout Int,
        _ buffer: inout ByteBuffer
    ) -> Bool {
        buffer.append(UInt8(ascii: "["))
        position += 1
        path.append(.index(0))
        var index = 0
        while bytes[position] != UInt8(ascii: "]") {
            if bytes[position] == UInt8(ascii: ",") {
                buffer.append(UInt8(ascii: ","))
                position += 1
                index += 1
                path[path.count - 1] = .index(index)
            }
            guard value(item, field, bytes, at: &position, &buffer) else { return false }
        }
        path.removeLast()
        position += 1
        buffer.append(UInt8(ascii: "]"))
        return true
    }

    private mutating func object(
        _ members: [CompletedField], _ bytes: Span<UInt8>, at position: inout Int, _ buffer: inout ByteBuffer
    ) -> Bool {
        buffer.append(UInt8(ascii: "{"))
        position += 1
        // They stand in the order in which they are asked for.
        var next = members.startIndex
        while bytes[position] != UInt8(ascii: "}") {
            if bytes[position] == UInt8(ascii: ",") {
                buffer.append(UInt8(ascii: ","))
                position += 1
            }
            precondition(next < members.endIndex, "an object has only the members that were asked for")
            let member = members[next]
            next += 1
            let behindKey = AnswerText.end(from: position, bytes) + 1
            buffer.append(contentsOf: bytes.extracting(position..<behindKey))
            position = behindKey
            path.append(.field(member.responseKey))
            guard value(member.type, member, bytes, at: &position, &buffer) else { return false }
            path.removeLast()
        }
        position += 1
        buffer.append(UInt8(ascii: "}"))
        return true
    }
}
