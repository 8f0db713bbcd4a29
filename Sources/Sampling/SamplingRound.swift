public import AgentWire

/// One look at the machine: what the samplers read from and write to.
public struct SamplingRound: Sendable {
    public let files: any SystemFiles
    /// The monotonic clock, for all intervals.
    public let nanoseconds: UInt64
    /// What libvirt said of the virtual machines.
    public let domains: DomainsAnswer
    public var host = Readings<HostMetric>()
    public var cpuBusyFractions: [Double] = []
    public var machines: [MachineReading] = []
    package var warnings: WarningLog

    package init(
        files: any SystemFiles, nanoseconds: UInt64, domains: DomainsAnswer = .notAsked,
        warnings: WarningLog = WarningLog()
    ) {
        self.files = files
        self.nanoseconds = nanoseconds
        self.domains = domains
        self.warnings = warnings
    }

    /// Reads a file that ought to be there. When it is not, says so once and gives `nil`.
    package mutating func readExpected(_ path: String) -> [UInt8]? {
        do throws(FileProblem) {
            let contents = try files.read(path)
            warnings.ended("unreadable \(path)")
            return contents
        } catch {
            warnings.began("unreadable \(path)", "\(path) \(error): its metrics are left out")
            return nil
        }
    }

    /// Unwraps what was parsed of a file. When it was not understood, says so once.
    package mutating func expectParsed<Parsed>(_ parsed: Parsed?, of path: String) -> Parsed? {
        if parsed == nil {
            warnings.began("garbled \(path)", "\(path) is not as expected: its metrics are left out")
        } else {
            warnings.ended("garbled \(path)")
        }
        return parsed
    }

    /// One absurd value or name must not cost the rest of the batch, which a receiver refuses whole.
    mutating func dropWhatNoBatchMayCarry(limits: WireLimits) {
        for (metric, value) in host.present where !limits.allows(value: value) {
            host[metric] = nil
            warnings.began("absurd \(metric.name)", "\(metric.name) reads \(value): left out")
        }
        machines = machines.filter { machine in
            guard !limits.allows(text: machine.name) else { return true }
            warnings.began(
                "name \(machine.name)",
                "a virtual machine's name is empty, longer than \(limits.maxTextBytes) bytes or holds control "
                    + "characters: the machine is left out")
            return false
        }
        for index in machines.indices {
            for (metric, value) in machines[index].readings.present where !limits.allows(value: value) {
                machines[index].readings[metric] = nil
                warnings.began(
                    "absurd \(machines[index].name) \(metric.name)",
                    "\(metric.name) of \(machines[index].name) reads \(value): left out")
            }
        }
    }

    package mutating func warnOfReset(_ counter: String) {
        warnings.happened(
            "reset \(counter)", atNanoseconds: nanoseconds,
            "the counter of \(counter) went back: no sample of it this time")
    }
}

/// A virtual machine as found in a round.
public struct MachineReading: Sendable, Hashable {
    public let name: String
    public let uuid: String?
    public var readings: Readings<VirtualMachineMetric>

    package init(name: String, uuid: String?, readings: Readings<VirtualMachineMetric>) {
        self.name = name
        self.uuid = uuid
        self.readings = readings
    }
}
