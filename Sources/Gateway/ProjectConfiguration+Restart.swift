// What a change of the configuration cannot reach while the gateway serves: sockets, threads and connections are made once.
// Such a key keeps its value until the next start, and the operator is told.
internal import Metadata

extension ProjectConfiguration {
    /// A setting that is used once, at the start.
    private struct FixedKey: Sendable {
        let pointer: String
        /// Puts the value in use back; false where there was nothing to put back.
        let keep: @Sendable (inout ServerConfiguration, ServerConfiguration) -> Bool

        init(_ name: String, _ keep: @escaping @Sendable (inout ServerConfiguration, ServerConfiguration) -> Bool) {
            pointer = "/server/" + name
            self.keep = keep
        }

        init<Value: Equatable & Sendable>(
            _ name: String, _ path: any WritableKeyPath<ServerConfiguration, Value> & Sendable
        ) {
            pointer = "/server/" + name
            keep = { new, old in
                guard new[keyPath: path] != old[keyPath: path] else { return false }
                new[keyPath: path] = old[keyPath: path]
                return true
            }
        }
    }

    /// Whether there is TLS at all; its certificates and what is asked of clients may change.
    private static let tls = FixedKey("tls") { new, old in
        guard (new.tls == nil) != (old.tls == nil) else { return false }
        new.tls = old.tls
        return true
    }

    private static let fixedKeys = [
        tls,
        FixedKey("accessLog", \.accessLog), FixedKey("host", \.host), FixedKey("port", \.port),
        FixedKey("loops", \.loops),
        FixedKey("limits/headerBytes", \.limits.headerBytes), FixedKey("limits/bodyBytes", \.limits.bodyBytes),
        FixedKey("limits/responseBytes", \.limits.responseBytes), FixedKey("limits/connections", \.limits.connections),
        FixedKey("limits/requestTimeout", \.limits.requestTimeout),
        FixedKey("limits/handshakeTimeout", \.limits.handshakeTimeout),
        FixedKey("limits/headerTimeout", \.limits.headerTimeout),
        FixedKey("limits/bodyTimeout", \.limits.bodyTimeout), FixedKey("limits/idleTimeout", \.limits.idleTimeout),
        FixedKey("limits/writeTimeout", \.limits.writeTimeout), FixedKey("caches/statements", \.caches.statements),
    ]

    /// The keys that only the next start reads, by JSON pointer; those of sources with `*` for the name.
    package static let restartKeys =
        fixedKeys.map(\.pointer) + ["/audit"]
        + ["kind", "url", "directUrl", "pool", "readers", "refresh"].map { "/sources/*/" + $0 }

    /// Puts the values in use back where new ones have to wait for the next start.
    /// - Returns: the pointers of what was put back.
    /// - Throws: when sources were added, removed or put into another order: rules name them, so that there is no old value
    ///   to keep.
    mutating func keep(from old: ProjectConfiguration) throws(ProjectFailure) -> [String] {
        var kept: [String] = []
        for key in Self.fixedKeys where key.keep(&server, old.server) { kept.append(key.pointer) }
        if audit != old.audit {
            audit = old.audit
            kept.append("/audit")
        }
        let names = sources.map(\.name)
        let oldNames = old.sources.map(\.name)
        if names != oldNames { throw .configuration(ConfigurationFailure(changes(from: oldNames, to: names))) }
        for index in sources.indices {
            let connection = old.sources[index]
            if sources[index].location != connection.location || sources[index].directURL != connection.directURL
                || sources[index].readers != connection.readers || sources[index].refresh != connection.refresh
            {
                sources[index].location = connection.location
                sources[index].directURL = connection.directURL
                sources[index].readers = connection.readers
                sources[index].refresh = connection.refresh
                kept.append(sources[index].pointer)
            }
        }
        return kept
    }

    private func changes(from old: [String], to new: [String]) -> [ConfigurationError] {
        var errors = new.filter { !old.contains($0) }.map { name in
            ConfigurationError(
                file: file, pointer: jsonPointer("/sources", name),
                message: "a source is not added while the gateway serves", suggestion: "restart it")
        }
        errors += old.filter { !new.contains($0) }.map { name in
            ConfigurationError(
                file: file, pointer: "/sources",
                message: "the source \"\(name)\" is not removed while the gateway serves",
                suggestion: "restart it")
        }
        if errors.isEmpty {
            errors.append(
                ConfigurationError(
                    file: file, pointer: "/sources",
                    message: "the order of sources is not changed while the gateway serves",
                    suggestion: "restart it"))
        }
        return errors
    }
}
