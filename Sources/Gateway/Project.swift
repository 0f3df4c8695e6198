// A project as it serves requests: configuration, catalog, compiled rules, identities and connections, loaded together
// and swapped together. Requests under way keep the value they started with.
package import Auth
package import Base
package import Connectors
internal import Execution
package import Metadata
internal import Outbound
internal import Planning
package import Reactor
package import Rules
internal import Synchronization

package final class Project: Sendable {
    package let configuration: ProjectConfiguration
    package let catalog: Catalog
    package let types: GeneratedTypes
    package let rules: RuleSet
    package let authenticator: Authenticator
    private let outbound: OutboundClient
    /// By `SourceID`.
    package let connectors: [any Connector]
    /// What was found in each, by `SourceID`.
    let schemas: [DatabaseSchema]
    /// What writes change besides the rows they name.
    let reach: WriteReach
    let maskKeys: MaskKeys
    let cursors: CursorSeal
    /// Of the columns that rules store hashed or encrypted.
    let seals: ColumnSeals
    let unopened: UnopenedColumns
    let shapes: ShapeRegistry
    let plans: PlanCache
    let documents: DocumentStore
    let verdicts: VerdictDesk
    /// Names of headers, in lower case, that webhooks of rules are handed; most projects have none.
    let forwardedHeaders: Set<String>
    /// Where credentials may stand besides the headers that every project knows; `nil` in most.
    let credentialPlaces: AuthConfiguration?
    let report: FactReporter
    /// Distinguishes this value from every other, for what is remembered about callers.
    let generation: UInt64

    /// What requests are recorded in; `nil` where none are.
    let audit: AuditLog?
    /// Whether mutations are undone when they are done.
    let discardsWrites: Bool

    private static let generations = Atomic<UInt64>(0)

    /// Loads everything the configuration names and checks it as a whole. Blocks: not on an event loop.
    /// - Parameters:
    ///   - loops: the loops whose statements may run inline.
    ///   - audit: what requests are recorded in; its owner closes it, after the last project that has it.
    ///   - discardsWrites: whether every mutation is undone when it is done, for trying rules out.
    /// - Throws: every mistake that was found in the configuration and the rules.
    package static func load(
        _ configuration: ProjectConfiguration, loops: [EventLoop] = [], discardsWrites: Bool = false,
        audit: AuditLog? = nil, report: @escaping FactReporter = { _ in }
    ) async throws(ProjectFailure) -> Project {
        var connectors: [any Connector] = []
        do {
            var inputs: [CatalogBuilder.Input] = []
            for source in configuration.sources {
                let connector = try ConnectorRegistry.connect(
                    source, configuration: configuration, loops: loops, discardsWrites: discardsWrites)
                connectors.append(connector)
                let schema = try introspect(connector, source, configuration)
                inputs.append(.init(configuration: source, schema: schema, capabilities: connector.capabilities))
            }
            let identities = try await identities(configuration)
            return try Project(
                configuration, inputs, connectors, report, identities, audit, discardsWrites: discardsWrites)
        } catch {
            for connector in connectors { connector.close() }
            throw error
        }
    }

    /// The same configuration over what the databases hold now, with the same connections; `nil` where nothing has changed.
    /// Blocks: not on an event loop.
    func refreshed() async throws(ProjectFailure) -> Project? {
        var inputs: [CatalogBuilder.Input] = []
        for (source, connector) in zip(configuration.sources, connectors) {
            let schema = try Self.introspect(connector, source, configuration)
            inputs.append(.init(configuration: source, schema: schema, capabilities: connector.capabilities))
        }
        guard inputs.map(\.schema) != schemas else { return nil }
        return try Project(configuration, inputs, connectors, report, (authenticator, outbound), audit)
    }

    /// Another configuration over the same connections, checked like the first; tokens that were verified stay so where
    /// nothing about identities has changed. Blocks: not on an event loop.
    /// - Parameter configuration: has the same sources, in the same order.
    func reloaded(_ configuration: ProjectConfiguration) async throws(ProjectFailure) -> Project {
        var inputs: [CatalogBuilder.Input] = []
        for (index, source) in configuration.sources.enumerated() {
            let schema = try introspectAgain(source, index, configuration)
            inputs.append(
                .init(configuration: source, schema: schema, capabilities: connectors[index].capabilities))
        }
        let known = self.configuration
        let isSame =
            configuration.auth == known.auth && configuration.outbound == known.outbound
            && configuration.server.caches.tokens == known.server.caches.tokens
        let identities: Identities = isSame ? (authenticator, outbound) : try await Self.identities(configuration)
        return try Project(configuration, inputs, connectors, report, identities, audit)
    }

    /// A database that does not answer does not hold up what is none of its business: what was known of it is known still.
    private func introspectAgain(
        _ source: SourceConfiguration, _ index: Int, _ configuration: ProjectConfiguration
    ) throws(ProjectFailure) -> DatabaseSchema {
        do throws(ProjectFailure) {
            return try Self.introspect(connectors[index], source, configuration)
        } catch {
            let before = IntrospectionRequest(self.configuration.sources[index])
            guard IntrospectionRequest(source) == before else { throw error }
            return schemas[index]
        }
    }

    /// Who tells who callers are, and the client that asks for issuers' keys.
    private typealias Identities = (authenticator: Authenticator, outbound: OutboundClient)

    private static func identities(
        _ configuration: ProjectConfiguration
    ) async throws(ProjectFailure) -> Identities {
        do throws(ConfigurationFailure) {
            let outbound = try outboundClient(configuration)
            let authenticator = try await Authenticator(
                configuration.auth, file: configuration.file, cachedTokens: configuration.server.caches.tokens,
                outbound: outbound)
            return (authenticator, outbound)
        } catch {
            throw .configuration(error)
        }
    }

    private static func introspect(
        _ connector: any Connector, _ source: SourceConfiguration, _ configuration: ProjectConfiguration
    ) throws(ProjectFailure) -> DatabaseSchema {
        do {
            return try connector.introspect(IntrospectionRequest(source))
        } catch {
            throw .source(name: source.name, error)
        }
    }

    private init(
        _ configuration: ProjectConfiguration, _ inputs: [CatalogBuilder.Input], _ connectors: [any Connector],
        _ report: @escaping FactReporter, _ identities: Identities, _ audit: AuditLog?,
        discardsWrites: Bool = false
    ) throws(ProjectFailure) {
        self.discardsWrites = discardsWrites
        self.audit = audit
        let trusted: [TrustedDocument]
        do throws(ConfigurationFailure) {
            let catalog = try CatalogBuilder.build(inputs, file: configuration.file)
            let rules = try RuleSet.compile(
                RuleFile.load(configuration.ruleFiles), catalog: catalog, hasProjectKey: configuration.projectKey != nil
            )
            trusted = try TrustedDocument.load(configuration.documents.trusted)
            self.catalog = catalog
            self.rules = rules
        } catch {
            throw .configuration(error)
        }
        let types = GeneratedTypes(catalog: catalog)
        self.configuration = configuration
        self.connectors = connectors
        authenticator = identities.authenticator
        outbound = identities.outbound
        schemas = inputs.map(\.schema)
        reach = WriteReach(
            catalog: catalog, schemas: inputs.map(\.schema), neighbours: Self.neighbours(configuration.sources))
        self.types = types
        generation = Self.generations.add(1, ordering: .relaxed).newValue
        self.report = report
        cursors = CursorSeal(key: configuration.projectKey)
        maskKeys = Self.maskKeys(catalog, configuration.projectKey)
        seals = Self.seals(catalog, rules, configuration)
        unopened = UnopenedColumns(catalog: catalog, report: report)
        shapes = ShapeRegistry(catalog: catalog, types: types, rules: rules)
        plans = PlanCache(configuration.server.caches)
        documents = DocumentStore(configuration.documents, trusted: trusted)
        verdicts = VerdictDesk(client: outbound, cachedVerdicts: configuration.server.caches.verdicts)
        forwardedHeaders = rules.forwardedHeaders
        let auth = configuration.auth
        credentialPlaces = auth.cookie == nil && auth.webhook == nil ? nil : auth
        for (index, connector) in connectors.enumerated() {
            try checkComputedFields(connector, source: SourceID(index))
        }
        do throws(ConfigurationFailure) {
            try Pipeline(project: self).check(trusted, now: SystemClock.now())
        } catch {
            throw .configuration(error)
        }
    }

    package func close() {
        for connector in connectors { connector.close() }
        outbound.close()
    }

    private static func outboundClient(
        _ configuration: ProjectConfiguration
    ) throws(ConfigurationFailure) -> OutboundClient {
        var allowed: [AddressPolicy.Range] = []
        for range in configuration.outbound.allowed {
            guard let parsed = AddressPolicy.Range(range.text) else {
                throw ConfigurationFailure(
                    ConfigurationError(
                        file: configuration.file, pointer: range.pointer,
                        message: "\"\(range.text)\" is no address and no range of addresses",
                        suggestion: "such as 10.0.0.0/8, 192.168.1.7 or fd00::/8"))
            }
            allowed.append(parsed)
        }
        return OutboundClient(
            policy: AddressPolicy(allowed: allowed), certificates: configuration.outbound.certificates)
    }

    /// Of each source those in the same database, as far as their locations tell, itself included.
    private static func neighbours(_ sources: [SourceConfiguration]) -> [[SourceID]] {
        sources.map { source in
            sources.indices.filter { sources[$0].location == source.location }.map { SourceID($0) }
        }
    }

    /// A key of its own for each text column that a mask may hash.
    private static func maskKeys(_ catalog: Catalog, _ key: Secret?) -> MaskKeys {
        guard let key else { return [:] }
        var keys: MaskKeys = [:]
        for collection in catalog.collections {
            for field in collection.fields where field.type == .string {
                let name = "\(collection.name).\(field.name)"
                keys[name] = KeyDerivation.derive(from: key, purpose: "mask:\(name)")
            }
        }
        return keys
    }

    private static func seals(
        _ catalog: Catalog, _ rules: RuleSet, _ configuration: ProjectConfiguration
    ) -> ColumnSeals {
        guard let key = configuration.projectKey else { return .none }
        var seals: [FieldReference: ColumnSeal] = [:]
        for field in rules.storedForms.keys {
            seals[field] = ColumnSeal(
                key: key, previous: configuration.previousKeys, collection: catalog[field.collection].name,
                column: catalog.field(field).name, keepsClear: rules.keepsClear(field))
        }
        return ColumnSeals(seals)
    }

    /// The owner's expressions are the one SQL that is not the gateway's own: each is tried before anyone depends on it.
    private func checkComputedFields(_ connector: any Connector, source: SourceID) throws(ProjectFailure) {
        let settings = configuration.sources[source.index]
        for collection in catalog.collections where collection.source == source {
            for field in collection.fields where field.isComputed {
                let reads = [ComputedFieldProbe.read(collection, field: field, catalog: catalog)]
                do {
                    try connector.check(connector.lower(reads, catalog: catalog))
                } catch {
                    let entry = settings.collections.first { $0.table == collection.name.collection }
                    let computed = entry?.computedFields.first { $0.name == field.name }
                    let word = if case .function? = computed?.definition { "function" } else { "expression" }
                    throw .configuration(
                        ConfigurationFailure(
                            ConfigurationError(
                                file: configuration.file, pointer: (computed?.pointer ?? settings.pointer) + "/" + word,
                                message: "the database does not accept the \(word): \(error.detail)")))
                }
            }
        }
    }
}

/// Why a project cannot serve.
package enum ProjectFailure: Error, Sendable, CustomStringConvertible {
    case configuration(ConfigurationFailure)
    case source(name: String, ConnectorError)

    package var description: String {
        switch self {
        case .configuration(let failure): failure.description
        case .source(let name, let error): "source \"\(name)\": \(error.detail)"
        }
    }
}
