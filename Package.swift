// swift-tools-version: 6.3
// The dependency lists below are the architecture: a module may import only what its line names, and the
// lists only ever point down (docs/architecture.md draws them). `make test` builds with the import check on.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// What a trait switches on; `#if Postgres` stands where the gateway meets it (`ConnectorRegistry`).
let postgres: Target.Dependency = .target(name: "ConnectorPostgres", condition: .when(traits: ["Postgres"]))

func module(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency], path: String) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "perigee",
    products: [
        .executable(name: "perigee", targets: ["PerigeeCLI"])
    ],
    traits: [
        .trait(name: "Postgres", description: "Sources in PostgreSQL; needs libpq."),
        .default(enabledTraits: ["Postgres"]),
    ],
    dependencies: [
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    ],
    targets: [
        // C libraries: a module map and a shim header each.
        .target(name: "CLinux"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),

        module("Base"),
        module("GraphQL", ["Base"]),
        module("Patterns", ["Base", "CPCRE2"]),
        module("Reactor", ["Base", "CLinux", "COpenSSL"]),
        module("HTTP", ["Base", "COpenSSL", "CZlib"]),
        module("Outbound", ["Base", "Reactor", "CCurl"]),
        module("Metadata", ["Base", "GraphQL", "Patterns", yams]),
        module("Transport", ["Base", "Reactor", "HTTP"]),
        module("Auth", ["Base", "Reactor", "Metadata", "Outbound", jwtKit, crypto]),
        module("Planning", ["Base", "GraphQL", "Patterns", "Metadata"]),
        module("Rules", ["Base", "GraphQL", "Patterns", "Metadata", "Planning"]),
        module("Connectors", ["Base", "Reactor", "Metadata", "Planning", "Rules"]),
        module("SQL", ["Base", "Patterns", "Metadata", "Planning", "Rules", "Connectors"]),
        module("Execution", ["Base", "GraphQL", "Reactor", "Metadata", "Auth", "Planning", "Rules", "Connectors"]),
        module(
            "ConnectorSQLite",
            [
                "Base", "Reactor", "Patterns", "Metadata", "Planning", "Rules", "Connectors", "SQL", "CSQLite",
                "COpenSSL",
            ]),
        module(
            "ConnectorPostgres",
            ["Base", "Reactor", "Metadata", "Planning", "Rules", "Connectors", "SQL", "CPostgres"]),
        module("Live", ["Base", "Reactor", "Planning", "Execution", crypto]),
        module(
            "Gateway",
            [
                "Base", "GraphQL", "Reactor", "HTTP", "Metadata", "Outbound", "Transport", "Auth", "Planning", "Rules",
                "Connectors", "Execution", "SQL", "ConnectorSQLite", "Live", crypto, postgres,
            ]),
        program(
            "PerigeeCLI",
            [
                "Base", "Reactor", "HTTP", "Metadata", "Transport", "Auth", "Rules", "Connectors", "ConnectorSQLite",
                "Gateway", arguments, logging,
            ],
            path: "Sources/PerigeeCLI"),

        // What the gateway is measured against and with; `benchmarks/run` builds and drives them.
        program("BareResponder", ["Base", "Reactor", "HTTP", "Transport"], path: "Sources/Benchmarks/BareResponder"),
        program("LoadClient", ["Base", "Reactor", "COpenSSL"], path: "Sources/Benchmarks/LoadClient"),
        program(
            "WebSocketFanOut", ["HTTP", "Reactor", "Transport"], path: "Sources/Benchmarks/WebSocketFanOut"),
        program("ParserBenchmark", ["GraphQL"], path: "Sources/Benchmarks/ParserBenchmark"),
        program(
            "HostileDocumentBenchmark", ["TestSupport"], path: "Sources/Benchmarks/HostileDocumentBenchmark"),
        program(
            "SQLiteLoop", ["Base", "Reactor", "Planning", "Connectors", "ConnectorSQLite", "CSQLite"],
            path: "Sources/Benchmarks/SQLiteLoop"),

        // Readers of bytes from clients under random input: `make fuzz`, and a small part in FuzzTests.
        module("FuzzTargets", ["Base", "GraphQL", "HTTP", "Gateway"], path: "Sources/Fuzzing/FuzzTargets"),
        program("Fuzz", ["FuzzTargets"], path: "Sources/Fuzzing/Fuzz"),

        // A project over a temporary database, for the tests that take a request all the way.
        .target(
            name: "TestSupport",
            dependencies: [
                "Base", "GraphQL", "Reactor", "Metadata", "Outbound", "Auth", "ConnectorSQLite", "Execution", "Gateway",
            ],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "TLSTestSupport", dependencies: ["Reactor", "COpenSSL"], path: "Tests/TLSTestSupport",
            swiftSettings: strict),
        tests("BaseTests", ["Base", "TestSupport"]),
        tests("PatternsTests", ["Base", "Patterns", "TestSupport"]),
        tests("ReactorTests", ["Base", "Reactor", "TestSupport"]),
        tests("OutboundTests", ["Reactor", "Outbound", "TestSupport"]),
        tests("HTTPTests", ["Base", "HTTP", "TestSupport"]),
        tests("TransportTests", ["Base", "Reactor", "HTTP", "Transport", "TLSTestSupport", "TestSupport"]),
        tests("GraphQLTests", ["Base", "GraphQL"]),
        tests("ConformanceTests", ["Base", "GraphQL"]),
        tests("MetadataTests", ["Base", "GraphQL", "Metadata", "TestSupport"]),
        tests("AuthTests", ["Base", "Reactor", "Metadata", "Outbound", "Auth", "TestSupport", jwtKit]),
        tests(
            "ConnectorSQLiteTests",
            ["Base", "Reactor", "Patterns", "Metadata", "Planning", "Connectors", "SQL", "ConnectorSQLite"]),
        tests(
            "ConnectorPostgresTests",
            [
                "Base", "GraphQL", "Reactor", "Metadata", "Planning", "Connectors", "SQL", "ConnectorPostgres",
                "Gateway",
                "TestSupport",
            ]),
        tests("PlanningTests", ["Base", "GraphQL", "Patterns", "Metadata", "Planning", "TestSupport"]),
        tests(
            "SQLTests",
            ["Base", "Patterns", "Metadata", "Planning", "SQL", "ConnectorSQLite", "Gateway", "TestSupport"]),
        tests(
            "ExecutionTests",
            [
                "Base", "GraphQL", "Reactor", "Patterns", "Metadata", "Auth", "Planning", "Rules", "Connectors",
                "Execution", "TestSupport",
            ]),
        tests("RulesTests", ["Base", "GraphQL", "Metadata", "Auth", "Planning", "Rules", "Gateway", "TestSupport"]),
        tests(
            "GatewayTests",
            [
                "Base", "GraphQL", "Reactor", "HTTP", "Transport", "Metadata", "Outbound", "Auth", "Rules", "Execution",
                "Gateway",
                "TestSupport",
            ]),
        tests("LiveTests", ["Base", "Metadata", "Reactor", "Planning", "Execution", "Live", "TestSupport"]),
        tests("FuzzTests", ["FuzzTargets", "TestSupport"]),
        tests("GoldenTests", ["Base", "Gateway", "TestSupport"]),
        tests("PerigeeCLITests", ["Base", "ConnectorSQLite", "TestSupport"]),
    ]
)
