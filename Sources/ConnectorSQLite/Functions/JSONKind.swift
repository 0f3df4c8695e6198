// How a value is written into the answer. The lowering puts it behind the colon of the key literal, so that it costs
// neither an argument nor a call: `perigee_object('"id":', id, '"children":j', (select …))`.

internal import Base

enum JSONKind {
    /// By storage class: numbers, strings, null; a blob as a base64 string; text marked as JSON as it is.
    case stored
    /// `j`: JSON text made by our own functions, as it is.
    case json
    /// `b`: 0 is false, every other number true; also the words. The same as `perigee_boolean` answers.
    case boolean
    /// `d`: a stored document: as it is when it is JSON, else as a string.
    case document
    /// `s`: always a string.
    case string
    /// `n`: numbers as numbers, also those stored as text; other text as a string.
    case numeric

    /// Splits a key literal into the key with its colon and the kind.
    static func split(
        _ literal: UnsafeBufferPointer<UInt8>
    ) -> (key: UnsafeBufferPointer<UInt8>, kind: JSONKind) {
        let kind: JSONKind
        switch unsafe literal.last {
        case UInt8(ascii: "j"): kind = .json
        case UInt8(ascii: "b"): kind = .boolean
        case UInt8(ascii: "d"): kind = .document
        case UInt8(ascii: "s"): kind = .string
        case UInt8(ascii: "n"): kind = .numeric
        default: return unsafe (literal, .stored)
        }
        return unsafe (UnsafeBufferPointer(rebasing: literal.dropLast()), kind)
    }
}

extension FunctionArgument {
    /// What the value means in a column of booleans: SQLite has no such type, and programs store words too.
    var boolean: Bool? {
        switch kind {
        case .null, .blob: return nil
        case .integer: return integer != 0
        case .real: return real != 0
        case .text:
            let text = unsafe text
            guard text.count <= 5 else { return nil }
            return unsafe BooleanWord.value(of: String(decoding: text, as: UTF8.self))
        }
    }
}

extension OutputBuffer {
    mutating func append(_ argument: FunctionArgument, as kind: JSONKind) {
        switch kind {
        case .stored: append(stored: argument)
        case .json:
            if argument.kind == .null { append("null") } else { unsafe append(argument.text) }
        case .boolean: append(boolean: argument)
        case .document: append(document: argument)
        case .string: append(string: argument)
        case .numeric: append(numeric: argument)
        }
    }

    private mutating func append(stored argument: FunctionArgument) {
        switch argument.kind {
        case .null: append("null")
        case .integer: append(decimal: argument.integer)
        case .real: append(jsonNumber: argument.real)
        case .text:
            if argument.isMarkedJSON { unsafe append(argument.text) } else { unsafe append(jsonString: argument.text) }
        case .blob: append(quotedBase64: argument)
        }
    }

    private mutating func append(boolean argument: FunctionArgument) {
        switch argument.boolean {
        case true?: append("true")
        case false?: append("false")
        case nil: append("null")
        }
    }

    private mutating func append(string argument: FunctionArgument) {
        switch argument.kind {
        case .null: append("null")
        case .blob: append(quotedBase64: argument)
        case .integer, .real, .text: unsafe append(jsonString: argument.text)
        }
    }

    private mutating func append(document argument: FunctionArgument) {
        guard argument.kind == .text else { return append(stored: argument) }
        let text = unsafe argument.text
        if unsafe Self.isJSON(text) { unsafe append(text) } else { unsafe append(jsonString: text) }
    }

    private mutating func append(numeric argument: FunctionArgument) {
        guard argument.kind == .text else { return append(stored: argument) }
        let text = unsafe argument.text
        if unsafe Self.isJSONNumber(text) { unsafe append(text) } else { unsafe append(jsonString: text) }
    }

    private mutating func append(quotedBase64 argument: FunctionArgument) {
        append(UInt8(ascii: "\""))
        unsafe append(base64: argument.bytes)
        append(UInt8(ascii: "\""))
    }

    /// Checked once more although the column is declared as JSON: SQLite stores any text in it.
    private static func isJSON(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let bytes = unsafe Span(_unsafeElements: text)
        guard bytes.firstInvalidUTF8() == nil else { return false }
        var scanner = JSONScanner()
        do {
            try scanner.skip(bytes)
            try scanner.end(bytes)
            return true
        } catch {
            return false
        }
    }

    /// -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
    static func isJSONNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        func digits() -> Int {
            let first = index
            while index < text.count, unsafe (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) {
                index += 1
            }
            return index - first
        }
        func take(_ byte: UInt8) -> Bool {
            guard index < text.count, unsafe text[index] == byte else { return false }
            index += 1
            return true
        }
        _ = take(UInt8(ascii: "-"))
        let first = index
        let whole = digits()
        guard whole > 0 else { return false }
        if whole > 1, unsafe text[first] == UInt8(ascii: "0") { return false }
        if take(UInt8(ascii: ".")), digits() == 0 { return false }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            if digits() == 0 { return false }
        }
        return index == text.count
    }
}
