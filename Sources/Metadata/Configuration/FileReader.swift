// Reads small files whole (configuration, rules, secrets) with a bound on their size, on the calling thread: it runs at
// start and on reload only, never on an event loop.

internal import Glibc

package struct FileReader: Sendable {
    /// Bytes a file may have before it is refused.
    package let limit: Int

    /// Configuration and rules are written by hand; a file beyond this is something else.
    package static let defaultLimit = 4 << 20

    package init(limit: Int = FileReader.defaultLimit) {
        self.limit = limit
    }

    package struct Failure: Error, Sendable, Hashable {
        /// Why, without the path: "no such file", "is a directory" …
        package let message: String
    }

    /// The bytes of the regular file at `path`.
    package func read(_ path: String) throws(Failure) -> [UInt8] {
        if path.utf8.contains(0) { throw Failure(message: "the path contains a null byte") }
        // Non-blocking, so that a pipe without a writer cannot hold up the start before it is refused below.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileReader.failure(errno) }
        defer { _ = close(descriptor) }

        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw FileReader.failure(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw Failure(message: "is a directory")
        default: throw Failure(message: "is not a regular file")
        }
        guard status.st_size <= limit else { throw tooLarge }

        // The size is only a hint: files under /proc report zero, and a file may grow while it is read.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileReader.failure(errno)
            }
            bytes.append(contentsOf: chunk.prefix(count))
            if bytes.count > limit { throw tooLarge }
        }
    }

    private var tooLarge: Failure {
        Failure(message: "is larger than \(limit) bytes")
    }

    private static func failure(_ code: Int32) -> Failure {
        switch code {
        case ENOENT, ENOTDIR: Failure(message: "no such file")
        case EACCES, EPERM: Failure(message: "no permission to read it")
        case EISDIR: Failure(message: "is a directory")
        case ELOOP: Failure(message: "too many symbolic links")
        case ENAMETOOLONG: Failure(message: "the path is too long")
        case EMFILE, ENFILE: Failure(message: "too many open files")
        default: Failure(message: "could not be read (error \(code))")
        }
    }
}

/// Paths written in a file are relative to that file.
package func resolvePath(_ path: String, relativeTo directory: String) -> String {
    if path.utf8.first == UInt8(ascii: "/") || directory.isEmpty || directory == "." { return path }
    return directory.utf8.last == UInt8(ascii: "/") ? directory + path : "\(directory)/\(path)"
}

/// The folder a path lies in: `""` for a bare name.
package func parentDirectory(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
