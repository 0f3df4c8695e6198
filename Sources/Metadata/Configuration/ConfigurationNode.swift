// One value of the configuration with its JSON pointer: the typed readers below answer `nil` after noting what is wrong, so
// that one start shows every mistake of the file instead of the first.

internal import Base

/// The mistakes found so far; shared by all nodes of one reading and confined to it.
final class ProblemList {
    let file: String
    private(set) var errors: [ConfigurationError] = []

    init(file: String) {
        self.file = file
    }

    func report(_ pointer: String, _ message: String, _ suggestion: String? = nil) {
        errors.append(ConfigurationError(file: file, pointer: pointer, message: message, suggestion: suggestion))
    }
}

struct ConfigurationNode {
    let value: JSONValue
    let pointer: String
    let problems: ProblemList
    let secrets: SecretResolver
    let references: FileReferences

    func report(_ message: String, _ suggestion: String? = nil) {
        problems.report(pointer, message, suggestion)
    }

    private func child(_ name: String, _ value: JSONValue) -> ConfigurationNode {
        ConfigurationNode(
            value: value, pointer: jsonPointer(pointer, name), problems: problems, secrets: secrets,
            references: references)
    }

    private func mismatch(_ wanted: String) {
        report("must be \(wanted), not \(value.kindName)")
    }

    // MARK: Objects and lists

    /// An object with a fixed set of keys. `later` are keys that have a meaning this version does not have yet.
    func section(_ keys: [String], later: [String] = []) -> ConfigurationSection? {
        guard let entries = entries() else { return nil }
        var members: [String: ConfigurationNode] = [:]
        for (name, node) in entries {
            if keys.contains(name) {
                members[name] = node
            } else if later.contains(name) {
                node.report("\"\(name)\" is not supported by this version")
            } else {
                node.report("unknown key \"\(name)\"", didYouMean(suggestions(for: name, in: keys)))
            }
        }
        return ConfigurationSection(node: self, members: members)
    }

    /// The members of an object whose keys are names of the owner's, in the order written. An empty value in YAML
    /// (`articles:`) reads as an object without members.
    func entries() -> [(name: String, node: ConfigurationNode)]? {
        switch value {
        case .object(let object):
            return object.members.map { ($0.name, child($0.name, $0.value)) }
        case .null:
            return []
        case .bool, .number, .string, .array:
            mismatch("an object")
            return nil
        }
    }

    func items() -> [ConfigurationNode]? {
        guard case .array(let items) = value else {
            mismatch("a list")
            return nil
        }
        return items.enumerated().map { child(String($0.offset), $0.element) }
    }

    /// A string, or a list of them that is not empty.
    func texts() -> [String]? {
        if case .string = value { return text().map { [$0] } }
        guard case .array(let items) = value else {
            mismatch("a string or a list of strings")
            return nil
        }
        guard !items.isEmpty else {
            report("must not be empty")
            return nil
        }
        let texts = items.enumerated().compactMap { child(String($0.offset), $0.element).text() }
        return texts.count == items.count ? texts : nil
    }

    // MARK: Scalars

    func text() -> String? {
        guard case .string(let text) = value else {
            mismatch("a string")
            return nil
        }
        guard !text.isEmpty else {
            report("must not be empty")
            return nil
        }
        return text
    }

    func flag() -> Bool? {
        guard case .bool(let flag) = value else {
            if case .string(let text) = value, ["yes", "on", "no", "off"].contains(text.lowercased()) {
                let isYes = text.lowercased() == "yes" || text.lowercased() == "on"
                report("must be true or false", "did you mean \(isYes ? "true" : "false")?")
            } else {
                mismatch("true or false")
            }
            return nil
        }
        return flag
    }

    func integer(_ range: ClosedRange<Int>) -> Int? {
        guard case .number(let number) = value else {
            mismatch("a number")
            return nil
        }
        guard let wide = number.int64, let count = Int(exactly: wide), range.contains(count) else {
            report("must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(number.text)")
            return nil
        }
        return count
    }

