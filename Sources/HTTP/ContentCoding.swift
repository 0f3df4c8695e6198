// In which coding a client wants a body. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
//
//     Accept-Encoding = #( ( content-coding / "identity" / "*" ) [ weight ] )

package enum ContentCoding: String, Sendable, Hashable, CaseIterable {
    /// RFC 1952.
    case gzip
    /// RFC 1950: zlib's format, whatever the name says.
    case deflate

    /// The coding that is wanted most; of two wanted equally, gzip. `nil`: the body goes as it is, which is also what a
    /// client gets that wants none of all.
    package static func choose(for request: HTTPRequest) -> ContentCoding? {
        guard let header = request.header(named: "accept-encoding") else { return nil }
        // What browsers send, and what most other clients do.
        if request.headerCount(named: "accept-encoding") == 1 { return choose(header) }
        var all: [UInt8] = []
        request.forEachHeader { name, value in
            guard String(decoding: name, as: UTF8.self).lowercased() == "accept-encoding" else { return }
            all += Array(value) + [UInt8(ascii: ",")]
        }
        return choose(all[...])
    }

    static func choose(_ header: ArraySlice<UInt8>) -> ContentCoding? {
        var weights: [String: Int] = [:]
        for part in MediaRange.split(header, at: UInt8(ascii: ",")) {
            let pieces = MediaRange.split(part, at: UInt8(ascii: ";")).map { MediaRange.trim($0) }
            guard let name = pieces.first, !name.isEmpty else { continue }
            var weight = 1000
            for piece in pieces.dropFirst() where piece.count > 2 {
                // An element with a weight that is none is passed over, as an element nobody knows would be.
                let isWeight = (piece.first.map { $0 | 0x20 } == UInt8(ascii: "q")) && piece.dropFirst().first == 0x3D
                guard isWeight else { continue }
                weight = MediaRange.thousandths(String(decoding: piece.dropFirst(2), as: UTF8.self)) ?? 0
            }
            let key = String(decoding: name, as: UTF8.self).lowercased()
            weights[key == "x-gzip" ? "gzip" : key] = weight
        }
        // https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3: what is not named has the weight of "*"; without one, no
        // coding is wanted but none at all.
        let rest = weights["*"] ?? 0
        let identity = weights["identity"] ?? 0
        var best: (coding: ContentCoding, weight: Int)?
        for coding in allCases {
            let weight = weights[coding.rawValue] ?? rest
            if weight > max(0, best?.weight ?? 0) { best = (coding, weight) }
        }
        guard let best, best.weight >= identity else { return nil }
        return best.coding
    }
}
