import ClusterModel
import Documents
import Execution
import Glibc
import Simulation

/// The simulated platform of a store: its files lie beside the store's, in `STORE.simulator/`.
struct SimulatedPlatform {
    /// A simulator that nobody speaks with, and that has nothing to do, ends after this many seconds.
    private static let idleSeconds = 600
    /// Platform seconds per real second when nobody says otherwise: an hour's plan takes a minute.
    private static let usualSpeed = 60.0

    let folder: String
    let socket: String

    init(store: String, socket: String?) {
        folder = "\(store).simulator"
        self.socket = socket ?? "\(folder)/socket"
    }

    /// A connection to it; started first when nobody listens there.
    func driver(
        for plan: Plan, cluster: Cluster, policy: Policy, simulation: SimulationArguments
    ) async throws -> SimulatedDriver {
        let driver = SimulatedDriver(socketPath: socket)
        if await isAnswering(driver) { return driver }
        try start(plan, cluster, policy, simulation)
        return driver
    }

    /// A connection to one that must be there: a run can only go on where it began.
    func running() async throws -> SimulatedDriver {
        let driver = SimulatedDriver(socketPath: socket)
        guard await isAnswering(driver) else {
            throw Failure(
                "no simulated platform answers at \(socket): it has ended, and what it knew of the run with it")
        }
        return driver
    }

    private func isAnswering(_ driver: SimulatedDriver) async -> Bool {
        do throws(DriverError) {
            _ = try await driver.now()
            return true
        } catch {
            return error.code != .unreachable
        }
    }

    private func start(
        _ plan: Plan, _ cluster: Cluster, _ policy: Policy, _ simulation: SimulationArguments
    ) throws {
        if mkdir(folder, 0o755) != 0, errno != EEXIST {
            throw Failure("\(folder): cannot be made: \(String(cString: strerror(errno)))")
        }
        var platformPolicy = policy
        platformPolicy.memory = plan.policy.memory
        platformPolicy.defaults = plan.policy.defaults
        try Files.write(ClusterDocument.write(cluster), to: "\(folder)/cluster.json")
        try Files.write(PolicyDocument.canonical(platformPolicy), to: "\(folder)/policy.json")
        let startsAt = simulation.platformTime?.timestamp ?? plan.startsAt
        let arguments =
            [
                "simulator", "--cluster", "\(folder)/cluster.json", "--policy", "\(folder)/policy.json",
                "--socket", socket, "--record", "\(folder)/record.jsonl", "--idle-seconds", String(Self.idleSeconds),
                "--speed", String(simulation.speed ?? Self.usualSpeed), "--platform-time", startsAt.description,
            ] + simulation.arguments
        let process = try SimulatorLauncher.launch(
            executable: Files.program(), arguments: arguments, socketPath: socket)
        Terminal.note("simulated platform: process \(process), socket \(socket), record \(folder)/record.jsonl")
    }
}
