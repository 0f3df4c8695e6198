// Folders whose entries are watched (inotify(7)) as events of a loop. Folders, not files: who saves a file by renaming
// another one over it leaves a watch on the file with the one that is gone.

package import Base
internal import Glibc

// Unchecked: everything is touched by the loop's thread only, after the initialiser.
package final class FolderWatch: ReadinessHandler, @unchecked Sendable {
    private let loop: EventLoop
    private var descriptor: FileDescriptor
    private var registration: Registration?
    /// By watch descriptor.
    private var watched: [Int32: WatchedNames] = [:]
    private let changed: @Sendable () -> Void

    /// What is written is told of when it is closed, not before: half a file is nobody's concern.
    private static let entryMask = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB)
    private static let ownMask = UInt32(IN_DELETE_SELF | IN_MOVE_SELF)
    private static let onlyFolders = UInt32(IN_ONLYDIR)
    private static let headerBytes = 16

    /// - Parameter changed: is called on the loop, once for what was found together.
    package init(on loop: EventLoop, _ changed: @escaping @Sendable () -> Void) throws(SystemError) {
        self.loop = loop
        self.changed = changed
        descriptor = FileDescriptor(
            owning: try System.check("inotify_init1", inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))))
    }

    /// Watches these folders and no others from now on; those that are not there are left out. On the loop.
    package func watch(_ places: [String: WatchedNames]) throws(SystemError) {
        loop.preconditionOnLoop()
        if registration == nil {
            registration = try loop.register(descriptor.raw, interest: .readable, handler: self)
        }
        var found: [Int32: WatchedNames] = [:]
        for (folder, names) in places {
            let watch = unsafe inotify_add_watch(
                descriptor.raw, folder, Self.entryMask | Self.ownMask | Self.onlyFolders)
            guard watch >= 0 else {
                switch errno {
                case ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG: continue
                default: throw System.failure("inotify_add_watch", errno)
                }
            }
            found[watch] = found[watch].map { $0.union(names) } ?? names
        }
        for watch in watched.keys where found[watch] == nil { _ = inotify_rm_watch(descriptor.raw, watch) }
        watched = found
    }

    /// Ends it. On the loop.
    package func close() {
        loop.preconditionOnLoop()
        if let registration { loop.deregister(registration, closing: true) }
        registration = nil
        descriptor.close()
    }

    package func ready(_ readiness: Readiness) {
        guard descriptor.isOpen else { return }
        var concerns = false
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe read(descriptor.raw, &buffer, buffer.count)
            guard count > 0 else { break }
            concerns = self.concerns(buffer[..<count]) || concerns
        }
        if concerns { changed() }
    }

    /// Whether one of the events is about a name that matters. (struct inotify_event: watch, mask, cookie, length, name.)
    private func concerns(_ events: ArraySlice<UInt8>) -> Bool {
        var rest = events
        var found = false
        while rest.count >= Self.headerBytes {
            let watch = Int32(bitPattern: Self.word(rest, 0))
            let mask = Self.word(rest, 4)
            let length = Int(Self.word(rest, 12))
            rest = rest.dropFirst(Self.headerBytes)
            let name = String(decoding: rest.prefix(length).prefix { $0 != 0 }, as: UTF8.self)
            rest = rest.dropFirst(length)
            // A folder that is gone is told of by its own event; that its watch is gone too is no news.
            if mask & UInt32(IN_Q_OVERFLOW) != 0 { found = true }
            guard let names = watched[watch] else { continue }
            if mask & Self.ownMask != 0 || names.contains(name) { found = true }
        }
        return found
    }

    private static func word(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
        let start = bytes.startIndex + offset
        return (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
    }
}

extension WatchedNames {
    fileprivate func union(_ other: WatchedNames) -> WatchedNames {
        guard case .some(let names) = self, case .some(let others) = other else { return .all }
        return .some(names.union(others))
    }
}
