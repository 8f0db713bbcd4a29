import Clocks
import Glibc

/// A program started by a benchmark, and stopped or waited for by its process identifier.
struct ChildProcess {
    private let command: String
    private let identifier: pid_t
    private let began: Double

    /// - Parameters:
    ///   - command: the program, looked for in `PATH` when it is a bare name, and its arguments.
    ///   - output: the file that takes the program's standard output; without one it goes where the benchmark's goes.
    init(_ command: [String], output: String? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        var identifier: pid_t = 0
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        began = MonotonicClock.seconds()
        let failure = posix_spawnp(&identifier, command[0], &actions, nil, &arguments, environ)
        guard failure == 0 else {
            throw BenchError("\(command[0]) does not start: \(String(cString: strerror(failure)))")
        }
        self.command = command[0]
        self.identifier = identifier
    }

    /// Whether a program can be started at all: looks for it in `PATH`, unless it is a path itself.
    static func isInstalled(_ program: String) -> Bool {
        if program.contains("/") { return access(program, X_OK) == 0 }
        let folders = getenv("PATH").map { String(cString: $0) } ?? ""
        return folders.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    var isRunning: Bool { waitpid(identifier, nil, WNOHANG) == 0 }

    func stop() {
        kill(identifier, SIGKILL)
        waitpid(identifier, nil, 0)
    }

    /// What a program took from its start to its end.
    struct Use {
        let wallSeconds: Double
        /// User and system time of the program and of those it waited for.
        let cpuSeconds: Double
        /// The most memory it held; never less than what this program held when it started the other.
        let peakKibibytes: Int
        let exitCode: Int32
    }

    /// - Parameter codes: the exit codes with which the program has done its work.
    func waitForEnd(accepting codes: Set<Int32> = [0]) throws -> Use {
        var status: Int32 = 0
        var usage = rusage()
        guard wait4(identifier, &status, 0, &usage) == identifier, status & 0x7f == 0, codes.contains(status >> 8)
        else {
            throw BenchError("\(command) ended with wait status \(status)")
        }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return Use(
            wallSeconds: MonotonicClock.seconds() - began,
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            peakKibibytes: usage.ru_maxrss, exitCode: status >> 8)
    }
}
