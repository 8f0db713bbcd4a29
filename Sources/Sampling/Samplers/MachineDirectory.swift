import AgentWire

/// A QEMU process that was recognised, and what about it does not change while it runs.
struct MachineProcess: Sendable {
    let number: String
    let parentNumber: String
    let startTicks: UInt64
    let commandLine: [UInt8]
    let arguments: QEMUArguments
    /// How the machine is called: its name, or its uuid when it was started without one.
    let name: String
    /// The host's ends of the guest's network interfaces.
    var interfaces: [String]
    /// The guest's own group in each version, when it has one.
    var versionOneProcessorGroup: String?
    var versionOneMemoryGroup: String?
    var versionTwoGroup: String?
}

/// Knows which processes run guests, without reading every process's command line every round.
///
/// A process number that is used again, or whose process runs another program now, must not be taken for what it was:
/// the command lines of known guests are read every round. Other processes are looked at in their first two rounds,
/// since a new one may be about to become a guest (fork, then exec), and anew every minute.
struct MachineDirectory: Sendable {
    private static let fullScanNanoseconds: UInt64 = 60_000_000_000

    private(set) var machines: [String: MachineProcess] = [:]
    /// How often each process was looked at that was no guest.
    private var otherProcesses: [String: Int] = [:]
    private var lastFullScan: UInt64?

    /// Looks for guests that came since the last round.
    mutating func refresh(into round: inout SamplingRound) {
        let numbers: [String]
        do throws(FileProblem) {
            numbers = try round.files.entries(of: "/proc").filter { $0.utf8.first.map(Self.isDigit) == true }
            round.warnings.ended("unreadable /proc")
        } catch {
            round.warnings.began("unreadable /proc", "/proc \(error): virtual machines are left out")
            return
        }
        if lastFullScan.map({ round.nanoseconds < $0.addingClamped(Self.fullScanNanoseconds) }) != true {
            lastFullScan = round.nanoseconds
            otherProcesses = [:]
            for number in machines.keys { findInterfacesAndGroups(of: number, in: round.files) }
        }
        let alive = Set(numbers)
        otherProcesses = otherProcesses.filter { alive.contains($0.key) }
        machines = machines.filter { number, machine in
            alive.contains(number) && Self.read("/proc/\(number)/cmdline", round.files) == machine.commandLine
        }
        for number in numbers where machines[number] == nil && otherProcesses[number, default: 0] < 2 {
            recognise(number, into: &round)
        }
    }

    /// Forgets a process: it ended, or its number was used again.
    mutating func forget(_ number: String) {
        machines[number] = nil
    }

    private mutating func recognise(_ number: String, into round: inout SamplingRound) {
        guard let commandLine = Self.read("/proc/\(number)/cmdline", round.files),
            let arguments = QEMUArguments(parsing: commandLine),
            let statistics = Self.read("/proc/\(number)/stat", round.files).flatMap(ProcessStatistics.init(parsing:))
        else {
            otherProcesses[number, default: 0] += 1
            return
        }
        guard let name = arguments.name ?? arguments.uuid else {
            otherProcesses[number, default: 0] += 1
            round.warnings.happened(
                "nameless machine", atNanoseconds: round.nanoseconds,
                "process \(number) is a QEMU with neither -name nor -uuid: nobody knows which machine it is")
            return
        }
        machines[number] = MachineProcess(
            number: number, parentNumber: String(statistics.parentNumber), startTicks: statistics.startTicks,
            commandLine: commandLine, arguments: arguments, name: name, interfaces: [])
        findInterfacesAndGroups(of: number, in: round.files)
    }

    private mutating func findInterfacesAndGroups(of number: String, in files: any SystemFiles) {
        guard let arguments = machines[number]?.arguments else { return }
        let interfaces = Set(arguments.interfaces + Self.openInterfaces(of: number, in: files))
        machines[number]?.interfaces = interfaces.sorted()
        guard let contents = Self.read("/proc/\(number)/cgroup", files) else { return }
        let membership = ControlGroupMembership(parsing: contents)
        machines[number]?.versionOneProcessorGroup = ControlGroupMembership.guestGroup(
            of: membership.versionOne["cpuacct"])
        machines[number]?.versionOneMemoryGroup = ControlGroupMembership.guestGroup(
            of: membership.versionOne["memory"])
        machines[number]?.versionTwoGroup = ControlGroupMembership.guestGroup(of: membership.versionTwo)
    }

    /// Interfaces that the process holds open as `/dev/net/tun`: libvirt passes descriptors, not names.
    private static func openInterfaces(of number: String, in files: any SystemFiles) -> [String] {
        let directory = "/proc/\(number)/fd"
        let descriptors: [String]
        do throws(FileProblem) {
            descriptors = try files.entries(of: directory)
        } catch {
            // Not allowed without privileges: then the guest has no network metrics, as is documented.
            return []
        }
        return descriptors.compactMap { descriptor in
            guard files.linkTarget("\(directory)/\(descriptor)") == "/dev/net/tun",
                let information = read("/proc/\(number)/fdinfo/\(descriptor)", files),
                let line = information.lines.first(where: { $0.starts(with: "iff:") })
            else { return nil }
            return line.fields.last?.text
        }
    }

    /// A process's file; `nil` when the process has gone or may not be looked at, which is nothing to warn about.
    private static func read(_ path: String, _ files: any SystemFiles) -> [UInt8]? {
        do throws(FileProblem) { return try files.read(path) } catch { return nil }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
