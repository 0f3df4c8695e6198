// Agreeing on compression: what the client offers, what we are willing to do, what comes of it.
// https://www.rfc-editor.org/rfc/rfc7692#section-7.1

/// How the owner wants messages compressed.
package struct WebSocketCompression: Sendable, Hashable {
    /// 1 (quick) to 9 (small).
    package var level: Int
    /// Messages from this size on are compressed (bytes).
    package var threshold: Int
    /// Whether both sides may refer to earlier messages. It makes them smaller, and costs up to 300 KiB for each connection
    /// that has sent and received, for as long as it lasts.
    package var contextTakeover: Bool
    /// Of the window that messages are deflated with, and that clients are asked to use: 9 to 15, in powers of two.
    package var windowBits: Int

    package init(level: Int = 1, threshold: Int = 1024, contextTakeover: Bool = false, windowBits: Int = 15) {
        self.level = level
        self.threshold = threshold
        self.contextTakeover = contextTakeover
        self.windowBits = windowBits
    }
}

/// What client and server agreed upon for one connection.
package struct DeflateParameters: Sendable, Hashable {
    package let serverTakeover: Bool
    package let clientTakeover: Bool
    package let serverWindowBits: Int
    package let clientWindowBits: Int
    /// The value of the response's `Sec-WebSocket-Extensions`.
    package let header: String

    /// The first acceptable offer decides; `nil` when there is none.
    static func negotiate(_ offers: [ExtensionOffer], _ wishes: WebSocketCompression) -> DeflateParameters? {
        for offer in offers where offer.name == "permessage-deflate" {
            if let agreed = DeflateParameters(offer, wishes) { return agreed }
        }
        return nil
    }

    /// What comes of an offer without conditions.
    package static func agreed(_ wishes: WebSocketCompression) -> DeflateParameters? {
        DeflateParameters(ExtensionOffer(name: "permessage-deflate", parameters: []), wishes)
    }

    /// `nil` declines the offer: a parameter is unknown, repeated, has a wrong value, or wants what zlib cannot do.
    private init?(_ offer: ExtensionOffer, _ wishes: WebSocketCompression) {
        var seen: Set<String> = []
        var serverBits: Int?
        var clientBits: Int?
        for (name, value) in offer.parameters {
            guard seen.insert(name).inserted else { return nil }
            switch (name, value) {
            case ("server_no_context_takeover", nil), ("client_no_context_takeover", nil): break
            case ("client_max_window_bits", nil): clientBits = 15
            case ("client_max_window_bits", let value?):
                guard let bits = Self.bits(value) else { return nil }
                clientBits = bits
            case ("server_max_window_bits", let value?):
                // zlib deflates no raw data with a window of 256 bytes.
                guard let bits = Self.bits(value), bits > 8 else { return nil }
                serverBits = bits
            default: return nil
            }
        }
        serverTakeover = wishes.contextTakeover && !seen.contains("server_no_context_takeover")
        clientTakeover = wishes.contextTakeover && !seen.contains("client_no_context_takeover")
        serverWindowBits = min(serverBits ?? 15, wishes.windowBits)
        // Only a client that says so can be asked for less than the whole.
        clientWindowBits = clientBits.map { min($0, wishes.windowBits) } ?? 15
        var header = "permessage-deflate"
        if !serverTakeover { header += "; server_no_context_takeover" }
        if !clientTakeover { header += "; client_no_context_takeover" }
        if serverBits != nil || serverWindowBits < 15 { header += "; server_max_window_bits=\(serverWindowBits)" }
        if clientBits != nil, clientWindowBits < 15 { header += "; client_max_window_bits=\(clientWindowBits)" }
        self.header = header
    }

    /// 8 to 15, without leading zeros (section 7.1.2.1).
    private static func bits(_ text: String) -> Int? {
        guard let bits = Int(text), (8...15).contains(bits), text == "\(bits)" else { return nil }
        return bits
    }
}

/// One element of `Sec-WebSocket-Extensions`. https://www.rfc-editor.org/rfc/rfc6455#section-9.1
///
///     extension       = token *( ";" extension-param )
///     extension-param = token [ "=" ( token / quoted-string ) ]
struct ExtensionOffer: Sendable, Equatable {
    let name: String
    let parameters: [(name: String, value: String?)]

    static func == (left: ExtensionOffer, right: ExtensionOffer) -> Bool {
        left.name == right.name && left.parameters.elementsEqual(right.parameters) { $0 == $1 }
    }

    /// The elements of one header; `nil` when it breaks the grammar.
    static func list(_ header: ArraySlice<UInt8>) -> [ExtensionOffer]? {
        var reader = Reader(bytes: header)
        var offers: [ExtensionOffer] = []
        repeat {
            reader.skipBlanks()
            // Empty elements are allowed in lists (RFC 9110 section 5.6.1.2).
            if reader.isAtEnd || reader.next == UInt8(ascii: ",") { continue }
            guard let offer = reader.offer() else { return nil }
            offers.append(offer)
        } while reader.take(UInt8(ascii: ","))
        return reader.isAtEnd ? offers : nil
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        var isAtEnd: Bool { bytes.isEmpty }
        var next: UInt8? { bytes.first }

        mutating func skipBlanks() {
            while let byte = bytes.first, byte.isBlank { bytes.removeFirst() }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            skipBlanks()
            guard bytes.first == byte else { return false }
            bytes.removeFirst()
            return true
        }

        mutating func token() -> String? {
            skipBlanks()
            let end = bytes.firstIndex { !$0.isToken } ?? bytes.endIndex
            guard end > bytes.startIndex else { return nil }
            defer { bytes = bytes[end...] }
            return String(decoding: bytes[..<end], as: UTF8.self)
        }

        /// The quoted text must be a token too, once it is unquoted (section 9.1).
        mutating func value() -> String? {
            guard take(UInt8(ascii: "\"")) else { return token() }
            var text: [UInt8] = []
            while var byte = bytes.popFirst() {
                if byte == UInt8(ascii: "\""), !text.isEmpty { return String(decoding: text, as: UTF8.self) }
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = bytes.popFirst() else { return nil }
                    byte = escaped
                }
                guard byte.isToken else { return nil }
                text.append(byte)
            }
            return nil
        }

        mutating func offer() -> ExtensionOffer? {
            guard let name = token() else { return nil }
            var parameters: [(name: String, value: String?)] = []
            while take(UInt8(ascii: ";")) {
                guard let name = token() else { return nil }
                guard take(UInt8(ascii: "=")) else {
                    parameters.append((name, nil))
                    continue
                }
                guard let value = value() else { return nil }
                parameters.append((name, value))
            }
            return ExtensionOffer(name: name, parameters: parameters)
        }
    }
}
