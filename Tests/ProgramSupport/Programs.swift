public import Foundation
internal import TestSupport
internal import Testing

/// The built programs, as an operator runs them.
public enum Programs {
    /// The root of the package, found from this file.
    public static let root: String = {
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { path.deleteLastPathComponent() }
        return path.path
    }()

    public static let drover = "\(root)/.build/release/drover"
    public static let agent = "\(root)/.build/release/drover-agent"

    /// Clusters and traces to measure by, beside the package; tests that need them are skipped without.
    public static let shared = TestFiles.shared.path()
    public static let hasShared = TestFiles.sharedExists("clusters/q10.cluster.json")

    public struct Outcome: Sendable {
        public let status: Int32
        public let output: String
        public let errors: String
        public let seconds: Double
    }

    /// Runs a program to its end, in a folder: at most as many at once as there are processors, so that times mean
    /// something, and waited for on a thread that is not one of Swift's pool, which other tests need.
    public static func run(
        _ program: String = drover, _ arguments: [String], in folder: String, input: String = ""
    ) async throws -> Outcome {
        await gate.enter()
        let result: Result<Outcome, any Error> = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    returning: Result { try runBlocking(program, arguments, in: folder, input: input) })
            }
        }
        await gate.leave()
        return try result.get()
    }

    private static let gate = Gate(places: max(1, ProcessInfo.processInfo.activeProcessorCount))

    private static func runBlocking(
        _ program: String, _ arguments: [String], in folder: String, input: String
    ) throws -> Outcome {
        let begun = Date()
        let running = try start(program, arguments, in: folder, input: input)
        let status = running.wait()
        return Outcome(
            status: status, output: try String(contentsOfFile: running.output, encoding: .utf8),
            errors: try String(contentsOfFile: running.errors, encoding: .utf8),
            seconds: Date().timeIntervalSince(begun))
    }

    /// A program that goes on beside the test. Its streams are files, so that nothing ever waits for a reader.
    public struct Running: Sendable {
        public let number: pid_t
        /// The file that its standard output goes into.
        public let output: String
        public let errors: String

        /// The exit status, or minus the signal that ended it.
        public func wait() -> Int32 {
            var status: Int32 = 0
            while waitpid(number, &status, 0) < 0, errno == EINTR {}
            return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
        }

        /// The same, waited for on a thread that is not one of Swift's pool.
        public func ended() async -> Int32 {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: wait()) }
            }
        }

        public var hasEnded: Bool {
            var information = siginfo_t()
            return waitid(P_PID, id_t(number), &information, WEXITED | WNOHANG | WNOWAIT) != 0
                || information.si_signo != 0
        }

        /// Asks it to end (SIGTERM).
        public func terminate() { Foundation.kill(number, SIGTERM) }

        public func kill() {
            Foundation.kill(number, SIGKILL)
            _ = wait()
        }
    }

    /// Foundation's own `Process` waits on a run loop, which the threads of tests do not have.
    public static func start(
        _ program: String, _ arguments: [String], in folder: String, input: String = "",
        environment added: [String: String] = [:]
    ) throws -> Running {
        let stem = "\(folder)/.\(UUID().uuidString)"
        try input.write(toFile: "\(stem).in", atomically: false, encoding: .utf8)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "\(stem).in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(stem).out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "\(stem).err", O_WRONLY | O_CREAT, 0o600)
        // `env` changes the folder and then becomes the program: the process number stays the same.
        let strings = (["env", "-C", folder, program] + arguments).map { strdup($0) }
        let variables =
            [
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DROVER_POLICIES=\(root)/policies", "USER=tester",
            ] + added.map { "\($0.key)=\($0.value)" }
        let environment = variables.map { strdup($0) }
        defer { for string in strings + environment { free(string) } }
        var number: pid_t = 0
        let code = posix_spawn(&number, "/usr/bin/env", &actions, nil, strings + [nil], environment + [nil])
        try #require(code == 0, "\(program) cannot be started: \(String(cString: strerror(code)))")
        return Running(number: number, output: "\(stem).out", errors: "\(stem).err")
    }
}

/// Lets so many in at a time.
private actor Gate {
    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
    }
}
