import AgentService
import Sampling
import Testing

@Suite struct AgentCommandTests {
    @Test func runWithEverything() throws {
        let command = try AgentCommand(arguments: [
            "run", "--interval", "500ms", "--count=3", "--host", "h01", "--cluster-name", "lab", "--sqlite", "/tmp/a",
            "--keep-days", "7", "--server", "https://[fd00::1]:8443/drover/", "--token-file", "/t", "--ca-file", "/c",
            "--spool", "/s", "--spool-max-bytes", "64MiB", "--timeout", "5s", "--root", "/host",
            "--libvirt", "qemu:///system", "--dirty-rate-interval", "1m", "--dirty-rate-periods", "1,10",
            "--host-cpu-from", "guests",
        ])
        var server = ServerOptions(
            address: try ServerAddress(parsing: "https://[fd00::1]:8443/drover"), tokenFile: "/t")
        server.certificateAuthorityFile = "/c"
        server.spoolDirectory = "/s"
        server.spoolMaxBytes = 64 << 20
        server.timeoutMilliseconds = 5000
        var options = AgentOptions()
        options.intervalMilliseconds = 500
        options.sampleCount = 3
        options.hostName = "h01"
        options.clusterName = "lab"
        options.databasePath = "/tmp/a"
        options.keepDays = 7
        options.server = server
        options.root = "/host"
        options.libvirt = .uri(address: "qemu:///system")
        options.dirtyRates?.intervalMilliseconds = 60_000
        options.dirtyRates?.periodsSeconds = [1, 10]
        options.hostProcessors = .guests
        #expect(command == .run(options: options))
    }

    @Test func defaults() throws {
        guard case .run(let options) = try AgentCommand(arguments: ["run", "--sqlite", "f"]) else {
            Issue.record("not run")
            return
        }
        #expect(options.intervalMilliseconds == 10_000)
        #expect(options.server == nil)
        #expect(options.libvirt == .automatic)
        #expect(options.hostProcessors == .machine)
        #expect(options.dirtyRates?.periodsSeconds == [1, 5, 25])
        #expect(try AgentCommand(arguments: ["--version"]) == .help(text: "0.1.0\n"))
        #expect(try AgentCommand(arguments: ["once"]) == .once(options: OnceOptions()))
        #expect(try AgentCommand(arguments: ["status"]) == .status(options: StatusOptions()))
    }

    @Test(arguments: [["--help"], ["help"], ["run", "--help"], ["once", "-h"], ["status", "--help"]])
    func helpTeaches(_ arguments: [String]) throws {
        guard case .help(let text) = try AgentCommand(arguments: arguments) else {
            Issue.record("no help")
            return
        }
        #expect(text.contains("drover-agent"))
    }

    struct Mistake: CustomTestStringConvertible {
        let arguments: [String]
        let says: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Mistake(arguments: [], says: "--help"),
        Mistake(arguments: ["fly"], says: "run, once and status"),
        Mistake(arguments: ["run"], says: "--sqlite"),
        Mistake(arguments: ["run", "--sqlite"], says: "needs a value"),
        Mistake(arguments: ["run", "--sqlite", "a", "--sqlite", "b"], says: "twice"),
        Mistake(arguments: ["run", "--sqlit", "a"], says: "--sqlite"),
        Mistake(arguments: ["run", "--sqlite", "a", "--interval", "10"], says: "10s"),
        Mistake(arguments: ["run", "--sqlite", "a", "--interval", "9223372036854775807h"], says: "24h"),
        Mistake(arguments: ["run", "--sqlite", "a", "--interval", "-5s"], says: "100ms"),
        Mistake(arguments: ["run", "--sqlite", "a", "--count", "0"], says: "1 to"),
        Mistake(arguments: ["run", "--sqlite", "a", "--spool", "s"], says: "--server"),
        Mistake(arguments: ["run", "--server", "https://h"], says: "--token-file"),
        Mistake(arguments: ["run", "--server", "ftp://h", "--token-file", "t"], says: "https://"),
        Mistake(arguments: ["run", "--server", "https://user:pw@h", "--token-file", "t"], says: "user names"),
        Mistake(arguments: ["run", "--server", "https://h:99999", "--token-file", "t"], says: "65535"),
        Mistake(arguments: ["run", "--server", "https://", "--token-file", "t"], says: "no host"),
        Mistake(arguments: ["run", "--server", "http://far.example", "--token-file", "t"], says: "in the clear"),
        Mistake(
            arguments: ["run", "--server", "http://127.0.0.1", "--token-file", "t", "--ca-file", "c"], says: "--ca-file"
        ),
        Mistake(
            arguments: ["run", "--server", "https://h", "--token-file", "t", "--spool-max-bytes", "1KiB"], says: "1MiB"),
        Mistake(arguments: ["run", "--sqlite", "a", "--libvirt", "yes"], says: "qemu:///system"),
        Mistake(arguments: ["run", "--sqlite", "a", "--dirty-rate-periods", "5"], says: "1,5,25"),
        Mistake(arguments: ["run", "--sqlite", "a", "--dirty-rate-periods", "5,1"], says: "rising"),
        Mistake(arguments: ["run", "--sqlite", "a", "--dirty-rate-periods", "1,61"], says: "60"),
        Mistake(
            arguments: ["run", "--sqlite", "a", "--libvirt", "off", "--dirty-rate-interval", "5m"], says: "off"),
        Mistake(arguments: ["once", "--host-cpu-from", "psi"], says: "guests"),
        Mistake(arguments: ["once", "--format", "xml"], says: "json"),
    ])
    func mistakesAreExplained(_ mistake: Mistake) {
        let error = #expect(throws: AgentError.self) { try AgentCommand(arguments: mistake.arguments) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains(mistake.says) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("http://localhost:1", true), ("http://127.3.2.1", true), ("http://[::1]:9", true), ("http://128.0.0.1", false),
        ("http://127.example.org", false), ("https://drover.example", false),
    ])
    func loopback(_ address: String, _ isLoopback: Bool) throws {
        #expect(try ServerAddress(parsing: address).isLoopback == isLoopback)
    }
}
