import AgentWire
import Sampling
import Testing

/// Whole rounds over captured trees: a Proxmox host (version 2), a libvirt host (hybrid), an old one (version 1).
@Suite struct CollectorTests {
    static let start: Int64 = 1_763_800_000_000

    /// Two rounds ten seconds apart, with a change in between.
    static func rounds(
        _ files: InMemoryFiles, wallDelta: Int64 = 10_000, change: (InMemoryFiles) -> Void
    ) -> [CollectedRound] {
        var collector = Collector(files: files, samplers: SamplerCatalog.all(ticksPerSecond: 100))
        let first = collector.collect(wallMilliseconds: start, monotonicNanoseconds: 0)
        change(files)
        let second = collector.collect(wallMilliseconds: start + wallDelta, monotonicNanoseconds: 10_000_000_000)
        return [first, second]
    }

    @Test func aFirstLookHasNoRates() throws {
        let round = Self.rounds(try InMemoryFiles(captured: "version2")) { _ in }[0]
        let host = try #require(round.host)
        #expect(
            host.readings.present.map(\.metric) == [
                .cpuCores, .memoryTotalBytes, .memoryUsedBytes, .memoryAvailableBytes, .swapUsedBytes,
                .guestGroupMemoryBytes,
            ])
        #expect(host.intervalMilliseconds == 0)
        #expect(host.readings[.memoryUsedBytes] == 67_108_864_000)
        #expect(host.readings[.swapUsedBytes] == 1_073_741_824)
        #expect(round.warnings == [])
        #expect(round.machines.map(\.name) == ["100"])
        #expect(round.machines.first?.readings[.cpuCores] == nil)
    }

    @Test func processors() throws {
        let files = try InMemoryFiles(captured: "version2")
        let round = Self.rounds(files) { files in
            // cpu0: 1000 ticks, of which 300 user (100 guest), 100 system, 500 idle less a fall of iowait, 100 stolen.
            files.replace(
                "cpu0 10000 100 2000 87500 300 25 75 100 5000 50",
                with: "cpu0 10300 100 2100 88000 290 25 75 200 5100 50", in: "/proc/stat")
            for cpu in 1...3 {
                files.replace(
                    "cpu\(cpu) 10000 100 2000 87500 300", with: "cpu\(cpu) 10000 100 2000 88400 400", in: "/proc/stat")
            }
        }[1]
        let readings = try #require(round.host?.readings)
        #expect(readings[.cpuCores] == 4)
        #expect(readings[.cpuBusyCores] == 0.4)
        #expect(readings[.cpuGuestCores] == 0.1)
        #expect(readings[.cpuStealCores] == 0.1)
        #expect(abs((readings[.cpuIOWaitCores] ?? 0) - 0.3) < 1e-12)
        #expect(round.host?.cpuBusyFractions == [0.4, 0, 0, 0])
        #expect(round.host?.intervalMilliseconds == 10_000)
        #expect(round.warnings == [])
    }

    @Test func versionTwoHost() throws {
        let files = try InMemoryFiles(captured: "version2")
        let round = Self.rounds(files) { files in
            files.replace(
                "nvme0n1 1000 20 4000 300 2000 40 8000", with: "nvme0n1 1000 20 4100 300 2000 40 8400",
                in: "/proc/diskstats")
            files.replace("dm-0 1000 20 500", with: "dm-0 1000 20 9999", in: "/proc/diskstats")
            files.replace(
                "eno1: 100000 10 0 0 0 0 0 0 200000", with: "eno1: 110000 10 0 0 0 0 0 0 250000", in: "/proc/net/dev")
            files.replace(
                "tap100i0: 30000 10 0 0 0 0 0 0 70000", with: "tap100i0: 31000 10 0 0 0 0 0 0 75000",
                in: "/proc/net/dev")
            files.replace("total=1000000", with: "total=3500000", in: "/proc/pressure/cpu")
            files.replace("total=900000", with: "total=99900000", in: "/proc/pressure/io")
            files.replace(
                "usage_usec 500000000", with: "usage_usec 525000000", in: "/sys/fs/cgroup/qemu.slice/cpu.stat")
            files.replace(
                "usage_usec 450000000", with: "usage_usec 470000000", in: "/sys/fs/cgroup/qemu.slice/100.scope/cpu.stat"
            )
            // The package's counter wraps: 328850 to the end of the range, and on to 1,499,671,150.
            files["/sys/class/powercap/intel-rapl:0/energy_uj"] = "1499671150\n"
            files["/sys/class/powercap/intel-rapl:0:1/energy_uj"] = "51000000\n"
            files.replace(
                " 40000 2000 0 0 20 0 9 0 5000 ", with: " 40900 2100 0 0 20 0 9 0 5000 ", in: "/proc/2001/stat")
            files.replace("read_bytes: 1000000", with: "read_bytes: 1500000", in: "/proc/2001/io")
        }[1]
        let host = try #require(round.host?.readings)
        #expect(host[.diskReadBytesPerSecond] == 5120)
        #expect(host[.diskWriteBytesPerSecond] == 20_480)
        #expect(host[.networkReceivedBitsPerSecond] == 8000)
        #expect(host[.networkSentBitsPerSecond] == 40_000)
        #expect(host[.cpuPressureSomeFraction] == 0.25)
        #expect(host[.cpuPressureFullFraction] == 0)
        #expect(host[.ioPressureSomeFraction] == 0)
        #expect(host[.ioPressureFullFraction] == 1)
        #expect(host[.packageWatts] == 150)
        #expect(host[.dramWatts] == 5)
        #expect(host[.guestGroupCPUCores] == 2.5)
        #expect(host[.guestGroupMemoryBytes] == 5e9)
        let machine = try #require(round.machines.first)
        #expect(machine.uuid == "6f1b4c6e-53c5-4d57-9f86-0d1e9a1b2c3d")
        #expect(
            machine.readings == [
                .cpuCores: 1, .residentBytes: 4_294_967_296, .configuredMemoryBytes: 8_589_934_592,
                .configuredVCPUs: 4, .diskReadBytesPerSecond: 50_000, .diskWriteBytesPerSecond: 0,
                .networkReceivedBitsPerSecond: 4000, .networkSentBitsPerSecond: 800, .groupCPUCores: 2,
                .groupMemoryBytes: 4.5e9,
            ])
        #expect(round.warnings == [])
    }

    @Test func hybridHost() throws {
        let files = try InMemoryFiles(captured: "hybrid")
        files.setLink("/proc/2002/fd/0", to: "/dev/null")
        files.setLink("/proc/2002/fd/31", to: "/dev/net/tun")
        let scope = "/machine.slice/machine-qemu\\x2d3\\x2ddb1.scope"
        let round = Self.rounds(files) { files in
            files["/sys/fs/cgroup/cpu,cpuacct/machine.slice/cpuacct.usage"] = "705000000000\n"
            files["/sys/fs/cgroup/cpu,cpuacct\(scope)/cpuacct.usage"] = "603000000000\n"
            files.replace(
                "vnet3: 30000 10 0 0 0 0 0 0 70000", with: "vnet3: 30000 10 0 0 0 0 0 0 80000", in: "/proc/net/dev")
        }[1]
        #expect(round.host?.readings[.guestGroupCPUCores] == 0.5)
        #expect(round.host?.readings[.guestGroupMemoryBytes] == 4.4e9)
        #expect(round.host?.readings[.packageWatts] == nil)
        let machine = try #require(round.machines.first)
        #expect(machine.name == "db1")
        // 10 MiB of its own and 4 GiB of huge pages.
        #expect(machine.readings[.residentBytes] == 4_305_453_056)
        #expect(machine.readings[.configuredMemoryBytes] == 4_294_967_296)
        #expect(machine.readings[.configuredVCPUs] == 2)
        #expect(machine.readings[.networkReceivedBitsPerSecond] == 8000)
        #expect(machine.readings[.groupCPUCores] == 0.3)
        #expect(machine.readings[.groupMemoryBytes] == 4.3e9)
        #expect(round.warnings == [])
    }

    @Test func versionOneHost() throws {
        let files = try InMemoryFiles(captured: "version1")
        let round = Self.rounds(files) { files in
            files["/cgroup/cpuacct/machine/cpuacct.usage"] = "81000000000\n"
            files["/cgroup/cpuacct/machine/qemu-1-old.libvirt-qemu/cpuacct.usage"] = "70500000000\n"
            files.replace("eth0: 100000", with: "eth0: 200000", in: "/proc/net/dev")
        }[1]
        #expect(round.host?.readings[.guestGroupCPUCores] == 0.1)
        #expect(round.host?.readings[.guestGroupMemoryBytes] == 2.1e9)
        // No /sys/class/net here: cards are told by their names.
        #expect(round.host?.readings[.networkReceivedBitsPerSecond] == 80_000)
        let machine = try #require(round.machines.first)
        #expect(machine.name == "old,name")
        #expect(machine.readings[.configuredVCPUs] == 12)
        #expect(machine.readings[.groupCPUCores] == 0.05)
        #expect(machine.readings[.groupMemoryBytes] == 2.05e9)
    }

    /// The real files of a tree on disk give the same as the tree in memory.
    @Test(arguments: ["version1", "hybrid", "version2"])
    func readsTreesOnDisk(_ name: String) throws {
        var onDisk = Collector(
            files: RootedFiles(root: InMemoryFiles.capturedRoot(name)),
            samplers: SamplerCatalog.all(ticksPerSecond: 100))
        var inMemory = Collector(
            files: try InMemoryFiles(captured: name), samplers: SamplerCatalog.all(ticksPerSecond: 100))
        for seconds in [UInt64(0), 10] {
            let wall = Self.start + Int64(seconds) * 1000
            let expected = inMemory.collect(wallMilliseconds: wall, monotonicNanoseconds: seconds * 1_000_000_000)
            #expect(onDisk.collect(wallMilliseconds: wall, monotonicNanoseconds: seconds * 1_000_000_000) == expected)
            #expect(expected.host != nil)
        }
    }
}
