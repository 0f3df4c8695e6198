// Responses to bytes. https://www.rfc-editor.org/rfc/rfc9112#section-4
//
//     HTTP/1.1 200 OK CRLF
//     Date: … CRLF  [Connection: … CRLF  [Keep-Alive: … CRLF]]  Content-Type: … CRLF  Content-Length: … CRLF  [others] CRLF
//     body

package import Base

package struct ResponseEncoder: Sendable {
    /// What the response must know about the request.
    package struct Context: Sendable {
        package var version: HTTPVersion
        /// HEAD is answered with the head of the answer to GET.
        package var isHead: Bool
        package var keepsAlive: Bool
        /// For so long a connection that is kept may be idle, which its client is told; 0 tells nothing.
        package var idleSeconds: Int

        /// How the client knows where the body ends.
        package var framing: BodyFraming

        package init(
            version: HTTPVersion = .http11, isHead: Bool = false, keepsAlive: Bool = false, idleSeconds: Int = 0,
            framing: BodyFraming = .length
        ) {
            self.version = version
            self.isHead = isHead
            self.keepsAlive = keepsAlive
            self.idleSeconds = idleSeconds
            self.framing = framing
        }
    }

    /// Section 6
    package enum BodyFraming: Sendable {
        case length
        case chunked
        /// Where the connection ends, for HTTP/1.0.
        case untilClose
    }

    package static let continueResponse: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    /// What decides the beginning of a head, up to the value of Content-Length; the same for nearly every response.
    private struct Start: Equatable {
        let status: Int
        let contentType: ContentType?
        let version: HTTPVersion
        let keepsAlive: Bool
        let idleSeconds: Int
        let second: Int

        static func == (left: Start, right: Start) -> Bool {
            left.status == right.status && left.second == right.second && left.keepsAlive == right.keepsAlive
                && left.idleSeconds == right.idleSeconds && left.version == right.version
                && left.contentType == right.contentType
        }
    }

    private var date = HTTPDate()
    private var lastStart: Start?
    private var lastStartBytes: [UInt8] = []

    package init() {}

    /// Appends the head. `now` is in seconds since 1970; the body comes next if `bodyFollows`.
    package mutating func appendHead(
        of response: HTTPResponse, _ context: Context, now: Int, to output: inout ByteBuffer
    ) {
        let start = Start(
            status: response.status.code, contentType: response.contentType, version: context.version,
            keepsAlive: context.keepsAlive, idleSeconds: context.idleSeconds, second: now)
        if start != lastStart {
            lastStart = start
            lastStartBytes = startBytes(response, context, now)
        }
        output.append(contentsOf: lastStartBytes)
        if !response.status.forbidsBody {
            switch context.framing {
            case .length:
                output.append("Content-Length: ")
                Self.appendDecimal(response.body.count, &output.bytes)
                output.append("\r\n")
            case .chunked: output.append("Transfer-Encoding: chunked\r\n")
            case .untilClose: break
            }
        }
        for header in response.headers {
            output.append(text: header.name)
            output.append(": ")
            Self.appendValue(header.value, &output)
            output.append("\r\n")
        }
        output.append("\r\n")
    }

    private mutating func startBytes(_ response: HTTPResponse, _ context: Context, _ now: Int) -> [UInt8] {
        var output = ByteBuffer(capacity: 160)
        output.append("HTTP/1.1 ")
        Self.appendDecimal(response.status.code, &output.bytes)
        output.append(" ")
        output.append(response.status.reason)
        output.append("\r\nDate: ")
        output.append(contentsOf: date.bytes(at: now))
        output.append("\r\n")
        if !context.keepsAlive {
            output.append("Connection: close\r\n")
        } else if context.idleSeconds > 0 {
            // Of no standard, but known to clients, which so do not send on a connection about to be closed:
            // https://www.rfc-editor.org/rfc/rfc2068#section-19.7.1.1
            output.append("Connection: keep-alive\r\nKeep-Alive: timeout=")
            Self.appendDecimal(context.idleSeconds, &output.bytes)
            output.append("\r\n")
        } else if context.version == .http10 {
            output.append("Connection: keep-alive\r\n")
        }
        if let contentType = response.contentType {
            output.append("Content-Type: ")
            if case .other(let text) = contentType {
                Self.appendValue(text, &output)
            } else if let text = contentType.text {
                output.append(text)
            }
            output.append("\r\n")
        }
        return output.bytes
    }

    /// Whether the body's bytes come after the head.
    package static func bodyFollows(_ response: HTTPResponse, _ context: Context) -> Bool {
        !context.isHead && !response.status.forbidsBody && !response.body.isEmpty
    }

    // MARK: Chunks, section 7.1

    /// - Parameter count: bytes of the chunk; not 0, which would be the end.
    package static func beginChunk(_ count: Int, _ output: inout ByteBuffer) {
        var shift = (Int.bitWidth - 1 - count.leadingZeroBitCount) / 4 * 4
        let digits: StaticString = "0123456789abcdef"
        while shift >= 0 {
            unsafe output.append(digits.utf8Start[count >> shift & 15])
            shift -= 4
        }
        output.append("\r\n")
    }

    package static func endChunk(_ output: inout ByteBuffer) {
        output.append("\r\n")
    }

    package static func endChunks(_ output: inout ByteBuffer) {
        output.append("0\r\n\r\n")
    }

    private static func appendDecimal(_ number: Int, _ bytes: inout [UInt8]) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }

    /// A control character in a value (CR, LF) could end the line and start another; it becomes a space.
    private static func appendValue(_ value: String, _ output: inout ByteBuffer) {
        for byte in value.utf8 { output.append(byte.isFieldValue ? byte : 0x20) }
    }
}
