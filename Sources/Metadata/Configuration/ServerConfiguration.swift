// The `server` section: where the gateway listens and every bound it keeps towards clients (design of the gateway: limits
// before work). Each limit has one name, one default and one place that enforces it.

package struct ServerConfiguration: Sendable, Equatable {
    package var host = "127.0.0.1"
    /// 0 lets the system choose.
    package var port = 8080
    /// Event loops; `nil` is one per core, at most eight.
    package var loops: Int?
    /// Whether callers may introspect; `nil` leaves it to the command (on for `dev`, else for admins only).
    package var introspection: Bool?
    /// `nil`: plain HTTP.
    package var tls: TLSConfiguration?
    /// `nil`: pages of other origins read nothing.
    package var cors: CORSConfiguration?
    /// `nil`: answers go as they are.
    package var compression: CompressionConfiguration?
    /// `nil` where nothing is written.
    package var accessLog: AccessLogConfiguration?
    /// Whether answers tell how long their stages took, in `Server-Timing`.
    package var serverTiming = false
    /// Pages beside those of the gateway's own host that may open WebSockets, as browsers write them in `Origin`; `*` is any.
    package var origins: [String] = []
    package var webSocket = WebSocketConfiguration()
    package var limits = Limits()
    package var caches = CacheSizes()
    package var subscriptions = Subscriptions()
    package var live = Live()

    package init() {}

    static let keys = [
        "host", "port", "loops", "introspection", "tls", "cors", "compression", "accessLog", "serverTiming", "origins",
        "webSocket", "limits", "caches", "subscriptions", "live",
    ]

    mutating func decode(_ node: ConfigurationNode, directory: String) {
        guard let section = node.section(Self.keys) else { return }
        if let value = section["host"]?.text() { host = value }
        if let value = section["port"]?.integer(0...65535) { port = value }
        if let value = section["loops"]?.integer(1...256) { loops = value }
        if let value = section["introspection"]?.flag() { introspection = value }
        if let node = section["tls"] { tls = TLSConfiguration(node, directory: directory) }
        if let node = section["cors"] { cors = CORSConfiguration(node) }
        if let node = section["compression"] { compression = CompressionConfiguration(node) }
        if let node = section["accessLog"] { accessLog = AccessLogConfiguration(node, directory: directory) }
        if let value = section["serverTiming"]?.flag() { serverTiming = value }
        if let node = section["origins"] { decodeOrigins(node) }
        if let node = section["webSocket"] { webSocket.decode(node) }
        if let node = section["limits"] { limits.decode(node) }
        if let node = section["caches"] { caches.decode(node) }
        if let node = section["subscriptions"] { subscriptions.decode(node) }
        if let node = section["live"] { live.decode(node) }
    }

    /// Each as a browser would send it: with a path or a closing slash it would match nothing.
    private mutating func decodeOrigins(_ node: ConfigurationNode) {
        guard let texts = node.texts() else { return }
        origins = texts
        for text in texts where text != "*" && text != "null" {
            let authority = ["https://", "http://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
            guard let authority, !authority.isEmpty, !authority.contains("/") else {
                node.report(
                    "\"\(text)\" is not an origin", "write scheme, host and port, such as https://app.example.org")
                return
            }
        }
    }

    /// What one request or connection may use.
    package struct Limits: Sendable, Hashable {
        /// Bytes of a request body.
        package var bodyBytes = 1 << 20
        /// Bytes of a request's line and headers together.
        package var headerBytes = 32 << 10
        /// Bytes of the `variables` member.
        package var variablesBytes = 512 << 10
        /// Lists and objects inside one another in the JSON of a request.
        package var variablesDepth = 64
        /// Bytes of a document.
        package var documentBytes = 256 << 10
        /// Bytes of a response body.
        package var responseBytes = 64 << 20
        /// Bytes that may wait to be sent to one WebSocket or event stream; a client for which more wait is cut.
        package var outboundBytes = 4 << 20
        /// Nested selection sets of an operation.
        package var depth = 12
        /// Nested selection sets below `__schema` and `__type`, whose standard query is deeper than `depth`.
        package var introspectionDepth = 20
        /// Aliases of fields with a selection set or with arguments.
        package var aliases = 30
        package var rootFields = 20
        /// Lexical tokens of a document.
        package var tokens = 15000
        /// Directives at one place of a document.
        package var directives = 10
        /// Errors that the answer to one request lists.
        package var errors = 100
        /// What an operation may cost: `CostEstimate`.
        package var cost = 100_000
        /// Rows that a list without `limit` is taken to have, where its cost is estimated.
        package var assumedRows = 20
        /// Requests in one JSON array.
        package var batch = 10
        /// Rows of one list.
        package var rows = 10000
        /// Open client connections.
        package var connections = 10000
        /// Open subscriptions, of all connections.
        package var subscriptions = 50_000
        /// From the first byte of a request to the last of its answer.
        package var requestTimeout = Duration.seconds(30)
        /// For the handshake of TLS.
        package var handshakeTimeout = Duration.seconds(10)
        /// For a request's line and headers to arrive.
        package var headerTimeout = Duration.seconds(10)
        /// For a request's body to arrive.
        package var bodyTimeout = Duration.seconds(30)
        /// Between requests of one connection.
        package var idleTimeout = Duration.seconds(75)
        /// For a client to take what was written to it.
        package var writeTimeout = Duration.seconds(30)
        /// For requests under way to finish when the gateway is told to stop.
        package var shutdownTimeout = Duration.seconds(30)

        package init() {}

        static let sizeKeys = [
            "bodyBytes", "headerBytes", "documentBytes", "variablesBytes", "responseBytes", "outboundBytes",
        ]
        /// The least each may be, in bytes: below, no request would be read, or no error could be told.
        static let sizeFloors = [
            "bodyBytes": 64, "headerBytes": 512, "documentBytes": 16, "variablesBytes": 2, "responseBytes": 1024,
            "outboundBytes": 1024,
        ]
        static let countKeys = [
            "depth", "introspectionDepth", "aliases", "rootFields", "tokens", "directives", "errors", "cost",
            "assumedRows",
            "variablesDepth", "batch", "rows", "connections", "subscriptions",
        ]
        static let durationKeys = [
            "requestTimeout", "handshakeTimeout", "headerTimeout", "bodyTimeout", "idleTimeout", "writeTimeout",
            "shutdownTimeout",
        ]
        static let keys = sizeKeys + countKeys + durationKeys

        mutating func decode(_ node: ConfigurationNode) {
            guard let section = node.section(Self.keys) else { return }
            func size(_ key: String, _ value: inout Int) {
                if let size = section[key]?.byteSize(atLeast: Self.sizeFloors[key] ?? 1) {
                    value = size
                }
            }
            func count(_ key: String, _ value: inout Int, _ maximum: Int = 1_000_000_000) {
                if let count = section[key]?.integer(1...maximum) { value = count }
            }
            func span(_ key: String, _ value: inout Duration) {
                if let span = section[key]?.duration() { value = span }
            }
            size("bodyBytes", &bodyBytes)
            size("headerBytes", &headerBytes)
            size("documentBytes", &documentBytes)
            size("variablesBytes", &variablesBytes)
            size("responseBytes", &responseBytes)
            size("outboundBytes", &outboundBytes)
            // Recursive descent stands behind these three: the stacks of the loops are sized for this much.
            count("depth", &depth, 100)
            count("introspectionDepth", &introspectionDepth, 100)
            count("variablesDepth", &variablesDepth, 128)
            count("aliases", &aliases)
            count("rootFields", &rootFields)
            count("tokens", &tokens)
            count("directives", &directives)
            count("errors", &errors, 10_000)
            count("cost", &cost, 1_000_000_000_000_000)
            count("assumedRows", &assumedRows)
            count("batch", &batch, 1000)
            count("rows", &rows)
            count("connections", &connections, 1_000_000)
            count("subscriptions", &subscriptions, 10_000_000)
            span("requestTimeout", &requestTimeout)
            span("handshakeTimeout", &handshakeTimeout)
            span("headerTimeout", &headerTimeout)
            span("bodyTimeout", &bodyTimeout)
            span("idleTimeout", &idleTimeout)
            span("writeTimeout", &writeTimeout)
            span("shutdownTimeout", &shutdownTimeout)
        }
    }

    /// Entries each cache may hold.
    package struct CacheSizes: Sendable, Hashable {
        /// Parsed documents.
        package var documents = 1000
        /// Lowered statements by document, operation and authorization shape.
        package var plans = 1000
        /// Prepared statements of one database connection.
        package var statements = 500
        /// Verified tokens.
        package var tokens = 4096
        /// Verdicts of webhooks that rules let be kept.
        package var verdicts = 4096

        package init() {}

        static let keys = ["documents", "plans", "statements", "tokens", "verdicts"]

        mutating func decode(_ node: ConfigurationNode) {
            guard let section = node.section(Self.keys) else { return }
            if let value = section["documents"]?.integer(1...1_000_000) { documents = value }
            if let value = section["plans"]?.integer(1...1_000_000) { plans = value }
            if let value = section["statements"]?.integer(1...100_000) { statements = value }
            if let value = section["tokens"]?.integer(1...1_000_000) { tokens = value }
            if let value = section["verdicts"]?.integer(1...1_000_000) { verdicts = value }
        }
    }
}
