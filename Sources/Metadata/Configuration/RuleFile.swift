// Finds and reads the files of `rules:`. What the rules mean, and that no key occurs in two files, is the business of
// the Rules module; here a file is only JSON or not.

package import Base
internal import Glibc

package struct RuleFile: Sendable, Hashable {
    /// The path as it was named or found.
    package let file: String
    package let value: JSONValue

    package init(file: String, value: JSONValue) {
        self.file = file
        self.value = value
    }

    /// Reads every file; the failure lists each that is missing or not JSON, the latter with line and column.
    package static func load(_ paths: [String]) throws(ConfigurationFailure) -> [RuleFile] {
        var files: [RuleFile] = []
        var errors: [ConfigurationError] = []
        for path in paths {
            do {
                files.append(RuleFile(file: path, value: try read(path)))
            } catch {
                errors += error.errors
            }
        }
        guard errors.isEmpty else { throw ConfigurationFailure(errors) }
        return files
    }

    private static func read(_ path: String) throws(ConfigurationFailure) -> JSONValue {
        let bytes: [UInt8]
        do {
            bytes = try FileReader().read(path)
        } catch {
            throw ConfigurationFailure(ConfigurationError(file: path, message: error.message))
        }
        return try DocumentTree.readJSON(bytes, file: path)
    }
}

/// The files that `rules:` names: one path or pattern, or a list of them, relative to the configuration file. Each
/// pattern's matches are sorted by code point; a file named twice is read once.
func expandRulePaths(_ node: ConfigurationNode, directory: String) -> [String] {
    guard let patterns = node.texts() else { return [] }
    let isList = node.value.array != nil
    var paths: [String] = []
    for (index, pattern) in patterns.enumerated() {
        node.references.note(pattern: pattern, directory: directory)
        let matches = expandPattern(pattern, directory: directory)
        if matches.isEmpty {
            let pointer = isList ? "\(node.pointer)/\(index)" : node.pointer
            node.problems.report(pointer, "\"\(pattern)\" matches no file")
        }
        for path in matches where !paths.contains(path) { paths.append(path) }
    }
    return paths
}

/// The files and folders a path or pattern names, sorted by code point. The directory is a name, never a pattern.
func expandPattern(_ pattern: String, directory: String) -> [String] {
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [resolvePath(pattern, relativeTo: directory)] }
    // The folder is a name, not a pattern: its own brackets and stars are escaped.
    var escaped = ""
    for character in directory {
        if "*?[]\\".contains(character) { escaped.append("\\") }
        escaped.append(character)
    }
    var result = unsafe glob_t()
    defer { unsafe globfree(&result) }
    guard unsafe glob(resolvePath(pattern, relativeTo: escaped), GLOB_NOSORT, nil, &result) == 0 else { return [] }
    var paths: [String] = []
    let count = unsafe Int(result.gl_pathc)
    for index in 0..<count {
        if let path = unsafe result.gl_pathv[index] { paths.append(unsafe String(cString: path)) }
    }
    return paths.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
}
