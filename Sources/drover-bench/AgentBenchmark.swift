import Glibc

/// What `drover-agent` costs on a host with many VMs: its share of a core, and the most memory it held.
///
/// The VMs are real QEMU processes, with firmware and no guest: the agent finds and reads them as it does any other.
struct AgentBenchmark {
    static let summary =
        "vms=50 samples=12 interval=10 agent=.build/release/drover-agent qemu=qemu-system-x86_64 directory=/tmp server=URL token=FILE"

    private let vmCount: Int
    private let samples: Int
    private let intervalSeconds: Int
    private let agent: String
    private let qemu: String
    private let directory: String
    private let server: String
    private let tokenFile: String

    init(_ arguments: BenchArguments) throws {
        vmCount = try arguments.number("vms", absent: 50)
        samples = try arguments.number("samples", absent: 12)
        intervalSeconds = try arguments.number("interval", absent: 10)
        agent = arguments.text("agent", absent: ".build/release/drover-agent")
        qemu = arguments.text("qemu", absent: "qemu-system-x86_64")
        directory = arguments.text("directory", absent: "/tmp")
        server = arguments.text("server", absent: "")
        tokenFile = arguments.text("token", absent: "")
    }

    func run() throws {
        var machines: [ChildProcess] = []
        defer { for machine in machines { machine.stop() } }
        for number in 0..<vmCount {
            machines.append(
                try ChildProcess([
                    qemu, "-name", "guest=bench\(number)", "-nodefaults", "-display", "none", "-S", "-m", "32",
                    "-accel", "tcg",
                ]))
        }
        sleep(3)
        guard machines.allSatisfy(\.isRunning) else { throw BenchError("\(qemu) ended at once: is it installed?") }
        let file = "\(directory)/drover-bench-agent-\(getpid())"
        defer { for suffix in ["", "-wal", "-shm"] { unlink(file + suffix) } }
        var command = [agent, "run", "--interval", "\(intervalSeconds)s", "--count", "\(samples)"]
        command += server.isEmpty ? ["--sqlite", file] : ["--server", server, "--spool", file + ".spool"]
        if !tokenFile.isEmpty { command += ["--token-file", tokenFile] }
        let process = try ChildProcess(command)
        let use = try process.waitForEnd()
        let wall = use.wallSeconds
        print("\(vmCount) VMs, \(samples) samples \(intervalSeconds) s apart, \(wall.fixed(0)) s in all")
        print("  CPU \(use.cpuSeconds.fixed(3)) s: \((use.cpuSeconds / wall * 100).fixed(3)) % of a core")
        print("  \((use.cpuSeconds / Double(samples) * 1000).fixed(1)) ms of CPU a sample, the start included")
        print("  most memory \((Double(use.peakKibibytes) / 1024).fixed(1)) MiB")
    }
}
