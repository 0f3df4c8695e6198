// Where a source's server is and how a session begins: the URL as libpq reads it, with every host name resolved and the
// settings that answers depend on pinned. https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS

internal import CPostgres
package import Connectors

package struct PostgresTarget: Sendable {
    struct Setting: Sendable, Hashable {
        let keyword: String
        let value: String
    }

    /// As the URL has them; never logged.
    private let given: [Setting]
    private let book: AddressBook
    /// A pooler that hands the server out a transaction at a time: a session has no settings of its own there, and no
    /// prepared statements.
    let isPooled: Bool

    /// What answers depend on. Names of schemas are said in full, so `search_path` is the owner's.
    private static let pinned: [Setting] = [
        Setting(keyword: "TimeZone", value: "UTC"), Setting(keyword: "DateStyle", value: "ISO, MDY"),
        Setting(keyword: "IntervalStyle", value: "postgres"), Setting(keyword: "bytea_output", value: "hex"),
        Setting(keyword: "extra_float_digits", value: "1"),
        Setting(keyword: "standard_conforming_strings", value: "on"),
    ]
    /// What transactions depend on; one that writes says its own isolation.
    private static let pinnedForTransactions: [Setting] = [
        Setting(keyword: "default_transaction_isolation", value: "read committed"),
        Setting(keyword: "default_transaction_deferrable", value: "off"),
    ]

    /// - Parameter url: `postgres://…`, `postgresql://…`, or keywords and values.
    /// - Throws: `unavailable` with libpq's words about what is wrong with it.
    package init(url: String) throws(ConnectorError) {
        try self.init(url: url, isPooled: false)
    }

    init(url: String, isPooled: Bool = false, book: AddressBook = AddressBook()) throws(ConnectorError) {
        self.isPooled = isPooled
        self.book = book
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

    /// The same taken for a pooler.
    var pooled: PostgresTarget {
        PostgresTarget(given: given.filter { $0.keyword != "options" }, isPooled: true, book: book)
    }

    private init(given: [Setting], isPooled: Bool, book: AddressBook) {
        self.given = given
        self.isPooled = isPooled
        self.book = book
    }

    /// The settings of a session. Looks names up: blocks.
    /// - Parameter statementTimeout: milliseconds after which the server ends a statement by itself.
    func settings(statementTimeout: Int) throws(ConnectorError) -> [Setting] {
        var settings = given.filter { $0.keyword != "client_encoding" && (isPooled || $0.keyword != "options") }
        if !isPooled { settings.append(Setting(keyword: "options", value: options(statementTimeout))) }
        settings.append(Setting(keyword: "client_encoding", value: "UTF8"))
        if value("application_name") == nil {
            settings.append(Setting(keyword: "application_name", value: "perigee"))
        }
        if let addresses = try addresses() { settings.append(Setting(keyword: "hostaddr", value: addresses)) }
        return settings
    }

    private func options(_ statementTimeout: Int) -> String {
        let timeout = Setting(keyword: "statement_timeout", value: "\(statementTimeout)")
        let pinned = (Self.pinned + Self.pinnedForTransactions + [timeout]).map { setting in
            "-c \(setting.keyword)=\(setting.value.replacing(" ", with: #"\ "#))"
        }
        // The owner's come first: what is pinned stays pinned. What is only preferred comes before: compiling the expressions
        // of a statement of many sub-selects takes seconds, and running it milliseconds.
        return (["-c jit=off", value("options")].compactMap { $0 } + pinned).joined(separator: " ")
    }

    /// The statement that pins the same for the transaction it is in and no longer: the session is another's afterwards.
    static func prelude(statementTimeout: Int) -> String {
        let timeout = Setting(keyword: "statement_timeout", value: "\(statementTimeout)")
        let calls = (pinned + [timeout]).map { "set_config('\($0.keyword)', '\($0.value)', true)" }
        return "SELECT " + calls.joined(separator: ", ")
    }

    /// What is pinned and would change answers, as the server shows it.
    static let pinnedTexts = pinned.map { ($0.keyword, $0.value) }

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
            addresses.append(try book.address(of: host))
        }
        return addresses.allSatisfy(\.isEmpty) ? nil : addresses.joined(separator: ",")
    }
}
