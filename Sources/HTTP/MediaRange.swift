// One element of `Accept`, or the value of `Content-Type`: a type, its parameters and its weight.
// https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
//
//     media-range = type "/" subtype *( OWS ";" OWS name "=" ( token / quoted-string ) )
//     weight      = OWS ";" OWS "q=" ( "0" [ "." *DIGIT ] / "1" [ "." *"0" ] )

package struct MediaRange: Sendable, Hashable {
    package struct Parameter: Sendable, Hashable {
        /// In lower case.
        package let name: String
        /// Without the quotes.
        package let value: String
    }

    /// In lower case: `application/json`, `application/*`, `*/*`.
    package let type: String
    /// Those before the weight; what follows it says nothing about the type.
    package let parameters: [Parameter]
    /// Thousandths; 1000 where none is written.
    package let weight: Int

    /// The elements of a header that are media ranges; the rest is passed over, as an element nobody knows would be.
    package static func list(_ header: ArraySlice<UInt8>) -> [MediaRange] {
        split(header, at: UInt8(ascii: ",")).compactMap { MediaRange($0) }
    }

    /// `nil` when the bytes are no media range, or its weight is none.
    package init?(_ bytes: ArraySlice<UInt8>) {
        let parts = Self.split(bytes, at: UInt8(ascii: ";")).map { Self.trim($0) }
        guard let first = parts.first else { return nil }
        let type = String(decoding: first, as: UTF8.self).lowercased()
        guard type.utf8.filter({ $0 == UInt8(ascii: "/") }).count == 1, type.utf8.first != UInt8(ascii: "/"),
            type.utf8.last != UInt8(ascii: "/")
        else { return nil }
        var parameters: [Parameter] = []
        var weight = 1000
        for part in parts.dropFirst() where !part.isEmpty {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = String(decoding: Self.trim(part[..<equals]), as: UTF8.self).lowercased()
            let value = Self.unquote(Self.trim(part[(equals + 1)...]))
            if name == "q" {
                guard let thousandths = Self.thousandths(value) else { return nil }
                weight = thousandths
                break
            }
            parameters.append(Parameter(name: name, value: value))
        }
        self.type = type
        self.parameters = parameters
        self.weight = weight
    }

    /// The value of the first parameter of that name, given in lower case.
    package subscript(parameter: String) -> String? {
        parameters.first { $0.name == parameter }?.value
    }

    /// Whether text in this type is UTF-8, which is what holds where nothing is said.
    package var isUTF8: Bool {
        guard let charset = self["charset"]?.lowercased() else { return true }
        return charset == "utf-8" || charset == "utf8"
    }

    // MARK: Reading

    /// Separators inside quotes separate nothing.
    static func split(_ bytes: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var isQuoted = false
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case separator where !isQuoted:
                parts.append(bytes[start..<index])
                start = index + 1
            default: break
            }
            index += 1
        }
        parts.append(bytes[start...])
        return parts
    }

    static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return bytes
    }

    private static func unquote(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var result: [UInt8] = []
        var isEscaped = false
        for byte in bytes.dropFirst().dropLast() {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }

    static func thousandths(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard let whole = bytes.first, whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1") else { return nil }
        guard bytes.count == 1 || bytes[1] == UInt8(ascii: ".") else { return nil }
        var result = whole == UInt8(ascii: "1") ? 1000 : 0
        var worth = 100
        for byte in bytes.dropFirst(2) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            result += Int(byte - UInt8(ascii: "0")) * worth
            worth /= 10
        }
        return result <= 1000 ? result : nil
    }
}
