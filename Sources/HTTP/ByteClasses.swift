// The character classes of RFC 9110 and 9112 and comparisons of bytes with literals, without Strings.

extension UInt8 {
    /// tchar: what methods and header names are made of. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
    var isToken: Bool {
        // One bit for each of the 128 ASCII characters.
        let low: UInt64 = 0x03ff_6cfa_0000_0000
        let high: UInt64 = 0x57ff_ffff_c7ff_fffe
        if self < 64 { return low >> UInt64(self) & 1 == 1 }
        if self < 128 { return high >> UInt64(self - 64) & 1 == 1 }
        return false
    }

    /// field-vchar, space, tab and obs-text: everything but the controls.
    var isFieldValue: Bool { self >= 0x20 ? self != 0x7f : self == 0x09 }

    /// VCHAR: what a request target is made of.
    var isVisible: Bool { self > 0x20 && self < 0x7f }

    /// Space or tab.
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }

    var lowercased: UInt8 { self >= 0x41 && self <= 0x5a ? self | 0x20 : self }
}

extension Span<UInt8> {
    /// Byte for byte.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in indices where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// ASCII case aside; `lowercase` is a literal in lower case.
    func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        for index in indices where unsafe self[index].lowercased != lowercase.utf8Start[index] { return false }
        return true
    }
}