    /// A number of bytes.
    func byteSize(atLeast floor: Int = 1) -> Int? {
        let size: Int? =
            switch value {
            case .number(let number): number.int64.flatMap { Int(exactly: $0) }
            case .string(let text): parseByteSize(text)
            case .null, .bool, .array, .object: nil
            }
        guard let size, size > 0, size <= 1 << 40 else {
            report("must be a size such as 65536, \"64KiB\" or \"1MiB\"\(shown)")
            return nil
        }
        guard size >= floor else {
            report("must be at least \(floor) bytes\(shown)")
            return nil
        }
        return size
    }

    /// A span of time; `allowsZero` for those that zero switches off.
    func duration(allowsZero: Bool = false) -> Duration? {
        guard case .string(let text) = value, let duration = parseDuration(text) else {
            if allowsZero, case .number(let number) = value, number.int64 == 0 { return .zero }
            report("must be a duration with its unit, such as \"500ms\", \"30s\" or \"10m\"\(shown)")
            return nil
        }
        guard duration > .zero || allowsZero, duration <= .seconds(366 * 86400) else {
            report("must be longer than nothing and shorter than a year\(shown)")
            return nil
        }
        return duration
    }

    /// One of the words of an enumeration, by raw value.
    func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type, later: [String] = []) -> Choice?
    where Choice.RawValue == String {
        guard let text = text() else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        if later.contains(text) {
            report("\"\(text)\" is not supported by this version")
        } else if let suggestion = didYouMean(suggestions(for: text, in: names)) {
            report("unknown value \"\(text)\"", suggestion)
        } else {
            report("unknown value \"\(text)\"; must be \(names.map { "\"\($0)\"" }.joined(separator: " or "))")
        }
        return nil
    }

    /// A name that may stand in a GraphQL schema (https://spec.graphql.org/September2025/#Name), not reserved.
    func graphQLName() -> String? {
        guard let text = text() else { return nil }
        guard isGraphQLName(text) else {
            report("\"\(text)\" is not a GraphQL name", "letters, digits and _ only, no digit first, not __ first")
            return nil
        }
        return text
    }

    func secret() -> Secret? {
        guard case .string(let text) = value else {
            report("a secret must be \"env:NAME\" or \"file:PATH\"")
            return nil
        }
        if let file = secrets.file(of: text) { references.note(file: file) }
        do {
            return try secrets.resolve(text)
        } catch {
            report(error.message)
            return nil
        }
    }

    /// A secret that serves as a key; short keys can be guessed, and the library refuses them by aborting.
    func key(minimumBytes: Int) -> Secret? {
        guard let secret = secret() else { return nil }
        guard secret.bytes.count >= minimumBytes else {
            report("the key has \(secret.bytes.count) bytes; at least \(minimumBytes) are needed")
            return nil
        }
        return secret
    }

    /// The value at fault, where it is short enough to help.
    private var shown: String {
        switch value {
        case .number(let number) where number.text.utf8.count <= 40: ", not \(number.text)"
        case .string(let text) where text.utf8.count <= 40: ", not \"\(text)\""
        case .null, .bool, .number, .string, .array, .object: ", not \(value.kindName)"
        }
    }
}

/// An object whose keys have been checked.
struct ConfigurationSection {
    let node: ConfigurationNode
    let members: [String: ConfigurationNode]

    subscript(key: String) -> ConfigurationNode? { members[key] }

    /// A member that must be there.
    func required(_ key: String) -> ConfigurationNode? {
        if let member = members[key] { return member }
        node.report("the key \"\(key)\" is missing")
        return nil
    }
}

package func isGraphQLName(_ text: String) -> Bool {
    var previous: UInt8?
    for (index, byte) in text.utf8.enumerated() {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): break
        case UInt8(ascii: "_"): if index == 1, previous == byte { return false }
        case UInt8(ascii: "0")...UInt8(ascii: "9"): if index == 0 { return false }
        default: return false
        }
        previous = byte
    }
    return previous != nil
}
