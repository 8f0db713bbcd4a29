import AgentWire
import Sampling
import Testing

/// What must never make a wrong sample: resets, devices that come and go, clocks that step, files that are missing.
@Suite struct TroubleTests {
    private func collector(_ files: InMemoryFiles) -> Collector {
        Collector(files: files, samplers: SamplerCatalog.all(ticksPerSecond: 100))
    }

    private func collect(_ collector: inout Collector, second: Int64, wallOffset: Int64 = 0) -> CollectedRound {
        collector.collect(
            wallMilliseconds: CollectorTests.start + second * 1000 + wallOffset,
            monotonicNanoseconds: UInt64(second) * 1_000_000_000)
    }

    @Test func aResetLeavesAGapAndOneWarning() throws {
        let files = try InMemoryFiles(captured: "version2")
        var collector = collector(files)
        _ = collect(&collector, second: 0)
        files.replace("eno1: 100000", with: "eno1: 10", in: "/proc/net/dev")
        files.replace("cpu1 10000", with: "cpu1 5", in: "/proc/stat")
        files.replace("read_bytes: 1000000", with: "read_bytes: 1", in: "/proc/2001/io")
        let round = collect(&collector, second: 10)
        #expect(round.host?.readings[.networkReceivedBitsPerSecond] == nil)
        #expect(round.host?.readings[.networkSentBitsPerSecond] == nil)
        #expect(round.host?.readings[.cpuBusyCores] == nil)
        #expect(round.host?.readings[.diskReadBytesPerSecond] == 0)
        #expect(round.machines.first?.readings[.diskReadBytesPerSecond] == nil)
        #expect(round.machines.first?.readings[.diskWriteBytesPerSecond] == 0)
        #expect(round.warnings.count == 3)
        let next = collect(&collector, second: 20)
        #expect(next.host?.readings[.networkReceivedBitsPerSecond] == 0)
        #expect(next.warnings == [])
    }

    @Test func devicesComeAndGo() throws {
        let files = try InMemoryFiles(captured: "version2")
        var collector = collector(files)
        _ = collect(&collector, second: 0)
        // A disk with a past and a CPU are plugged in: they count from their second round on.
        files["/proc/diskstats", default: ""] += "8 16 sdb 1 0 1000000 0 1 0 1000000 0 0 0 0\n"
        files.replace("intr", with: "cpu4 9999 0 0 0 0 0 0 0 0 0\nintr", in: "/proc/stat")
        files.replace("cpu0 10000 100 2000 87500", with: "cpu0 10500 100 2000 88000", in: "/proc/stat")
        let plugged = collect(&collector, second: 10)
        #expect(plugged.host?.readings[.diskReadBytesPerSecond] == 0)
        #expect(plugged.host?.readings[.cpuCores] == 5)
        #expect(plugged.host?.readings[.cpuBusyCores] == 0.5)
        #expect(plugged.host?.cpuBusyFractions == [])
        files.replace("sdb 1 0 1000000", with: "sdb 1 0 1000200", in: "/proc/diskstats")
        #expect(collect(&collector, second: 20).host?.readings[.diskReadBytesPerSecond] == 10_240)
        // Unplugged, and another in its place whose counter is higher: no rate across the two.
        files.replace("8 16 sdb 1 0 1000200 0 1 0 1000000 0 0 0 0\n", with: "", in: "/proc/diskstats")
        #expect(collect(&collector, second: 30).host?.readings[.diskReadBytesPerSecond] == 0)
        files["/proc/diskstats", default: ""] += "8 16 sdb 1 0 9000000 0 1 0 9000000 0 0 0 0\n"
        let back = collect(&collector, second: 40)
        #expect(back.host?.readings[.diskReadBytesPerSecond] == 0)
        #expect(back.warnings == [])
    }

    @Test(arguments: [Int64(3_600_000), -3_600_000])
    func aClockThatStepsChangesNoRate(_ step: Int64) throws {
        let files = try InMemoryFiles(captured: "version2")
        var collector = collector(files)
        _ = collect(&collector, second: 0)
        files.replace("eno1: 100000", with: "eno1: 110000", in: "/proc/net/dev")
        let round = collect(&collector, second: 10, wallOffset: step)
        #expect(round.host?.readings[.networkReceivedBitsPerSecond] == 8000)
        #expect(round.host?.intervalMilliseconds == 10_000)
        #expect(round.host?.timestampMilliseconds == CollectorTests.start + 10_000 + step)
        #expect(round.warnings.count == 1)
        #expect(round.warnings.first?.contains("clock") == true)
        #expect(collect(&collector, second: 20, wallOffset: step).warnings == [])
    }

    @Test(arguments: [
        "/proc/stat", "/proc/meminfo", "/proc/diskstats", "/proc/pressure/io",
        "/sys/class/powercap/intel-rapl:0/energy_uj",
    ])
    func aMissingFileGivesOneWarning(_ path: String) throws {
        let files = try InMemoryFiles(captured: "version2")
        let contents = files[path]
        files[path] = nil
        var collector = collector(files)
        let first = collect(&collector, second: 0)
        #expect(first.warnings.count == 1)
        #expect(first.warnings.first?.contains(path) == true)
        #expect(first.host != nil)
        let second = collect(&collector, second: 10)
        #expect(second.warnings == [])
        #expect(second.host?.readings[.networkReceivedBitsPerSecond] == 0)
        files[path] = contents
        #expect(collect(&collector, second: 20).warnings == [])
        files[path] = "garbage\n"
        #expect(collect(&collector, second: 30).warnings.count == 1)
        #expect(collect(&collector, second: 40).warnings == [])
    }

