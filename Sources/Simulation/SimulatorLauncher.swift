internal import Glibc

/// Starts a simulator as a process of its own, in a session of its own, so that it outlives whoever started it.
public enum SimulatorLauncher {
    /// `POSIX_SPAWN_SETSID` of <spawn.h>, which Swift does not import from there.
    private static let newSession: Int16 = 0x80

    /// Runs `executable` with `arguments`, and returns its process number once something listens at `socketPath`.
    ///
    /// Its standard streams are closed to the world (`/dev/null`), so that nothing waits for their end.
    public static func launch(
        executable: String, arguments: [String], socketPath: String, withinSeconds: Double = 20
    ) throws(SocketError) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A thread of a pool blocks signals, and a process inherits that: this one must end when it is asked to.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setflags(&attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, executable, &actions, &attributes, &words, environ)
        guard code == 0 else { throw SocketError("cannot start \(executable)", errno: code) }
        for _ in 0..<Int(withinSeconds * 100) {
            if let descriptor = try? UnixSocket.connect(path: socketPath) {
                close(descriptor)
                return process
            }
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process {
                throw SocketError("the simulator ended at once (status \(status)): \(executable)")
            }
            usleep(10_000)
        }
        kill(process, SIGTERM)
        throw SocketError("the simulator did not listen at \(socketPath) within \(withinSeconds) s")
    }
}
