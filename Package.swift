// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled with these: the strictest settings that today's compiler offers.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// For a target whose tests look inside it, also in release builds.
let testable: [SwiftSetting] = [.unsafeFlags(["-enable-testing"])]

/// The layers, from the bottom up. An arrow is an import; nothing else may be imported.
///
///     0  ClusterModel  Randomness                                         values only
///     0  Parallel  Clocks                                                 processors and time
///     1  Documents  MigrationModel  PlanCheck  Forecasting  Generation    -> ClusterModel
///     1  AgentWire  Sampling  Libvirt                                     no Foundation
///     2  Placement -> MigrationModel   Scheduling -> Placement, MigrationModel   Store -> Documents, Forecasting, Execution, AgentWire, MigrationModel
///     2  Execution  -> ClusterModel                    AgentService -> Sampling, AgentWire, Libvirt, MigrationModel
///     3  Planning   -> Scheduling, PlanCheck, Documents                   Importing -> Store
///     3  Simulation -> Execution
///     4  Reports    -> Planning, Placement, MigrationModel, Documents  5  Server -> Store, AgentWire, Reports
///     6  drover, drover-agent, drover-bench            wiring only
let package = Package(
    name: "drover",
    products: [
        .executable(name: "drover", targets: ["drover"]),
        .executable(name: "drover-agent", targets: ["drover-agent"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // System libraries and C.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        .target(name: "CAgentWire", dependencies: ["CProtobufC"]),
        // Loads libvirt at run time; nothing of libvirt is needed to build it.
        .target(name: "CLibvirt", linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("pthread")]),
        .target(name: "Libvirt", dependencies: ["CLibvirt"], swiftSettings: strict),

        // Values and pure functions.
        .target(name: "ClusterModel", swiftSettings: strict),
        .target(name: "Documents", dependencies: ["ClusterModel", "Yams"], swiftSettings: strict),
        .target(name: "MigrationModel", dependencies: ["ClusterModel"], swiftSettings: strict),
        .target(name: "Parallel", swiftSettings: strict),
        .target(name: "Randomness", swiftSettings: strict),
        .target(name: "Clocks", swiftSettings: strict),
        .target(
            name: "Placement", dependencies: ["Randomness", "ClusterModel", "MigrationModel", "Parallel"],
            swiftSettings: strict),
        .target(
            name: "Scheduling", dependencies: ["Randomness", "ClusterModel", "Placement", "MigrationModel"],
            swiftSettings: strict),
        .target(name: "PlanCheck", dependencies: ["ClusterModel", "Parallel"], swiftSettings: strict),
        .target(
            name: "Planning",
            dependencies: [
                "Randomness", "ClusterModel", "Documents", "MigrationModel", "Placement", "Scheduling", "PlanCheck",
                "Parallel",
            ],
            swiftSettings: strict),
        .target(name: "Forecasting", dependencies: ["Randomness", "ClusterModel"], swiftSettings: strict),
        .target(name: "Generation", dependencies: ["Randomness", "ClusterModel"], swiftSettings: strict),
        .target(
            name: "Reports", dependencies: ["ClusterModel", "Documents", "MigrationModel", "Placement", "Planning"],
            swiftSettings: strict),

        // The agent.
        .target(name: "AgentWire", dependencies: ["CAgentWire"], swiftSettings: strict),
        .target(name: "Sampling", dependencies: ["AgentWire"], swiftSettings: strict),
        .target(
            name: "AgentService",
            dependencies: [
                "ClusterModel", "AgentWire", "Sampling", "Libvirt", "MigrationModel", "CSQLite",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: strict),

        // State: the store, the executor, the server.
        .target(
            name: "Store",
            dependencies: [
                "ClusterModel", "Documents", "Forecasting", "MigrationModel", "AgentWire", "Execution", "CSQLite",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: strict),
        .target(
            name: "Importing",
            dependencies: ["ClusterModel", "Documents", "Forecasting", "Store", "AgentWire", "CSQLite"],
            swiftSettings: strict),
        .target(name: "Execution", dependencies: ["ClusterModel"], swiftSettings: strict),
        .target(
            name: "HostPower",
            dependencies: [
                "Clocks", "ClusterModel", "Documents", "Execution",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ], swiftSettings: strict),
        .target(
            name: "Simulation", dependencies: ["Clocks", "Randomness", "ClusterModel", "Execution"],
            swiftSettings: strict),
        .target(
            name: "LibvirtDriver", dependencies: ["Clocks", "ClusterModel", "Execution", "Libvirt", "CLibvirt"],
            swiftSettings: strict + testable),
        .target(
            name: "Server",
            dependencies: [
                "ClusterModel", "Documents", "Store", "AgentWire", "Planning", "Reports", "Forecasting", "Execution",
                "MigrationModel",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),

        // Programs: wiring only.
        .executableTarget(
            name: "drover",
            dependencies: [
                "Clocks", "ClusterModel", "Documents", "Planning", "Forecasting", "Generation", "Reports", "Store",
                "Importing",
                "Execution", "HostPower", "Simulation", "Libvirt", "LibvirtDriver", "Server", "PlanCheck", "Placement",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "drover-agent",
            dependencies: [
                "AgentService",
                "AgentWire", "Sampling",
            ], swiftSettings: strict),
        .executableTarget(
            name: "drover-bench",
            dependencies: [
                "Clocks", "Randomness", "ClusterModel", "Documents", "Planning", "PlanCheck", "Reports", "Generation",
                "Forecasting", "Store", "Importing",
                "CSQLite", "CBenchIngest", "MigrationModel", "Placement", "Scheduling", "RelocationSupport",
                "TestSupport",
            ],
            swiftSettings: strict),
        .target(name: "CBenchIngest", dependencies: ["CSQLite"]),

        // Tests, one target per part; whole-program tests run the built programs.
        .target(
            name: "TestSupport", dependencies: ["ClusterModel", "Documents"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "ProgramSupport", dependencies: ["CSQLite", "TestSupport"], path: "Tests/ProgramSupport",
            swiftSettings: strict),
        .target(
            name: "RigSupport", dependencies: ["ProgramSupport", "TestSupport"], path: "Tests/RigSupport",
            swiftSettings: strict),
        .testTarget(name: "ClusterModelTests", dependencies: ["ClusterModel"], swiftSettings: strict),
        .testTarget(
            name: "DocumentsTests",
            dependencies: ["Randomness", "ClusterModel", "Documents", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "MigrationModelTests",
            dependencies: ["Randomness", "ClusterModel", "MigrationModel", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "SchedulingTests",
            dependencies: [
                "Randomness", "ClusterModel", "MigrationModel", "Placement", "Scheduling", "PlanCheck",
                "RelocationSupport", "TestSupport",
            ],
            swiftSettings: strict),
        // Published instances of scheduling, for tests and benchmarks.
        .target(
            name: "RelocationSupport",
            dependencies: ["ClusterModel", "MigrationModel", "Placement", "Planning", "Scheduling"],
            path: "Tests/RelocationSupport", swiftSettings: strict),
        .testTarget(
            name: "PlanCheckTests",
            dependencies: ["Randomness", "ClusterModel", "PlanCheck", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "PlanningTests",
            dependencies: [
                "Randomness", "ClusterModel", "Placement", "Scheduling", "Planning", "Parallel", "PlanCheck",
                "Documents", "Generation", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ForecastingTests",
            dependencies: ["Randomness", "ClusterModel", "Forecasting", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "GenerationTests",
            dependencies: ["Randomness", "ClusterModel", "Documents", "Generation", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ReportsTests",
            dependencies: [
                "Randomness", "ClusterModel", "Documents", "Generation", "MigrationModel", "Planning", "PlanCheck",
                "Reports", "TestSupport",
            ],
            exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Randomness", "AgentWire", "Sampling", "AgentService", "CAgentWire", "CSQLite", "CProtobufC",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], exclude: ["Captured"], swiftSettings: strict),
        .testTarget(name: "LibvirtTests", dependencies: ["Libvirt"], swiftSettings: strict),
        // Begins a migration and can be killed while it is at work.
        .executableTarget(
            name: "libvirt-harness", dependencies: ["ClusterModel", "Execution", "Libvirt", "LibvirtDriver"],
            path: "Tests/LibvirtHarness", swiftSettings: strict),
        .testTarget(
            name: "LibvirtDriverTests",
            dependencies: [
                "ClusterModel", "Documents", "Execution", "Libvirt", "LibvirtDriver", "DriverTesting", "RigSupport",
                "TestSupport",
                "libvirt-harness",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Randomness", "ClusterModel", "Documents", "Store", "Importing", "Forecasting", "MigrationModel",
                "AgentWire", "Execution",
                "TestSupport",
            ],
            swiftSettings: strict),
        // The contract that every driver's tests hold it to.
        .target(
            name: "DriverTesting", dependencies: ["ClusterModel", "Execution"], path: "Tests/DriverTesting",
            swiftSettings: strict),
        // A small program that runs or resumes a plan and can be made to kill itself at any point; and what it shares
        // with the tests.
        .target(
            name: "ExecutionSupport", dependencies: ["ClusterModel", "Execution", "Simulation"],
            path: "Tests/ExecutionSupport", swiftSettings: strict),
        .executableTarget(
            name: "execution-harness",
            dependencies: ["ClusterModel", "Execution", "Simulation", "Store", "ExecutionSupport"],
            path: "Tests/ExecutionHarness", swiftSettings: strict),
        .testTarget(
            name: "ExecutionTests",
            dependencies: [
                "Randomness", "ClusterModel", "Execution", "Simulation", "DriverTesting", "ExecutionSupport",
                "TestSupport",
                "execution-harness",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "HostPowerTests",
            dependencies: ["ClusterModel", "Documents", "Execution", "HostPower", "RigSupport", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "ClusterModel", "Documents", "Forecasting", "Server", "Store", "AgentWire", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: ["ClusterModel", "Documents", "ProgramSupport", "TestSupport"],
            swiftSettings: strict),
        // Real hypervisors (Tests/Rig), where root and apt allow it.
        .testTarget(
            name: "RealPlatformTests", dependencies: ["ProgramSupport", "RigSupport", "TestSupport"],
            swiftSettings: strict),
    ]
)
