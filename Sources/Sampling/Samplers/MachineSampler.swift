import AgentWire

/// Each virtual machine on the host, seen from outside: its QEMU process, its own control group and its interfaces.
struct MachineSampler: Sampler {
    private enum Counter: Hashable, Sendable {
        case processorTicks, readBytes, writtenBytes, groupNanoseconds
        case received(interface: String)
        case sent(interface: String)
    }

    private struct Key: Hashable, Sendable {
        let number: String
        let startTicks: UInt64
        let counter: Counter
    }

    private let ticksPerSecond: Double
    private var directory = MachineDirectory()
    private var counters = CounterTracker<Key>()
    private var layout: ControlGroupLayout?

    init(ticksPerSecond: Double) {
        self.ticksPerSecond = ticksPerSecond
    }

    mutating func sample(into round: inout SamplingRound) {
        defer { counters.forgetUnseen() }
        directory.refresh(into: &round)
        guard !directory.machines.isEmpty else { return }
        if layout == nil {
            layout = round.readExpected("/proc/mounts").map(ControlGroupLayout.init(parsingMounts:))
        }
        let interfaces = interfaceCounters(in: &round)
        var found: [(process: MachineProcess, reading: MachineReading)] = []
        for number in directory.machines.keys.sorted() {
            guard let process = directory.machines[number] else { continue }
            guard let readings = readings(of: process, interfaces, into: &round) else {
                directory.forget(number)
                continue
            }
            let reading = MachineReading(name: process.name, uuid: process.arguments.uuid, readings: readings)
            found.append((process, reading))
        }
        round.machines += Self.withoutTwins(found, into: &round)
    }

    /// `nil` when the process has ended or its number now belongs to another.
    private mutating func readings(
        of process: MachineProcess, _ interfaces: [String: NetworkDevice], into round: inout SamplingRound
    ) -> Readings<VirtualMachineMetric>? {
        guard let contents = Self.read("stat", of: process, into: &round),
            let statistics = ProcessStatistics(parsing: contents), statistics.startTicks == process.startTicks
        else { return nil }
        var readings = Readings<VirtualMachineMetric>()
        readings[.cpuCores] = rate(.processorTicks, statistics.processorTicks, of: process, &round)
            .map { $0 / ticksPerSecond }
        readings[.configuredMemoryBytes] = process.arguments.memoryBytes.map { Double($0) }
        readings[.configuredVCPUs] = process.arguments.vcpus.map { Double($0) }
        if let memory = Self.read("status", of: process, into: &round).flatMap(ProcessMemory.init(parsing:)) {
            readings[.residentBytes] = Double(memory.residentBytes)
        }
        if let io = Self.read("io", of: process, into: &round).flatMap(ProcessInputOutput.init(parsing:)) {
            readings[.diskReadBytesPerSecond] = rate(.readBytes, io.readBytes, of: process, &round)
            readings[.diskWriteBytesPerSecond] = rate(.writtenBytes, io.writtenBytes, of: process, &round)
        }
        addNetwork(of: process, interfaces, to: &readings, round: &round)
        addGroup(of: process, to: &readings, round: &round)
        return readings
    }

    /// What the host's end receives, the guest has sent.
    private mutating func addNetwork(
        of process: MachineProcess, _ devices: [String: NetworkDevice],
        to readings: inout Readings<VirtualMachineMetric>, round: inout SamplingRound
    ) {
        var received: [Double?] = []
        var sent: [Double?] = []
        for interface in process.interfaces {
            guard let device = devices[interface] else { continue }
            received.append(rate(.received(interface: interface), device.sentBytes, of: process, &round))
            sent.append(rate(.sent(interface: interface), device.receivedBytes, of: process, &round))
        }
        let known = (received: received.compactMap(\.self), sent: sent.compactMap(\.self))
        guard !received.isEmpty, known.received.count == received.count, known.sent.count == sent.count else { return }
        readings[.networkReceivedBitsPerSecond] = known.received.reduce(0, +) * 8
        readings[.networkSentBitsPerSecond] = known.sent.reduce(0, +) * 8
    }

    private mutating func addGroup(
        of process: MachineProcess, to readings: inout Readings<VirtualMachineMetric>, round: inout SamplingRound
    ) {
        if let file = layout?.processorTimePath(
            versionOneGroup: process.versionOneProcessorGroup, versionTwoGroup: process.versionTwoGroup),
            let nanoseconds = Self.readGroup(file.path, round).flatMap(file.nanoseconds(parsing:))
        {
            readings[.groupCPUCores] = rate(.groupNanoseconds, nanoseconds, of: process, &round).map { $0 / 1e9 }
        }
        if let path = layout?.memoryPath(
            versionOneGroup: process.versionOneMemoryGroup, versionTwoGroup: process.versionTwoGroup)
        {
            readings[.groupMemoryBytes] = Self.readGroup(path, round)?.onlyNumber.map { Double($0) }
        }
    }

    private mutating func rate(
        _ counter: Counter, _ value: UInt64, of process: MachineProcess, _ round: inout SamplingRound
    ) -> Double? {
        let key = Key(number: process.number, startTicks: process.startTicks, counter: counter)
        let change = counters.advance(key, to: value, atNanoseconds: round.nanoseconds)
        if change == .reset { round.warnOfReset("\(counter) of virtual machine \(process.name)") }
        return change.perSecond
    }

    private func interfaceCounters(in round: inout SamplingRound) -> [String: NetworkDevice] {
        guard directory.machines.values.contains(where: { !$0.interfaces.isEmpty }),
            let contents = round.readExpected(NetworkSampler.path),
            let devices = round.expectParsed(NetworkDevice.parse(contents), of: NetworkSampler.path)
        else { return [:] }
        return Dictionary(devices.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// While a guest is replaced by a new process two have its name for a moment: the one started last counts. A child
    /// that a guest's process has just forked has its command line until it runs its own program: it never counts.
    private static func withoutTwins(
        _ found: [(process: MachineProcess, reading: MachineReading)], into round: inout SamplingRound
    ) -> [MachineReading] {
        let names = Dictionary(
            found.map { ($0.process.number, $0.reading.name) }, uniquingKeysWith: { first, _ in first })
        var newest: [String: (process: MachineProcess, reading: MachineReading)] = [:]
        for entry in found where names[entry.process.parentNumber] != entry.reading.name {
            guard let other = newest[entry.reading.name] else {
                newest[entry.reading.name] = entry
                continue
            }
            round.warnings.happened(
                "twins \(entry.reading.name)", atNanoseconds: round.nanoseconds,
                "two processes (\(other.process.number), \(entry.process.number)) run a virtual machine called "
                    + "\(entry.reading.name): only the one started last is sampled")
            if entry.process.startTicks > other.process.startTicks { newest[entry.reading.name] = entry }
        }
        return newest.values.map(\.reading).sorted { $0.name < $1.name }
    }

    /// A file of the process. Gone with its process: no warning. Not allowed: one warning for all processes.
    private static func read(
        _ file: String, of process: MachineProcess, into round: inout SamplingRound
    ) -> [UInt8]? {
        do throws(FileProblem) {
            return try round.files.read("/proc/\(process.number)/\(file)")
        } catch .missing {
            return nil
        } catch {
            round.warnings.began(
                "process \(file)", "/proc/PID/\(file) of virtual machines \(error): its metrics are left out")
            return nil
        }
    }

    /// A file of the guest's group, which goes away with the guest and need not have every controller.
    private static func readGroup(_ path: String, _ round: SamplingRound) -> [UInt8]? {
        do throws(FileProblem) { return try round.files.read(path) } catch { return nil }
    }
}
