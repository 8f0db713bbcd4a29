import ClusterModel
import Execution
import ExecutionSupport
import Glibc
import Simulation
import Store

/// Runs one half of the kill test: the simulated platform, or an executor that may kill itself.
///
///     execution-harness simulate --seed N --socket PATH --record PATH --speed X
///     execution-harness execute  --seed N --socket PATH --store PATH --run ID [--kill-at N] [--kill-point NAME]
///                                [--kill-log PATH]
///     execution-harness journal  --store PATH --run ID
///
/// `execute` starts the run when the journal has none, and resumes it otherwise. With `--kill-at N` the process sends
/// itself SIGKILL at the N-th point that it crosses between journal and platform, with `--kill-point` at the first of
/// that name.
@main
struct Harness {
    static func main() async {
        do {
            let arguments = Arguments(CommandLine.arguments.dropFirst())
            switch arguments.command {
            case "simulate": try simulate(arguments)
            case "execute": try await execute(arguments)
            case "journal": try await printJournal(arguments)
            default: throw HarnessError(message: "simulate, execute or journal, not \(arguments.command)")
            }
        } catch {
            let message = Array("execution-harness: \(error)\n".utf8)
            _ = write(STDERR_FILENO, message, message.count)
            exit(1)
        }
    }

    private static func simulate(_ arguments: Arguments) throws {
        let scenario = Scenario(seed: try arguments.number("--seed"))
        let server = try SimulatorServer(
            cluster: scenario.cluster,
            options: SimulationOptions(seed: try arguments.number("--seed"), memory: .configured),
            socketPath: try arguments.text("--socket"), speed: Double(try arguments.number("--speed")),
            recordPath: try arguments.text("--record"), idleSeconds: 60)
        try server.run()
    }

    private static func execute(_ arguments: Arguments) async throws {
        let scenario = Scenario(seed: try arguments.number("--seed"))
        let kill = KillSwitch(
            at: try arguments.optionalNumber("--kill-at"), name: arguments.optionalText("--kill-point"),
            log: arguments.optionalText("--kill-log"))
        let run = try arguments.text("--run")
        let socket = try arguments.text("--socket")
        let file = try StoreFile(path: try arguments.text("--store"), creating: true)
        let driver = KillingDriver(
            inner: SimulatedDriver(socketPath: socket) { call in
                if call == "begin" { kill.cross("begin sent, answer not read") }
            }, kill: kill)
        let executor = Executor(
            driver: driver, journal: KillingJournal(inner: SQLiteJournal(file: file), kill: kill),
            identity: .current(), wallClock: { Self.wallClock() })
        var policy = Policy()
        policy.requireApproval = false
        let entries = try await SQLiteJournal(file: file).entries(ofRun: run, after: 0)
        let summary: RunSummary
        if entries.isEmpty {
            let order = RunOrder(
                plan: scenario.plan, cluster: scenario.cluster, policy: policy, approval: nil, findings: [])
            summary = try await executor.run(order, run: run)
        } else {
            summary = try await executor.resume(
                run: run, plan: scenario.plan, cluster: scenario.cluster, policy: policy)
        }
        print(
            "\(summary.outcome?.rawValue ?? "none") done \(summary.done) failed \(summary.failed) "
                + "skipped \(summary.skipped)")
    }

    /// One event a line, as the journal keeps it.
    private static func printJournal(_ arguments: Arguments) async throws {
        let file = try StoreFile(path: try arguments.text("--store"))
        for entry in try await SQLiteJournal(file: file).entries(ofRun: try arguments.text("--run"), after: 0) {
            print(try entry.event.text())
        }
    }

    private static func wallClock() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

struct HarnessError: Error, CustomStringConvertible {
    let message: String

    var description: String { message }
}

/// `--name value` pairs after a command.
struct Arguments {
    let command: String
    private var values: [String: String] = [:]

    init(_ words: ArraySlice<String>) {
        command = words.first ?? ""
        var rest = words.dropFirst()
        while let name = rest.popFirst(), let value = rest.popFirst() { values[name] = value }
    }

    func optionalText(_ name: String) -> String? { values[name] }

    func text(_ name: String) throws -> String {
        guard let value = values[name] else { throw HarnessError(message: "\(name) is missing") }
        return value
    }

    func optionalNumber(_ name: String) throws -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text) else { throw HarnessError(message: "\(name) \(text) is no number") }
        return number
    }

    func number(_ name: String) throws -> UInt64 {
        guard let number = UInt64(try text(name)) else { throw HarnessError(message: "\(name) is no number") }
        return number
    }
}
