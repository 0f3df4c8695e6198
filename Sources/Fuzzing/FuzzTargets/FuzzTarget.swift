// What is fuzzed: each reader of bytes from clients, with the properties that must hold for every input. Used by the
// program `Fuzz`, which runs for minutes, and by FuzzTests, which run a small part with fixed seeds.

internal import Base
internal import GraphQL
internal import HTTP

package enum FuzzTarget: String, CaseIterable, Sendable {
    case lexer
    case parser
    case json
    case http
    case websocket
    case conversation

    /// What one input came to.
    package struct Outcome: Sendable {
        /// The property that does not hold; `nil` when all do.
        package let problem: String?
        /// Equal for inputs that went the same way, as far as can be told from outside: what is new is worth mutating.
        package let signature: Int
    }

    /// Gives an input to the reader. Whatever it is, the reader must neither trap nor break a property.
    package func run(_ input: [UInt8]) -> Outcome {
        switch self {
        case .lexer: LexerProperties.check(input)
        case .parser: ParserProperties.check(input)
        case .json: JSONProperties.check(input)
        case .http: HTTPProperties.check(input)
        case .websocket: WebSocketProperties.check(input)
        case .conversation: ConversationProperties.check(input)
        }
    }

    /// Pieces that mutations insert: what the reader treats in a special way.
    package var dictionary: [[UInt8]] {
        let texts: [String]
        switch self {
        case .lexer, .parser:
            texts = [
                "{", "}", "(", ")", "[", "]", ":", "=", "!", "$", "@", "|", "&", "...", "\"", "\"\"\"", "\\\"\"\"",
                "#", "\n", "\r", "\r\n", ",", "\u{FEFF}", "on", "query", "mutation", "subscription", "fragment", "type",
                "input", "enum", "union", "interface", "scalar", "directive", "schema", "extend", "implements",
                "repeatable", "true", "false", "null", "-0", "0", "1.5e-10", "1e", "\\u", "\\u{1F600}",
                "\\uD83D\\uDE00",
                "\\n", "é", "😀", "\u{0}", "name",
            ]
        case .json:
            texts = [
                "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud83d\\ude00", "\\ud83d", "null", "true", "false",
                "-", "0", "1e5", ".5", "é", "😀", "\n", " ", "\u{0}", "\"a\":1", "\u{FEFF}",
            ]
        case .http:
            texts = [
                "\r\n", "\n", "\r", " ", "\t", ":", "GET", "POST", "/", "*", "HTTP/1.1", "HTTP/1.0", "Host: a",
                "Content-Length: ", "Transfer-Encoding: chunked", "Connection: close", "Expect: 100-continue", "0",
                "5", "ff", ";", ",", "\r\n\r\n", "0\r\n\r\n", "\u{0}", "é",
            ]
        case .websocket: return Self.frames
        case .conversation:
            let letters = ["a", "r", "n", "N", "e", "E", "w", "p", "k", "d", "t", "b", "x"].map { "\n\($0)\n" }
            let types = [
                "connection_init", "subscribe", "start", "complete", "stop", "ping", "pong", "connection_terminate",
            ].map { "\n{\"type\":\"\($0)\",\"id\":\"1\",\"payload\":{\"query\":\"{a}\"}}\n" }
            texts =
                letters + types + [
                    "\n", "{", "}", "[", "]", ":", ",", "null", "\"type\":", "\"id\":", "\"id\":\"2\",",
                    "\"payload\":{}",
                    "\"payload\":null", "\"query\":\"subscription{a}\"", "\"variables\":{\"a\":[[[[[1]]]]]}",
                    "\"operationName\":\"é\"", "\"extensions\":{}", "\\u0000", "\\ud83d", "😀", "1",
                ]
        }
        return texts.map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]
    }

    /// Heads of frames with an empty mask, whole small frames, and a compressed message.
    private static var frames: [[UInt8]] {
        var pieces: [[UInt8]] = [[0, 0, 0, 0], [0xC3], [0xA9], [0xF4, 0x90], [0x03, 0xE8], [0, 0, 0xFF, 0xFF]]
        for first: UInt8 in [0x80, 0x00, 0x81, 0x01, 0x82, 0x02, 0x88, 0x89, 0x8A, 0xC1, 0x41, 0xC2] {
            for second: UInt8 in [0x80, 0x81, 0x82, 0xFD, 0xFE, 0xFF] { pieces.append([first, second]) }
            pieces.append([first, 0x80, 0, 0, 0, 0])
            pieces.append([first, 0x81, 0, 0, 0, 0, 0x41])
        }
        pieces.append([0xC1, 0x87, 0, 0, 0, 0, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        pieces.append([0xC1, 0x85, 0, 0, 0, 0, 0xF2, 0x00, 0x11, 0x00, 0x00])
        return pieces
    }
}
