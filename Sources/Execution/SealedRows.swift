// Encrypted columns in an answer: opened where the plan says that one stands, and nowhere else, so that a ciphertext that
// somebody has written elsewhere stays the text it is. Only operations that read such a column come here; the bytes of all
// others are copied as they are. What cannot be opened (another key, or no ciphertext) shows null, unless it is what a mask shows
// in place of the value, or the column holds texts as they are beside others.
internal import Auth
internal import Base
internal import Connectors
internal import Metadata
internal import Planning
internal import Rules

/// Where encrypted values stand in the JSON of a read.
indirect enum SealedPlaces: Sendable {
    /// - Parameter constants: the texts that masks show in its place.
    case value(FieldReference, constants: [String])
    /// Of an object, or of each object of a list.
    case members([Member])

    struct Member: Sendable {
        let key: [UInt8]
        let places: SealedPlaces
    }

    /// `nil` where none stand.
    static func of(_ read: SecuredRead, _ sealed: Set<FieldReference>) -> SealedPlaces? {
        switch read.selection {
        case .row(let members): row(members, sealed)
        case .groups: nil
        case .aggregate(let members):
            object(
                members.map { member in
                    guard case .nodes(let rows) = member.content else { return nil }
                    return row(rows, sealed).map { Member(key: Array(member.responseKey.utf8), places: $0) }
                })
        case .connection(let connection):
            // As the source answers it, for `ConnectionWriter` to take apart.
            object(
                connection.nodes.enumerated().map { index, rows in
                    row(rows, sealed).map { Member(key: Array("node\(index)".utf8), places: $0) }
                })
        }
    }

    static func of(_ answer: WriteAnswer<Secured>, _ sealed: Set<FieldReference>) -> SealedPlaces? {
        switch answer {
        case .row(let read): of(read, sealed)
        case .response(let members):
            object(
                members.map { member in
                    guard case .returning(let read) = member.content else { return nil }
                    return of(read, sealed).map { Member(key: Array(member.responseKey.utf8), places: $0) }
                })
        }
    }

    private static func row(_ members: [RowMember<Secured>], _ sealed: Set<FieldReference>) -> SealedPlaces? {
        object(
            members.map { member in
                let places: SealedPlaces? =
                    switch member.content {
                    case .typename: nil
                    case .value(let value, _):
                        value.stored(among: sealed).map { .value($0, constants: value.constants) }
                    case .read(let read): of(read, sealed)
                    }
                return places.map { Member(key: Array(member.responseKey.utf8), places: $0) }
            })
    }

    private static func object(_ members: [Member?]) -> SealedPlaces? {
        let found = members.compactMap { $0 }
        return found.isEmpty ? nil : .members(found)
    }
}

extension SecuredValue {
    /// The encrypted column that the value shows.
    fileprivate func stored(among sealed: Set<FieldReference>) -> FieldReference? {
        switch self {
        case .stored(let reference): sealed.contains(reference) ? reference : nil
        case .choice(let choices, let otherwise):
            choices.lazy.compactMap { $0.value.stored(among: sealed) }.first ?? otherwise.stored(among: sealed)
        case .null, .constant, .lastFour, .keyedHash, .related, .outer, .before, .part, .text, .aggregate, .ofGroup: nil
        }
    }

    /// The texts that it shows on some rows whatever is stored.
    fileprivate var constants: [String] {
        switch self {
        case .constant(let parameter):
            if case .constant(let text) = parameter.origin, let value = try? JSONScanner.parse(Array(text.utf8)) {
                value.string.map { [$0] } ?? []
            } else {
                []
            }
        case .choice(let choices, let otherwise): choices.flatMap(\.value.constants) + otherwise.constants
        case .stored, .null, .lastFour, .keyedHash, .related, .outer, .before, .part, .text, .aggregate, .ofGroup: []
        }
    }
}

struct SealedRows {
    let seals: ColumnSeals
    /// Is told of a column whose text cannot be opened.
    let unopened: @Sendable (FieldReference) -> Void

