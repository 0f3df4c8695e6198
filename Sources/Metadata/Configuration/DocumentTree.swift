// Turns the text of a configuration or rules file into a `JSONValue` that keeps the order of keys and the text of numbers.
// The only file that knows YAML (https://yaml.org/spec/1.2.2, core schema: `on` and `yes` are strings); `.json` is read by
// the gateway's own scanner.

package import Base
internal import Yams

package enum DocumentTree {
    /// Values a document may hold once its aliases are expanded: without a bound, a few lines of nested aliases
    /// would unfold into gigabytes.
    private static let maximumNodes = 100_000
    private static let maximumDepth = 64

    /// Reads `bytes` as JSON when `file` ends in `.json`, else as YAML.
    package static func read(_ bytes: [UInt8], file: String) throws(ConfigurationFailure) -> JSONValue {
        if file.hasSuffix(".json") { return try readJSON(bytes, file: file) }
        return try yaml(plainText(bytes, file: file), file: file)
    }

    /// Reads `bytes` as JSON whatever the file is called.
    package static func readJSON(_ bytes: [UInt8], file: String) throws(ConfigurationFailure) -> JSONValue {
        try json(plainText(bytes, file: file), file: file)
    }

    private static func plainText(_ bytes: [UInt8], file: String) throws(ConfigurationFailure) -> [UInt8] {
        if let offset = bytes.span.firstInvalidUTF8() {
            throw failure(file, at: location(of: offset, in: bytes), "the text is not UTF-8")
        }
        // Editors of other systems leave a byte order mark; neither grammar wants it.
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    // MARK: JSON

    private static func json(_ bytes: [UInt8], file: String) throws(ConfigurationFailure) -> JSONValue {
        do {
            return try JSONScanner.parse(bytes)
        } catch {
            throw failure(file, at: location(of: error.offset, in: bytes), error.message)
        }
    }

    /// 1-based line and column (in Unicode scalars) of the first thing at or after a byte offset.
    private static func location(of offset: Int, in bytes: [UInt8]) -> SourceLocation {
        let blanks = bytes.dropFirst(offset).prefix { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        // An error at the end of the text stays where the text stopped.
        let offset = offset + blanks.count < bytes.count ? offset + blanks.count : offset
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return SourceLocation(line: line, column: column)
    }

    // MARK: YAML

    private static func yaml(_ bytes: [UInt8], file: String) throws(ConfigurationFailure) -> JSONValue {
        let root: Node?
        do {
            // The basic resolver resolves nothing: YAML 1.1 would make the key `on` a boolean.
            root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self), .basic)
        } catch let error as YamlError {
            throw failure(of: error, file: file)
        } catch {
            throw failure(file, at: nil, "the text is not YAML")
        }
        guard let root else { return .null }
        var reader = NodeReader(file: file, remaining: maximumNodes)
        do {
            return try reader.value(of: root, pointer: "", depth: 0)
        } catch {
            throw ConfigurationFailure(error)
        }
    }

    private struct NodeReader {
        let file: String
        var remaining: Int

        mutating func value(of node: Node, pointer: String, depth: Int) throws(ConfigurationError) -> JSONValue {
            remaining -= 1
            guard remaining > 0 else { throw error(node, pointer, "the document has too many values") }
            guard depth < maximumDepth else { throw error(node, pointer, "the document nests too deeply") }
            switch node {
            case .scalar(let scalar):
                return try self.scalar(scalar, node, pointer)
            case .sequence(let sequence):
                try checkTag(sequence.tag, "seq", node, pointer)
                var items: [JSONValue] = []
                items.reserveCapacity(sequence.count)
                for (index, item) in sequence.enumerated() {
                    try items.append(value(of: item, pointer: "\(pointer)/\(index)", depth: depth + 1))
                }
                return .array(items)
            case .mapping(let mapping):
                try checkTag(mapping.tag, "map", node, pointer)
                return try .object(object(mapping, pointer: pointer, depth: depth))
            case .alias:
                throw error(node, pointer, "the alias refers to nothing")
            }
        }

        private mutating func object(
            _ mapping: Node.Mapping, pointer: String, depth: Int
        ) throws(ConfigurationError) -> JSONObject {
            var members: [JSONMember] = []
            members.reserveCapacity(mapping.count)
            var seen: Set<String> = []
            for (key, item) in mapping {
                guard case .scalar(let name) = key else {
                    throw error(key, pointer, "a key must be a plain name, not a list or an object")
                }
                if name.string == "<<", name.style == .plain {
                    throw error(key, pointer, "merge keys (\"<<\") are not supported")
                }
                guard seen.insert(name.string).inserted else {
                    throw error(key, jsonPointer(pointer, name.string), "the key \"\(name.string)\" occurs twice")
                }
                let pointer = jsonPointer(pointer, name.string)
                try members.append(
                    JSONMember(name: name.string, value: value(of: item, pointer: pointer, depth: depth + 1)))
            }
            return JSONObject(members)
        }

        /// Core schema (YAML 1.2.2 section 10.3.2), but only numbers that JSON can also write.
        private func scalar(_ scalar: Node.Scalar, _ node: Node, _ pointer: String) throws(ConfigurationError)
            -> JSONValue
        {
            try checkTag(scalar.tag, "str", node, pointer)
            guard scalar.style == .plain, scalar.tag.description.isEmpty else { return .string(scalar.string) }
            switch scalar.string {
            case "", "~", "null", "Null", "NULL": return .null
            case "true", "True", "TRUE": return .bool(true)
            case "false", "False", "FALSE": return .bool(false)
            case let text where ExactDecimal(text) != nil: return .number(JSONNumber(text: text))
            default: return .string(scalar.string)
            }
        }

        private func checkTag(
            _ tag: Tag, _ expected: String, _ node: Node, _ pointer: String
        ) throws(ConfigurationError) {
            switch tag.description {
            case "", "!", "tag:yaml.org,2002:\(expected)": return
            case let name: throw error(node, pointer, "the tag \"\(name)\" is not supported")
            }
        }

        private func error(_ node: Node, _ pointer: String, _ message: String) -> ConfigurationError {
            ConfigurationError(
                file: file, pointer: pointer,
                location: node.mark.map { SourceLocation(line: $0.line, column: $0.column) }, message: message)
        }
    }

    private static func failure(of error: YamlError, file: String) -> ConfigurationFailure {
        func at(_ mark: Mark) -> SourceLocation { SourceLocation(line: mark.line, column: mark.column) }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let text = context.map { "\($0.text) in line \($0.mark.line): \(problem)" } ?? problem
            return failure(file, at: at(mark), text)
        case .reader(let problem, _, _, _):
            return failure(file, at: nil, problem)
        case .duplicatedKeysInMapping(let names, let context):
            let quoted = names.map { "\"\($0)\"" }.joined(separator: ", ")
            let text = names.count == 1 ? "the key \(quoted) occurs twice" : "the keys \(quoted) occur twice"
            return failure(file, at: at(context.mark), text)
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return failure(file, at: nil, "the text is not YAML")
        }
    }

    private static func failure(_ file: String, at location: SourceLocation?, _ message: String) -> ConfigurationFailure
    {
        ConfigurationFailure(ConfigurationError(file: file, location: location, message: message))
    }
}
