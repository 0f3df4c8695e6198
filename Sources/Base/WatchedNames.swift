// Which entries of a folder are watched for changes: what the reader of files knows, and the watcher of folders asks for.

/// The names of one folder whose changes matter.
package enum WatchedNames: Sendable, Hashable {
    case some(Set<String>)
    case all

    package func contains(_ name: String) -> Bool {
        switch self {
        case .some(let names): names.contains(name)
        case .all: true
        }
    }
}