    /// - Parameter places: by cell.
    func open(_ rows: Rows, _ places: [SealedPlaces?]) -> Rows {
        if !places.contains(where: { $0 != nil }) { return rows }
        var buffer = ByteBuffer(capacity: rows.bytes.count)
        var cells: [Range<Int>?] = []
        for (index, cell) in rows.cells.enumerated() {
            guard let cell else {
                cells.append(nil)
                continue
            }
            let start = buffer.count
            let bytes = rows.bytes.span.extracting(cell)
            var position = 0
            write(bytes, &position, places.indices.contains(index) ? places[index] : nil, &buffer)
            cells.append(start..<buffer.count)
        }
        return Rows(bytes: buffer.bytes, cells: cells, hasFailures: rows.hasFailures)
    }

    /// Copies the value at a position, with what is sealed in it opened; the position is behind it afterwards.
    private func write(
        _ bytes: Span<UInt8>, _ position: inout Int, _ places: SealedPlaces?, _ buffer: inout ByteBuffer
    ) {
        switch places {
        case nil: copy(bytes, to: AnswerText.end(from: position, bytes), &position, &buffer)
        case .value(let field, let constants)?:
            let end = AnswerText.end(from: position, bytes)
            if bytes[position] != UInt8(ascii: "\"") {
                buffer.append("null")
            } else if isClear(bytes, position..<end, field, constants) {
                buffer.append(contentsOf: bytes.extracting(position..<end))
            } else if let plain = opened(bytes, position + 1..<end - 1, field) {
                buffer.append(jsonString: plain)
            } else {
                unopened(field)
                buffer.append("null")
            }
            position = end
        case .members(let members)?:
            switch bytes[position] {
            case UInt8(ascii: "["): items(bytes, &position, places, &buffer)
            case UInt8(ascii: "{"): object(bytes, &position, members, &buffer)
            // Null, or the mark of a list that has too many rows.
            default: copy(bytes, to: AnswerText.end(from: position, bytes), &position, &buffer)
            }
        }
    }

    private func items(
        _ bytes: Span<UInt8>, _ position: inout Int, _ places: SealedPlaces?, _ buffer: inout ByteBuffer
    ) {
        copy(bytes, to: position + 1, &position, &buffer)
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "]"): return copy(bytes, to: position + 1, &position, &buffer)
            case UInt8(ascii: ","), 0x20, 0x0a: copy(bytes, to: position + 1, &position, &buffer)
            default: write(bytes, &position, places, &buffer)
            }
        }
    }

    private func object(
        _ bytes: Span<UInt8>, _ position: inout Int, _ members: [SealedPlaces.Member], _ buffer: inout ByteBuffer
    ) {
        copy(bytes, to: position + 1, &position, &buffer)
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "}"): return copy(bytes, to: position + 1, &position, &buffer)
            case UInt8(ascii: "\""):
                let end = AnswerText.end(from: position, bytes)
                let key = position + 1..<end - 1
                let places = members.first { Self.equal($0.key, bytes, key) }?.places
                copy(bytes, to: end, &position, &buffer)
                while position < bytes.count, bytes[position] == UInt8(ascii: ":") || bytes[position] == 0x20 {
                    copy(bytes, to: position + 1, &position, &buffer)
                }
                write(bytes, &position, places, &buffer)
            default: copy(bytes, to: position + 1, &position, &buffer)
            }
        }
    }

    /// Whether a string, quotes included, is shown as it is.
    private func isClear(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ field: FieldReference, _ constants: [String]
    ) -> Bool {
        let keepsClear = seals[field]?.keepsClear ?? false
        guard keepsClear || !constants.isEmpty else { return false }
        let text = range.map { bytes[$0] }
        if !constants.isEmpty, let shown = try? JSONScanner.parse(text).string, constants.contains(shown) {
            return true
        }
        return keepsClear && !ColumnSeal.isSealed(text.dropFirst())
    }

    private func opened(_ bytes: Span<UInt8>, _ range: Range<Int>, _ field: FieldReference) -> String? {
        seals[field]?.open(range.map { bytes[$0] })
    }

    private static func equal(_ key: [UInt8], _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        key.count == range.count && key.indices.allSatisfy { key[$0] == bytes[range.lowerBound + $0] }
    }

    private func copy(_ bytes: Span<UInt8>, to end: Int, _ position: inout Int, _ buffer: inout ByteBuffer) {
        buffer.append(contentsOf: bytes.extracting(position..<end))
        position = end
    }
}
