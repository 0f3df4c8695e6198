// Where a source's server is and how a session begins: the URL as libpq reads it, with every host name resolved and the
// settings that answers depend on pinned. https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS

internal import CPostgres
package import Connectors
internal import Reactor

package struct PostgresTarget: Sendable {
    struct Setting: Sendable, Hashable {
        let keyword: String
        let value: String
    }

    /// As the URL has them; never logged.
    private let given: [Setting]

    /// What answers depend on. Names of schemas are said in full, so `search_path` is the owner's.
    private static let pinned = [
        "TimeZone=UTC", "DateStyle=ISO,MDY", "IntervalStyle=postgres", "bytea_output=hex", "extra_float_digits=1",
        "standard_conforming_strings=on", #"default_transaction_isolation=read\ committed"#,
        "default_transaction_deferrable=off",
    ]

    /// - Parameter url: `postgres://…`, `postgresql://…`, or keywords and values.
    /// - Throws: `unavailable` with libpq's words about what is wrong with it.
    package init(url: String) throws(ConnectorError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(url, &message) else {
            let text = unsafe PostgresResult.line(message)
            unsafe PQfreemem(message)
            throw ConnectorError(.unavailable, text)
        }
        defer { unsafe PQconninfoFree(options) }
        var given: [Setting] = []
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                given.append(unsafe Setting(keyword: String(cString: keyword), value: String(cString: value)))
            }
            unsafe option = option.advanced(by: 1)
        }
        self.given = given
    }

    private func value(_ keyword: String) -> String? { given.first { $0.keyword == keyword }?.value }

    /// The settings of a session. Looks names up: blocks.
    /// - Parameter statementTimeout: milliseconds after which the server ends a statement by itself.
    func settings(statementTimeout: Int) throws(ConnectorError) -> [Setting] {
        var settings = given.filter { $0.keyword != "options" && $0.keyword != "client_encoding" }
        let pinned = (Self.pinned + ["statement_timeout=\(statementTimeout)"]).map { "-c \($0)" }
        // The owner's come first: what is pinned stays pinned. What is only preferred comes before: compiling the expressions of
        // a statement of many sub-selects takes seconds, and running it milliseconds.
        let options = (["-c jit=off", value("options")].compactMap { $0 } + pinned).joined(separator: " ")
        settings.append(Setting(keyword: "options", value: options))
        settings.append(Setting(keyword: "client_encoding", value: "UTF8"))
        if value("application_name") == nil {
            settings.append(Setting(keyword: "application_name", value: "perigee"))
        }
        if let addresses = try addresses() { settings.append(Setting(keyword: "hostaddr", value: addresses)) }
        return settings
    }

    /// One address for each host, in their order; `nil` where nothing is to be looked up.
    private func addresses() throws(ConnectorError) -> String? {
        guard value("hostaddr") == nil, let hosts = value("host") else { return nil }
        var addresses: [String] = []
        for host in hosts.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            // A socket's folder, or the abstract name of one.
            if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") {
                addresses.append("")
                continue
            }
            do {
                addresses.append(try SocketAddress.resolve(host: host, port: 5432).first?.host ?? "")
            } catch {
                throw ConnectorError(.unavailable, "\(error)")
            }
        }
        return addresses.allSatisfy(\.isEmpty) ? nil : addresses.joined(separator: ",")
    }
}
