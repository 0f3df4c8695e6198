// Finds and reads the documents of `documents.trusted`: folders of `.graphql` files, and the manifests that build tools of
// clients write. What a document means is checked where there is a schema.

package import Base
internal import Glibc

package struct TrustedDocument: Sendable, Hashable {
    /// What `documentId` may call it, besides `sha256:` and its hash.
    package let identifier: String
    package let text: [UInt8]
    /// The file it was read from.
    package let file: String
    /// Its place in a manifest, as a JSON pointer; empty for a file of its own.
    package let pointer: String

    package init(identifier: String, text: [UInt8], file: String, pointer: String = "") {
        self.identifier = identifier
        self.text = text
        self.file = file
        self.pointer = pointer
    }

    package func error(_ message: String, at location: SourceLocation? = nil) -> ConfigurationError {
        guard pointer.isEmpty, let location else {
            let place = location.map { " (line \($0.line), column \($0.column) of the document)" } ?? ""
            return ConfigurationError(file: file, pointer: pointer, message: message + place)
        }
        return ConfigurationError(file: file, location: location, message: message)
    }

    /// Reads every path; the failure lists everything that is wrong with any of them.
    package static func load(_ paths: [String]) throws(ConfigurationFailure) -> [TrustedDocument] {
        var reader = TrustedDocumentReader()
        for path in paths {
            if isFolder(path) { reader.readFolder(path) } else { reader.readFile(path) }
        }
        guard reader.errors.isEmpty else { throw ConfigurationFailure(reader.errors) }
        return reader.documents
    }
}

private struct TrustedDocumentReader {
    private(set) var documents: [TrustedDocument] = []
    private(set) var errors: [ConfigurationError] = []
    private var positions: [String: Int] = [:]

    /// Manifests are written by tools, for hundreds of documents.
    private static let maximumFileBytes = 64 << 20
    private static let maximumFolderDepth = 16

    init() {}

    private mutating func add(_ document: TrustedDocument) {
        guard let known = positions[document.identifier] else {
            positions[document.identifier] = documents.count
            documents.append(document)
            return
        }
        // The same document may stand in the manifests of several clients.
        guard documents[known].text != document.text else { return }
        let other = documents[known]
        let place = other.pointer.isEmpty ? other.file : "\(other.file): \(other.pointer)"
        errors.append(document.error("the id \"\(document.identifier)\" is that of another document, in \(place)"))
    }

    private mutating func fail(_ file: String, _ pointer: String = "", _ message: String) {
        errors.append(ConfigurationError(file: file, pointer: pointer, message: message))
    }

    // MARK: Files

    mutating func readFolder(_ folder: String) {
        let before = documents.count
        let errorsBefore = errors.count
        readFolder(folder, prefix: "", depth: 0)
        if documents.count == before, errors.count == errorsBefore { fail(folder, "", "holds no .graphql file") }
    }

    /// - Parameter prefix: of identifiers: the folders on the way, with a dot after each.
    private mutating func readFolder(_ folder: String, prefix: String, depth: Int) {
        guard depth < Self.maximumFolderDepth else {
            return fail(folder, "", "lies more than \(Self.maximumFolderDepth) folders deep")
        }
        for path in expandPattern("*", directory: folder) {
            let name = path.split(separator: "/").last.map { String($0) } ?? path
            if isFolder(path) {
                readFolder(path, prefix: "\(prefix)\(name).", depth: depth + 1)
            } else if let stem = Self.documentName(name) {
                readDocument(path, identifier: prefix + stem)
            }
        }
    }

    mutating func readFile(_ path: String) {
        let name = path.split(separator: "/").last.map { String($0) } ?? path
        if let stem = Self.documentName(name) { return readDocument(path, identifier: stem) }
        guard let bytes = read(path) else { return }
        do {
            readManifest(try DocumentTree.readJSON(bytes, file: path), path)
        } catch {
            errors += error.errors
        }
    }

    /// A name without its ending, if that is one of documents.
    private static func documentName(_ name: String) -> String? {
        for ending in [".graphql", ".gql"] where name.hasSuffix(ending) && name.utf8.count > ending.utf8.count {
            return String(name.dropLast(ending.count))
        }
        return nil
    }

    private mutating func readDocument(_ path: String, identifier: String) {
        guard let bytes = read(path) else { return }
        guard bytes.span.firstInvalidUTF8() == nil else { return fail(path, "", "the text is not UTF-8") }
        add(TrustedDocument(identifier: identifier, text: bytes, file: path))
    }

    private mutating func read(_ path: String) -> [UInt8]? {
        do {
            return try FileReader(limit: Self.maximumFileBytes).read(path)
        } catch {
            fail(path, "", error.message)
            return nil
        }
    }

    // MARK: Manifests

    private static let apolloFormat = "apollo-persisted-query-manifest"

    /// Either `{ id: document, … }`, as Relay's compiler and others write, or Apollo's
    /// `{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [ { "id", "body", … } ] }`.
    private mutating func readManifest(_ value: JSONValue, _ file: String) {
        guard let object = value.object else {
            return fail(file, "", "a manifest is an object: of documents by id, or Apollo's with \"operations\"")
        }
        if object["operations"]?.array != nil || object["format"] != nil {
            return readOperations(object, file)
        }
        if object.isEmpty { fail(file, "", "holds no document") }
        for member in object.members {
            let pointer = jsonPointer("", member.name)
            guard let text = member.value.string else {
                fail(file, pointer, "must be the text of a document, not \(member.value.kindName)")
                continue
            }
            addOperation(member.name, text, file, pointer, pointer)
        }
    }

    private mutating func readOperations(_ object: JSONObject, _ file: String) {
        guard object["format"]?.string == Self.apolloFormat else {
            return fail(file, "/format", "must be \"\(Self.apolloFormat)\"")
        }
        guard object["version"]?.number?.int64 == 1 else { return fail(file, "/version", "must be 1") }
        guard let operations = object["operations"]?.array else {
            return fail(file, "/operations", "must be a list of operations")
        }
        if operations.isEmpty { fail(file, "/operations", "holds no document") }
        for (index, operation) in operations.enumerated() {
            let pointer = "/operations/\(index)"
            guard let id = operation.object?["id"]?.string, !id.isEmpty else {
                fail(file, "\(pointer)/id", "must be the operation's id")
                continue
            }
            guard let body = operation.object?["body"]?.string else {
                fail(file, "\(pointer)/body", "must be the text of a document")
                continue
            }
            addOperation(id, body, file, "\(pointer)/id", "\(pointer)/body")
        }
    }

    private mutating func addOperation(
        _ identifier: String, _ text: String, _ file: String, _ idPointer: String, _ pointer: String
    ) {
        // https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md
        // keeps every prefix but `x-…:` to itself.
        if identifier.utf8.contains(UInt8(ascii: ":")), !identifier.hasPrefix("x-"), !identifier.hasPrefix("sha256:") {
            return fail(
                file, idPointer,
                "\"\(identifier)\" is no id: before a colon there may only be \"sha256\" or a name that begins with \"x-\""
            )
        }
        add(TrustedDocument(identifier: identifier, text: Array(text.utf8), file: file, pointer: pointer))
    }
}

func isFolder(_ path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFDIR
}
