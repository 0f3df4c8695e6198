// Heads of responses, byte for byte.

import Base
import HTTP
import Testing

struct ResponseEncoderTests {
    private let now = 784_111_777

    private func head(_ response: HTTPResponse, _ context: ResponseEncoder.Context) -> String {
        var encoder = ResponseEncoder()
        var output = ByteBuffer()
        encoder.appendHead(of: response, context, now: now, to: &output)
        // The second time the beginning comes from memory.
        var again = ByteBuffer()
        encoder.appendHead(of: response, context, now: now, to: &again)
        #expect(output == again)
        return output.text
    }

    @Test func `writes status, date, type and length`() {
        #expect(
            head(HTTPResponse(body: Array("{}".utf8)), ResponseEncoder.Context(keepsAlive: true))
                == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n"
        )
    }

    @Test func `says when the connection ends and when HTTP 1.0 may keep it`() {
        let response = HTTPResponse(status: .notFound, text: "no")
        #expect(head(response, ResponseEncoder.Context()).contains("\r\nConnection: close\r\n"))
        #expect(
            head(response, ResponseEncoder.Context(version: .http10, keepsAlive: true))
                .contains("\r\nConnection: keep-alive\r\n"))
        #expect(!head(response, ResponseEncoder.Context(keepsAlive: true)).contains("Connection"))
    }

    @Test func `does not let a value end its line`() {
        let response = HTTPResponse(
            contentType: .other("a\r\nb"), headers: [HTTPHeader("X", "1\r\nEvil: 2\0")])
        let text = head(response, ResponseEncoder.Context(keepsAlive: true))
        #expect(text.contains("\r\nX: 1  Evil: 2 \r\n"))
        #expect(text.contains("\r\nContent-Type: a  b\r\n"))
    }

    @Test func `sends no length with 204 and no body with HEAD`() {
        let empty = HTTPResponse(status: .noContent, contentType: nil)
        #expect(!head(empty, ResponseEncoder.Context(keepsAlive: true)).contains("Content-"))
        let full = HTTPResponse(body: [1, 2, 3])
        #expect(!ResponseEncoder.bodyFollows(full, ResponseEncoder.Context(isHead: true)))
        #expect(ResponseEncoder.bodyFollows(full, ResponseEncoder.Context()))
        #expect(head(full, ResponseEncoder.Context(isHead: true)).contains("Content-Length: 3\r\n"))
    }

    @Test func `does not confuse responses that differ in one thing`() {
        var encoder = ResponseEncoder()
        func text(_ response: HTTPResponse, _ context: ResponseEncoder.Context, _ now: Int) -> String {
            var output = ByteBuffer()
            encoder.appendHead(of: response, context, now: now, to: &output)
            return output.text
        }
        let keeping = ResponseEncoder.Context(keepsAlive: true)
        #expect(text(HTTPResponse(), keeping, now).contains("200 OK"))
        #expect(text(HTTPResponse(status: .badRequest), keeping, now).contains("400 Bad Request"))
        #expect(text(HTTPResponse(contentType: .html), keeping, now).contains("text/html"))
        #expect(text(HTTPResponse(contentType: .html), keeping, now + 1).contains("08:49:38"))
        #expect(text(HTTPResponse(contentType: .html), ResponseEncoder.Context(), now + 1).contains("close"))
        #expect(
            text(HTTPResponse(body: Array(repeating: 0, count: 12_345)), keeping, now).contains("Length: 12345\r\n"))
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
        (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ])
    func `formats dates`(_ seconds: Int, _ expected: String) {
        var date = HTTPDate()
        #expect(String(decoding: date.bytes(at: seconds), as: UTF8.self) == expected)
    }
}
