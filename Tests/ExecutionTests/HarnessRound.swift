import ClusterModel
import Execution
import ExecutionSupport
import Foundation
import Simulation
import Synchronization
import Testing

/// One run by the harness with its own platform, each a process of its own, in a folder of its own.
final class HarnessRound: Sendable {
    let scenario: Scenario
    let folder: URL
    private let store: String
    private let harness: String
    private let simulator: Int32
    private let seed: UInt64
    private let killed = Mutex(0)

    /// - Parameter store: where the journal lies; by default in the folder.
    init(seed: UInt64, speed: Int, store: String? = nil) async throws {
        self.seed = seed
        scenario = Scenario(seed: seed)
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("drover-kill-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.store = store ?? folder.path + "/store"
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        harness =
            URL(fileURLWithPath: program).deletingLastPathComponent()
            .appendingPathComponent("execution-harness").path
        let (harness, folder) = (self.harness, self.folder)
        simulator = try SimulatorLauncher.launch(
            executable: harness,
            arguments: [
                "simulate", "--seed", "\(seed)", "--socket", folder.path + "/socket", "--record",
                folder.path + "/record", "--speed", "\(speed)",
            ], socketPath: folder.path + "/socket")
    }

    deinit {
        kill(simulator, SIGTERM)
        var status: Int32 = 0
        waitpid(simulator, &status, 0)
        // Left for a look when something was found.
        if FileManager.default.fileExists(atPath: folder.path + "/good") {
            do { try FileManager.default.removeItem(at: folder) } catch { print("left behind: \(folder.path)") }
        }
    }

    /// Starts the executor, and again after each kill, until it ends by itself. Returns the number of kills.
    func run(firstKill: Int) async throws -> Int {
        try await run { attempt in ["--kill-at", "\(1 + (firstKill + attempt) * 7 % 23)"] }
    }

    /// The same with a kill at the first point of each name, one start after the other; then it is left alone.
    func run(killedAt names: [String]) async throws -> Int {
        try await run { attempt in attempt < names.count ? ["--kill-point", names[attempt]] : [] }
    }

    private func run(_ killing: (Int) -> [String]) async throws -> Int {
        for attempt in 0..<200 {
            let end = try await execute(killing(attempt) + ["--kill-log", folder.path + "/points"])
            if end.isKilled {
                killed.withLock { $0 += 1 }
                continue
            }
            #expect(end.status == 0, "seed \(seed): \(end.output)")
            #expect(end.output.hasPrefix("completed"), "seed \(seed): \(end.output)")
            return killed.withLock { $0 }
        }
        Issue.record("seed \(seed): not at its end after 200 starts")
        return killed.withLock { $0 }
    }

    /// Starts the executor, which begins the run or resumes it, and waits for its end.
    func execute(_ more: [String] = []) async throws -> End {
        try await start(
            ["execute", "--seed", "\(seed)", "--socket", folder.path + "/socket", "--store", store, "--run", "r1"]
                + more)
    }

    var points: [String] {
        let data = FileManager.default.contents(atPath: folder.path + "/points") ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// By the platform's record and the journal: each step begun once, and all is where the plan says.
    func judge() async throws {
        let records = try PlatformAudit.records(atPath: folder.path + "/record")
        let audit = PlatformAudit(cluster: scenario.cluster, records: records)
        #expect(audit.violations == [], "seed \(seed)")
        #expect(audit.beginnings.values.allSatisfy { $0 == 1 })
        #expect(audit.beginnings.keys.allSatisfy { $0.attempt == 1 }, "seed \(seed): something was tried again")
        #expect(audit.beginnings.count == scenario.plan.steps.count { $0.action != .wait })
        // No rung twice: the audit has looked for that.
        #expect(audit.adjustments.values.allSatisfy { $0.count == 1 } && !audit.adjustments.isEmpty)
        for (vm, host) in scenario.destinations { #expect(audit.place[vm] == host, "seed \(seed), \(vm)") }
        #expect(points.count == killed.withLock { $0 })
        try await judgeJournal(audit)
        #expect(FileManager.default.createFile(atPath: folder.path + "/good", contents: nil))
    }

    private func judgeJournal(_ audit: PlatformAudit) async throws {
        let end = try await start(["journal", "--store", store, "--run", "r1"])
        let events = try end.output.split(separator: "\n").map { try JournalEvent(text: String($0)) }
        var ended: [String: Int] = [:]
        var intended: Set<String> = []
        for event in events {
            if case .stepIntended(let step, _) = event { intended.insert(step) }
            if case .stepEnded(let step, _, .succeeded, _, _) = event { ended[step, default: 0] += 1 }
        }
        let steps = Set(scenario.plan.steps.map(\.id))
        #expect(intended == steps && Set(ended.keys) == steps && ended.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        #expect(events.count { if case .runStarted = $0 { true } else { false } } == 1)
        #expect(events.last == .runEnded(outcome: .completed))
        // Every resumption that got as far as its first entry is there.
        let resumed = events.count { if case .runResumed = $0 { true } else { false } }
        #expect(resumed > 0 && resumed <= max(1, killed.withLock { $0 }))
    }

    struct End: Sendable {
        let isKilled: Bool
        let status: Int32
        let output: String
    }

    /// Runs the harness and waits for it on a thread of its own. Spawned directly: Foundation's `Process` takes more
    /// than a second for each start here, and this test makes a hundred.
    func start(_ arguments: [String]) async throws -> End {
        let (harness, output) = (self.harness, folder.path + "/output")
        let waited: Result<Int32, HarnessFailure> = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: Self.spawn(harness, arguments, output: output)) }
        }
        let status = try waited.get()
        let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        // As `wait` of <sys/wait.h> encodes it: the signal in the low 7 bits, the exit status in the next byte.
        return End(isKilled: status & 0x7F == SIGKILL, status: status >> 8, output: text)
    }

    private static func spawn(
        _ program: String, _ arguments: [String], output: String
    ) -> Result<Int32, HarnessFailure> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, &words, environ)
        guard code == 0 else { return .failure(HarnessFailure(code: code)) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return .failure(HarnessFailure(code: errno)) }
        }
        return .success(status)
    }
}

/// The harness could not be run at all.
private struct HarnessFailure: Error {
    /// As in <errno.h>.
    let code: Int32
}
