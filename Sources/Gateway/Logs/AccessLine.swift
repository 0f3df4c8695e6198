// One line of the access log: what was asked by what kind of caller, and how it went. Never a variable, a claim or a token; a
// query string, in which the first might stand, is left out.
internal import Base
internal import HTTP

struct AccessLine {
    /// Characters of what callers choose; more are cut.
    private static let maximumText = 256

    private var buffer = ByteBuffer(capacity: 320)

    init(at now: Instant) {
        buffer.append("{\"time\":")
        buffer.append(jsonString: now.description)
    }

    mutating func request(_ request: HTTPRequest) {
        buffer.append(",\"method\":")
        buffer.append(jsonString: request.method.rawValue)
        buffer.append(",\"path\":")
        buffer.append(jsonString: String(decoding: request.path.prefix(Self.maximumText), as: UTF8.self))
    }

    /// - Parameter bytes: of the body.
    mutating func answer(_ status: Int, bytes: Int) {
        buffer.append(",\"status\":")
        buffer.append(decimal: status)
        buffer.append(",\"bytes\":")
        buffer.append(decimal: bytes)
    }

    /// - Parameter now: nanoseconds of the monotonic clock.
    mutating func note(_ note: RequestNote, now: Int64) {
        buffer.append(",\"duration\":")
        buffer.append(milliseconds: now - note.begun)
        text("caller", note.caller)
        text("operation", note.operation)
        text("document", note.document)
        if let batch = note.batch {
            buffer.append(",\"batch\":")
            buffer.append(decimal: batch)
        }
    }

    private mutating func text(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        buffer.append(",\"")
        buffer.append(name)
        buffer.append("\":")
        buffer.append(jsonString: String(value.prefix(Self.maximumText)))
    }

    /// With its end.
    consuming func finished() -> [UInt8] {
        buffer.append("}\n")
        return buffer.bytes
    }
}

extension ByteBuffer {
    /// Milliseconds with three digits behind the point: `0.412`.
    mutating func append(milliseconds nanoseconds: Int64) {
        let microseconds = Int(max(0, nanoseconds) / 1000)
        append(decimal: microseconds / 1000)
        append(".")
        let rest = String(microseconds % 1000)
        append(text: String(repeating: "0", count: 3 - rest.utf8.count) + rest)
    }
}
