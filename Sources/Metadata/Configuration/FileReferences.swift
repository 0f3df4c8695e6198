// The files that one reading of a configuration has asked for, there or not: what a running gateway watches, and what it
// compares to know whether anything has changed.

package import Base
internal import Glibc

/// Noted while a configuration is read; confined to one reading.
package final class FileReferences {
    private(set) var files: [String] = []
    /// With the folder a relative pattern starts from.
    private(set) var patterns: [(pattern: String, directory: String)] = []
    /// Folders read with all that is in them; or files.
    private(set) var trees: [String] = []

    private static let maximumDepth = 16
    private static let maximumLinks = 40

    package init() {}

    func note(file: String) {
        if !files.contains(file) { files.append(file) }
    }

    func note(pattern: String, directory: String) {
        if Self.isPattern(pattern) {
            patterns.append((pattern, directory))
        } else {
            note(file: resolvePath(pattern, relativeTo: directory))
        }
    }

    func note(tree: String) {
        trees.append(tree)
    }

    private static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

    // MARK: What is in them

    /// The bytes of every file by its path; `nil` for one that cannot be read. Blocks.
    package func contents() -> [String: [UInt8]?] {
        var contents: [String: [UInt8]?] = [:]
        let reader = FileReader(limit: 64 << 20)
        for path in paths { contents[path] = .some(try? reader.read(path)) }
        return contents
    }

    private var paths: [String] {
        var paths = files
        for (pattern, directory) in patterns { paths += expandPattern(pattern, directory: directory) }
        for tree in trees { Self.collect(tree, into: &paths, depth: 0) }
        return paths
    }

    private static func collect(_ tree: String, into paths: inout [String], depth: Int) {
        guard isFolder(tree), depth < maximumDepth else { return paths.append(tree) }
        for entry in expandPattern("*", directory: tree) { collect(entry, into: &paths, depth: depth + 1) }
    }

    // MARK: Where they are

    /// The folders in which a change may concern one of the files, with the names that matter there: those on the way to each,
    /// and those that symbolic links lead through. (A file that is replaced, by an editor's rename or by a link that is turned
    /// to another folder, changes a name in one of them.)
    package func places() -> [String: WatchedNames] {
        var places = Places()
        for path in files { places.add(path) }
        for (pattern, directory) in patterns { add(pattern, directory, to: &places) }
        for tree in trees { add(tree: tree, to: &places, depth: 0) }
        return places.names
    }

    /// Each folder in which a part of the pattern is looked for, and what it finds now.
    private func add(_ pattern: String, _ directory: String, to places: inout Places) {
        let parts = pattern.split(separator: "/")
        let root = pattern.hasPrefix("/") ? "/" : ""
        for (index, part) in parts.enumerated() where Self.isPattern(String(part)) {
            let before = root + parts[..<index].joined(separator: "/")
            let folders =
                before.isEmpty ? [directory.isEmpty ? "." : directory] : expandPattern(before, directory: directory)
            for folder in folders { places.addAll(in: folder) }
        }
        for path in expandPattern(pattern, directory: directory) { places.add(path) }
    }

    private func add(tree: String, to places: inout Places, depth: Int) {
        guard isFolder(tree), depth < Self.maximumDepth else {
            places.add(tree)
            return
        }
        places.addAll(in: tree)
        for entry in expandPattern("*", directory: tree) { add(tree: entry, to: &places, depth: depth + 1) }
    }

    private struct Places {
        var names: [String: WatchedNames] = [:]

        mutating func addAll(in folder: String) {
            names[add(folder)] = .all
        }

        /// Walks to `path` from the root; a link on the way is followed step by step, for each may be turned.
        /// - Returns: where it leads, without links.
        @discardableResult
        mutating func add(_ path: String) -> String {
            var rest = Self.absolute(path).split(separator: "/").map(String.init)
            var folder = "/"
            var links = 0
            rest.reverse()
            while let name = rest.popLast() {
                if name == "." { continue }
                if name == ".." {
                    folder = parentDirectory(folder)
                    if folder.isEmpty { folder = "/" }
                    continue
                }
                note(name, in: folder)
                let next = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
                guard let target = Self.link(next), links < FileReferences.maximumLinks else {
                    folder = next
                    continue
                }
                links += 1
                if target.hasPrefix("/") { folder = "/" }
                rest += target.split(separator: "/").map(String.init).reversed()
            }
            return folder
        }

        private mutating func note(_ name: String, in folder: String) {
            switch names[folder] {
            case .all?: break
            case .some(let known)?: names[folder] = .some(known.union([name]))
            case nil: names[folder] = .some([name])
            }
        }

        private static func absolute(_ path: String) -> String {
            if path.hasPrefix("/") { return path }
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            guard unsafe getcwd(&buffer, buffer.count) != nil else { return "/" + path }
            return text(buffer, buffer.firstIndex(of: 0) ?? 0) + "/" + path
        }

        private static func link(_ path: String) -> String? {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = unsafe readlink(path, &buffer, buffer.count)
            return count > 0 ? text(buffer, count) : nil
        }

        private static func text(_ buffer: [CChar], _ count: Int) -> String {
            String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
