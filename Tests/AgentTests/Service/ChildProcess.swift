import Glibc
import Testing

/// A program that a test runs: the built `drover-agent`, or a tool.
struct ChildProcess {
    let number: pid_t

    /// The built agent, beside the test program itself.
    static func agentPath() -> String {
        let own = RootedPath.ownProgram
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/drover-agent"
    }

    /// Starts a program with its output going into files.
    init(_ path: String, _ arguments: [String], output: String = "/dev/null", errors: String = "/dev/null") throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        let strings = ([path] + arguments).map { strdup($0) }
        let environment = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin")]
        defer { for string in strings + environment { free(string) } }
        var number: pid_t = 0
        let code = posix_spawn(&number, path, &actions, nil, strings + [nil], environment + [nil])
        try #require(code == 0, "\(path) cannot be started: \(String(cString: strerror(code)))")
        self.number = number
    }

    func signal(_ signal: Int32) { kill(number, signal) }

    /// Waits for the end; the exit status, or minus the signal.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(number, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
    }

    /// Runs to the end; for tools.
    static func run(_ path: String, _ arguments: [String]) throws -> Int32 {
        try ChildProcess(path, arguments).wait()
    }
}

private enum RootedPath {
    static var ownProgram: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            let count = readlink("/proc/self/exe", base, buffer.count - 1)
            guard count > 0 else { return "" }
            base[count] = 0
            return String(cString: base)
        }
    }
}
