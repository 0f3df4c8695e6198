// The header fields that count for a WebSocket: those of its upgrade request, and those that the payload of
// `connection_init` puts beside them, since pages cannot set any on the upgrade (rules of the API, section 5).
//
//     { "headers": { "Authorization": "Bearer …", "X-Hasura-Role": "editor" } }
//     { "Authorization": "Bearer …" }
//     { "authToken": "…" }
//
// What a client says itself must not pass for what its browser or a proxy says of it: a credential of the payload counts
// before one of the upgrade, any other field only where the upgrade has none of that name, and some never.
internal import Base
internal import HTTP
internal import Metadata

struct ConnectionHeaders: HeaderFields {
    private struct Field {
        /// In lower case.
        let name: [UInt8]
        let value: [UInt8]
    }

    private let upgrade: HTTPRequest
    private let fields: [Field]

    /// Fields of a payload.
    private static let maximum = 100

    /// - Throws: `invalid-headers`.
    init(_ upgrade: HTTPRequest, _ payload: JSONObject?) throws(GatewayError) {
        self.upgrade = upgrade
        guard let payload else {
            fields = []
            return
        }
        var fields: [Field] = []
        for member in payload.members {
            switch member.name.lowercased() {
            case "headers":
                guard !member.value.isNull else { continue }
                guard let headers = member.value.object else {
                    throw GatewayError(
                        .invalidHeaders, "\"headers\" of \"connection_init\" must be an object.")
                }
                for header in headers.members { try Self.add(header.name, header.value, &fields, upgrade) }
            case "authtoken":
                guard !member.value.isNull else { continue }
                guard let token = member.value.string else { throw Self.wrong(member.name) }
                let isWhole = token.lowercased().hasPrefix("bearer ")
                try Self.add("authorization", .string(isWhole ? token : "Bearer " + token), &fields, upgrade)
            case let name:
                // Clients put other things here too.
                if Self.isCredential(name) { try Self.add(member.name, member.value, &fields, upgrade) }
            }
        }
        self.fields = fields
    }

    private static func add(
        _ name: String, _ value: JSONValue, _ fields: inout [Field], _ upgrade: HTTPRequest
    ) throws(GatewayError) {
        let text: String
        switch value {
        case .null: return
        case .string(let string): text = string
        case .number(let number): text = number.text
        case .bool(let flag): text = flag ? "true" : "false"
        case .array, .object: throw wrong(name)
        }
        let name = name.lowercased()
        guard isFieldName(name), !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
            throw wrong(name)
        }
        if isOfTheBrowser(name) { return }
        let field = Field(name: Array(name.utf8), value: trimmed(text))
        if !isCredential(name), upgrade.has(field.name) { return }
        // The same thing said twice is said once; two different things are for the reader to refuse.
        if fields.contains(where: { $0.name == field.name && $0.value == field.value }) { return }
        guard fields.count < maximum else {
            throw GatewayError(.invalidHeaders, "\"connection_init\" has more than \(maximum) headers.")
        }
        fields.append(field)
    }

    private static func trimmed(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)[...]
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return Array(bytes)
    }

    private static func isCredential(_ name: String) -> Bool {
        name == "authorization" || name == "x-hasura-role" || name.hasPrefix("x-perigee-")
    }

    /// What a page cannot set on a request either: whose page it is, and what is kept for the host.
    private static func isOfTheBrowser(_ name: String) -> Bool {
        name == "cookie" || name == "origin" || name == "host" || name == "referer" || name.hasPrefix("sec-")
    }

    private static func wrong(_ name: String) -> GatewayError {
        GatewayError(.invalidHeaders, "\"\(name)\" of \"connection_init\" must be a string.")
    }

    // MARK: HeaderFields

    func header(named lowercase: StaticString) -> ArraySlice<UInt8>? {
        let name = lowercase.description
        return fields.first { $0.name.elementsEqual(name.utf8) }?.value[...] ?? upgrade.header(named: lowercase)
    }

    func headerCount(named lowercase: StaticString) -> Int {
        let name = lowercase.description
        let count = fields.count { $0.name.elementsEqual(name.utf8) }
        return count > 0 ? count : upgrade.headerCount(named: lowercase)
    }

    func forEachHeader(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void) {
        for field in fields { body(field.name[...], field.value[...]) }
        upgrade.forEachHeader { name, value in
            if !fields.contains(where: { $0.name.elementsEqual(name.lazy.map(Self.lowercased)) }) { body(name, value) }
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

extension HTTPRequest {
    /// - Parameter lowercase: its name.
    fileprivate func has(_ lowercase: [UInt8]) -> Bool {
        var found = false
        forEachHeader { name, _ in
            found = found || String(decoding: name, as: UTF8.self).lowercased().utf8.elementsEqual(lowercase)
        }
        return found
    }
}
