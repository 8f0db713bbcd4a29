import ClusterModel
import Execution
import ExecutionSupport
import Foundation
import Simulation
import Synchronization
import TestSupport
import Testing

/// The executing process is killed with SIGKILL, again and again, at chosen points between journal and platform, with
/// the real SQLite journal and a platform in a process of its own; it is resumed each time. The platform's record
/// judges.
@Suite("Killed and resumed", .serialized)
struct KillTests {
    /// Platform seconds per real second.
    private static let speed = 40

    @Test("60 kills: no move begun twice, every VM where the plan says, the journal tells all")
    func kills() async throws {
        var kills = 0
        var points: [String: Int] = [:]
        var seed: UInt64 = 1
        while kills < 60 {
            try #require(seed < 20, "only \(kills) kills in \(seed) runs")
            let round = try await KillRound(seed: seed, speed: Self.speed)
            kills += try await round.run(firstKill: kills)
            try await round.judge()
            for point in round.points { points[point, default: 0] += 1 }
            seed += 1
        }
        let counts = points.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("killed \(kills) times: " + counts.joined(separator: ", "))
        for needed in [
            "between the entry and the call", "begin sent, answer not read", "after the call",
            "before the entry stepIntended", "after the entry stepIntended", "before the entry stepBegun",
            "after the entry stepBegun", "before the entry stepEnded", "after the entry stepEnded", "after the lease",
            "after the entry of the run",
        ] { #expect(points[needed, default: 0] > 0, "never killed \(needed)") }
    }
}

/// One run with its own platform, killed as long as it lasts.
private final class KillRound {
    private let scenario: Scenario
    private let folder: URL
    private let harness: String
    private let simulator: Int32
    private let seed: UInt64
    private var killed = 0

    init(seed: UInt64, speed: Int) async throws {
        self.seed = seed
        scenario = Scenario(seed: seed)
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("drover-kill-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        harness = URL(fileURLWithPath: program).deletingLastPathComponent()
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
        for attempt in 0..<200 {
            let killAt = 1 + (firstKill + attempt) * 7 % 23
            let end = try await start([
                "execute", "--seed", "\(seed)", "--socket", folder.path + "/socket", "--store", folder.path + "/store",
                "--run", "r1", "--kill-at", "\(killAt)", "--kill-log", folder.path + "/points",
            ])
            if end.isKilled {
                killed += 1
                continue
            }
            #expect(end.status == 0, "seed \(seed): \(end.output)")
            #expect(end.output.hasPrefix("completed"), "seed \(seed): \(end.output)")
            return killed
        }
        Issue.record("seed \(seed): not at its end after 200 starts")
        return killed
    }

    var points: [String] {
        let data = FileManager.default.contents(atPath: folder.path + "/points") ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func judge() async throws {
        let records = try PlatformAudit.records(atPath: folder.path + "/record")
        let audit = PlatformAudit(cluster: scenario.cluster, records: records)
        #expect(audit.violations == [], "seed \(seed)")
        #expect(audit.beginnings.values.allSatisfy { $0 == 1 })
        #expect(audit.beginnings.keys.allSatisfy { $0.attempt == 1 }, "seed \(seed): something was tried again")
        #expect(audit.beginnings.count == scenario.plan.steps.count { $0.action != .wait })
        for (vm, host) in scenario.destinations { #expect(audit.place[vm] == host, "seed \(seed), \(vm)") }
        #expect(points.count == killed)
        try await judgeJournal(audit)
        #expect(FileManager.default.createFile(atPath: folder.path + "/good", contents: nil))
    }

    private func judgeJournal(_ audit: PlatformAudit) async throws {
        let end = try await start(["journal", "--store", folder.path + "/store", "--run", "r1"])
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
        #expect(resumed > 0 && resumed <= killed)
    }

    private struct End: Sendable {
        let isKilled: Bool
        let status: Int32
        let output: String
    }

    /// Runs the harness and waits for it on a thread of its own. Spawned directly: Foundation's `Process` takes more than
    /// a second for each start here, and this test makes a hundred.
    private func start(_ arguments: [String]) async throws -> End {
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
