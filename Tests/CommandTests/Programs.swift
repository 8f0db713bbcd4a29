import Foundation
import TestSupport
import Testing

/// The built programs, as an operator runs them.
enum Programs {
    /// The root of the package, found from this file.
    static let root: String = {
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { path.deleteLastPathComponent() }
        return path.path
    }()

    static let drover = "\(root)/.build/release/drover"
    static let agent = "\(root)/.build/release/drover-agent"

    /// Clusters and traces to measure by, beside the package; tests that need them are skipped without.
    static let shared = TestFiles.shared.path()
    static let hasShared = TestFiles.sharedExists("clusters/q10.cluster.json")

    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
        let seconds: Double
    }

    /// Runs a program to its end, in a folder: at most as many at once as there are processors, so that times mean
    /// something, and waited for on a thread that is not one of Swift's pool, which other tests need.
    static func run(
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
    struct Running: Sendable {
        let number: pid_t
        let output: String
        let errors: String

        /// The exit status, or minus the signal that ended it.
        func wait() -> Int32 {
            var status: Int32 = 0
            while waitpid(number, &status, 0) < 0, errno == EINTR {}
            return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
        }

        /// The same, waited for on a thread that is not one of Swift's pool.
        func ended() async -> Int32 {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: wait()) }
            }
        }

        var hasEnded: Bool {
            var information = siginfo_t()
            return waitid(P_PID, id_t(number), &information, WEXITED | WNOHANG | WNOWAIT) != 0
                || information.si_signo != 0
        }

        func kill() {
            Foundation.kill(number, SIGKILL)
            _ = wait()
        }
    }

    /// Foundation's own `Process` waits on a run loop, which the threads of tests do not have.
    static func start(
        _ program: String, _ arguments: [String], in folder: String, input: String = ""
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
        let variables = [
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DROVER_POLICIES=\(root)/policies", "USER=tester",
        ]
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

/// A folder for one test.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "drover-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // What is left lies in the system's folder for temporary files.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A new folder in it.
    func folder(_ name: String) throws -> URL {
        let folder = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted() }
    }

    /// Runs `drover` in this folder.
    func drover(_ arguments: String..., input: String = "") async throws -> Programs.Outcome {
        try await Programs.run(Programs.drover, arguments, in: path, input: input)
    }

    func drover(_ arguments: [String]) async throws -> Programs.Outcome {
        try await Programs.run(Programs.drover, arguments, in: path)
    }
}