    @Test func nothingAtAllIsNoSample() {
        var collector = collector(InMemoryFiles())
        let round = collect(&collector, second: 0)
        #expect(round.host == nil)
        #expect(round.machines == [])
        #expect(round.warnings.count > 3)
        #expect(collect(&collector, second: 10).warnings == [])
    }

    @Test func aLongGapTellsNothingOfEnergy() throws {
        let files = try InMemoryFiles(captured: "version2")
        var collector = collector(files)
        _ = collect(&collector, second: 0)
        // In 400 s the counter may have wrapped more than once.
        #expect(collect(&collector, second: 400).host?.readings[.packageWatts] == nil)
        files["/sys/class/powercap/intel-rapl:0/energy_uj"] = "262143328850\n"
        #expect(collect(&collector, second: 410).host?.readings[.packageWatts] != nil)
    }

    @Test func aProcessNumberThatIsUsedAgain() throws {
        let files = try InMemoryFiles(captured: "version2")
        var collector = collector(files)
        _ = collect(&collector, second: 0)
        // Another guest, started later, has the number; its counters are higher.
        files.replace("-id\u{0}100", with: "-id\u{0}200", in: "/proc/2001/cmdline")
        files.replace(" 40000 2000 0 0 20 0 9 0 5000 ", with: " 90000 9000 0 0 20 0 9 0 8000 ", in: "/proc/2001/stat")
        let found = collect(&collector, second: 10)
        #expect(found.machines.map(\.name) == ["200"])
        #expect(found.machines.first?.readings[.cpuCores] == nil)
        #expect(collect(&collector, second: 20).machines.first?.readings[.cpuCores] == 0)
        // The same guest, started anew under the same number: only its start time tells.
        files.replace(" 90000 9000 0 0 20 0 9 0 8000 ", with: " 90000 9000 0 0 20 0 9 0 9000 ", in: "/proc/2001/stat")
        #expect(collect(&collector, second: 25).machines == [])
        #expect(collect(&collector, second: 30).machines.first?.readings[.cpuCores] == nil)
        // A shell becomes a guest (exec): found within a minute.
        files["/proc/1/cmdline"] = "qemu-kvm\0-name\0late\0-m\01024\0"
        #expect(collect(&collector, second: 40).machines.map(\.name) == ["200"])
        #expect(collect(&collector, second: 61).machines.map(\.name) == ["200", "late"])
        files.removeTree("/proc/2001")
        #expect(collect(&collector, second: 70).machines.map(\.name) == ["late"])
    }

    @Test func forksAreNoGuests() throws {
        let files = try InMemoryFiles(captured: "version2")
        var collector = collector(files)
        // A child of the guest has its command line until it runs a program of its own.
        files["/proc/3001/cmdline"] = files["/proc/2001/cmdline"]
        files["/proc/3001/stat"] = files["/proc/2001/stat"]?
            .replacing("2001 (kvm) S 1 ", with: "3001 (kvm) S 2001 ").replacing(" 40000 2000 ", with: " 1 1 ")
            .replacing(" 5000 ", with: " 9000 ")
        // A new process is first seen as what forked it.
        files["/proc/3002/cmdline"] = "/usr/sbin/libvirtd\0"
        files["/proc/3002/stat"] = files["/proc/2001/stat"]?.replacing(" 5000 ", with: " 9500 ")
        #expect(collect(&collector, second: 0).warnings == [])
        files["/proc/3001/cmdline"] = "/usr/lib/qemu/qemu-bridge-helper\0"
        files["/proc/3002/cmdline"] = "/usr/bin/qemu-system-x86_64\0-name\0fresh\0-m\01G\0"
        let round = collect(&collector, second: 10)
        #expect(round.machines.map(\.name) == ["100", "fresh"])
        #expect(round.machines.first?.readings[.cpuCores] == 0)
        #expect(round.warnings == [])
    }

    @Test func twinsNamelessAndBadlyNamedMachines() throws {
        let files = try InMemoryFiles(captured: "version2")
        let stat = try #require(files["/proc/2001/stat"])
        files["/proc/3001/cmdline"] = "qemu-kvm\0-name\0\u{31}00\0"
        files["/proc/3001/stat"] = stat.replacing(" 5000 ", with: " 9000 ")
        files["/proc/3002/cmdline"] = "qemu-kvm\0-m\01G\0"
        files["/proc/3002/stat"] = stat
        files["/proc/3003/cmdline"] = "qemu-kvm\0-name\0evil\nname\0-m\01G\0"
        files["/proc/3003/stat"] = stat
        files.deny("/proc/2001/io")
        var collector = collector(files)
        _ = collect(&collector, second: 0)
        var told: [String] = []
        for second in stride(from: Int64(10), through: 40, by: 10) {
            let round = collect(&collector, second: second)
            #expect(round.machines.map(\.name) == ["100"])
            told += round.warnings
        }
        #expect(told == [])
        var fresh = self.collector(files)
        #expect(collect(&fresh, second: 0).warnings.count == 4)
    }
}

extension InMemoryFiles {
    subscript(path: String, default fallback: String) -> String {
        get { self[path] ?? fallback }
        set { self[path] = newValue }
    }
}
