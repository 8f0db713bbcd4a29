import AgentWire
import Dispatch
import Glibc
import Sampling

/// The whole program, apart from where its arguments come from.
public enum AgentProgram {
    /// Does what the arguments say; gives the exit status: 0 done, 1 failed, 64 wrong usage.
    public static func run(arguments: [String]) async -> Int32 {
        let log = AgentLog.standardError
        do throws(AgentError) {
            switch try AgentCommand(arguments: arguments) {
            case .help(let text): show(text)
            case .run(let options): try await run(options, log: log)
            case .once(let options): try await once(options, log: log)
            case .status(let options): show(try StatusReport(options: options).text(options.format) + "\n")
            }
            return 0
        } catch {
            log.note(error.message)
            return error.code == .usage ? 64 : 1
        }
    }

    /// Samples until told to stop, then finishes what is under way.
    private static func run(_ options: AgentOptions, log: AgentLog) async throws(AgentError) {
        let host = try HostIdentity.name(option: options.hostName)
        if let cluster = options.clusterName, !WireLimits.standard.allows(text: cluster) {
            throw ArgumentReader.usage("--cluster-name is empty, too long, or holds control characters")
        }
        let files = RootedFiles(root: options.root)
        var generator = SystemRandomNumberGenerator()
        let builder = BatchBuilder(
            instance: BatchIdentity.randomInstance(using: &generator), host: host, cluster: options.clusterName,
            bootID: HostIdentity.bootID(files: files))
        let sinks = try sinks(options, log: log)
        let domains = try DomainWatch.make(
            options.libvirt, root: options.root, dirtyRates: options.dirtyRates, files: files,
            intervalMilliseconds: options.intervalMilliseconds, clocks: .system, log: log)
        let loop = SamplingLoop(
            intervalMilliseconds: options.intervalMilliseconds, sampleCount: options.sampleCount, domains: domains,
            sinks: sinks, clocks: .system, log: log)
        let collector = Self.collector(files, options.hostProcessors)
        let work = Task { await loop.run(collector: collector, builder: builder) }
        let signals = StopSignals { work.cancel() }
        log.note("sampling host \(host) every \(options.intervalMilliseconds) ms")
        await work.value
        for sink in sinks { await sink.finish() }
        signals.end()
        log.note("stopped")
    }

    private static func sinks(_ options: AgentOptions, log: AgentLog) throws(AgentError) -> [any BatchSink] {
        var sinks: [any BatchSink] = []
        if let path = options.databasePath {
            sinks.append(LocalFileSink(file: try LocalFile(path: path, keepDays: options.keepDays), log: log))
        }
        if let server = options.server {
            sinks.append(try SpoolSink(options: server, log: log, clocks: .system))
        }
        return sinks
    }

    private static func once(_ options: OnceOptions, log: AgentLog) async throws(AgentError) {
        let host = try HostIdentity.name(option: options.hostName)
        let files = RootedFiles(root: options.root)
        var collector = collector(files, options.hostProcessors)
        let clocks = AgentClocks.system
        let domains = try DomainWatch.make(
            options.libvirt, root: options.root, dirtyRates: nil, files: files,
            intervalMilliseconds: options.intervalMilliseconds, clocks: clocks, log: log)
        var answer = await domains?.ask() ?? .notAsked
        let first = collector.collect(
            wallMilliseconds: clocks.wallMilliseconds(), monotonicNanoseconds: clocks.monotonicNanoseconds(),
            domains: answer)
        await clocks.sleep(seconds: Double(options.intervalMilliseconds) / 1000)
        answer = await domains?.ask() ?? .notAsked
        let round = collector.collect(
            wallMilliseconds: clocks.wallMilliseconds(), monotonicNanoseconds: clocks.monotonicNanoseconds(),
            domains: answer)
        for warning in first.warnings + round.warnings { log.warning(warning) }
        guard round.host != nil || !round.machines.isEmpty else {
            throw AgentError(code: .setup, message: "nothing could be measured: is \(options.root)/proc mounted?")
        }
        switch options.format {
        case .text: show(SampleOutput.text(round, host: host) + "\n")
        case .json: show(SampleOutput.json(round, host: host) + "\n")
        }
    }

    private static func collector(_ files: RootedFiles, _ hostProcessors: HostProcessorSource) -> Collector {
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        // 100 on every Linux of today; a machine that does not tell is taken for one of them.
        let samplers = SamplerCatalog.all(
            ticksPerSecond: ticks > 0 ? Double(ticks) : 100, hostProcessors: hostProcessors)
        return Collector(files: files, samplers: samplers)
    }

    private static func show(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }
}

/// Calls back at SIGTERM and SIGINT. A second signal ends the process at once, for those who cannot wait.
private final class StopSignals {
    private let sources: [any DispatchSourceSignal]

    init(stop: @escaping @Sendable () -> Void) {
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                stop()
            }
            source.resume()
            return source
        }
    }

    func end() {
        for source in sources { source.cancel() }
    }
}
