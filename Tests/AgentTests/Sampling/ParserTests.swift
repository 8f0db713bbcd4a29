import Sampling
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite struct ParserTests {
    @Test func processorTimesOfEachCPU() throws {
        let text = "cpu  9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu12 11 0 0 40\nintr 5 5\ncpu3 1 1 1 1\n"
        let statistics = try #require(ProcessorStatistics(parsing: bytes(text)))
        #expect(statistics.processors.map(\.number) == [0, 12])
        #expect(statistics.processors[0].times == ProcessorTimes(times: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
        #expect(statistics.processors[1].times.user == 11)
        #expect(statistics.processors[1].times.steal == 0)
    }

    @Test(arguments: ["", "intr 1", "cpu 1 2 3 4", "cpu0 1 2", "cpu0 1 2 x 4", "cpu0 99999999999999999999 1 1 1"])
    func garbledProcessorTimes(_ text: String) {
        #expect(ProcessorStatistics(parsing: bytes(text)) == nil)
    }

    @Test func memory() throws {
        let text = "MemTotal: 1000 kB\nMemAvailable: 400 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\nHugePages_Total: 3\n"
        let memory = try #require(MemoryInformation(parsing: bytes(text)))
        #expect(memory.totalBytes == 1_024_000)
        #expect(memory.availableBytes == 409_600)
        #expect(memory.swapUsedBytes == 30_720)
        let old = try #require(MemoryInformation(parsing: bytes("MemTotal: 1000 kB\nMemFree: 400 kB\n")))
        #expect(old.availableBytes == nil)
        #expect(old.swapUsedBytes == nil)
        #expect(MemoryInformation(parsing: bytes("MemFree: 1 kB\n")) == nil)
    }

    struct Disks: CustomTestStringConvertible {
        let names: [String]
        let counted: [String]
        var testDescription: String { names.joined(separator: " ") }
    }

    @Test(arguments: [
        Disks(names: ["sda", "sda1", "sda2", "sdb"], counted: ["sda", "sdb"]),
        Disks(names: ["nvme0n1", "nvme0n1p1", "nvme0c0n1"], counted: ["nvme0n1"]),
        Disks(names: ["vda", "dm-0", "dm-11", "md127", "loop3", "ram0", "sr0", "zram0"], counted: ["vda"]),
        Disks(names: ["xvda1"], counted: ["xvda1"]),
        Disks(names: ["mmcblk0", "mmcblk0p2", "drbd0", "bcache0"], counted: ["mmcblk0"]),
        Disks(names: ["cciss/c0d0", "cciss/c0d0p1"], counted: ["cciss/c0d0"]),
        Disks(names: ["rbd0", "rbd0p1", "nbd1"], counted: ["rbd0", "nbd1"]),
    ])
    func countsEachByteOnce(_ disks: Disks) throws {
        let text = disks.names.map { "8 0 \($0) 1 0 10 0 1 0 20 0 0 0 0\n" }.joined()
        let parsed = try #require(DiskStatistics.parse(bytes(text)))
        #expect(DiskStatistics.wholeDisks(parsed).map(\.name) == disks.counted)
        #expect(parsed.allSatisfy { $0.readBytes == 5120 && $0.writtenBytes == 10240 })
    }

    @Test func networkDevices() throws {
        let head = "Inter-| Receive | Transmit\n face |bytes |bytes\n"
        let devices = try #require(
            NetworkDevice.parse(
                bytes(head + "  eno1:100 2 0 0 0 0 0 0 300 4 0 0 0 0 0 0\n  lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")))
        #expect(devices.map(\.name) == ["eno1", "lo"])
        #expect(devices[0].receivedBytes == 100)
        #expect(devices[0].sentBytes == 300)
        #expect(NetworkDevice.parse(bytes(head + "eno1 100\n")) == nil)
    }

    @Test(arguments: [
        ("eth0", true), ("enp3s0f1", true), ("p2p1", true), ("em2", true), ("lo", false), ("vmbr0", false),
        ("tap100i0", false), ("vnet7", false), ("veth12ab", false), ("docker0", false), ("podman0", false),
        ("eth0.100", false), ("bond0", false), ("ppp0", false), ("virbr0", false), ("br-ex", false),
    ])
    func namesOfCards(_ name: String, _ isCard: Bool) {
        #expect(NetworkDevice.hasNameOfCard(name) == isCard)
    }

    @Test func pressure() throws {
        let both = "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3\n"
        #expect(PressureInformation(parsing: bytes(both))?.someMicroseconds == 7)
        #expect(PressureInformation(parsing: bytes(both))?.fullMicroseconds == 3)
        let some = try #require(PressureInformation(parsing: bytes("some avg10=0.00 total=9\n")))
        #expect(some.fullMicroseconds == nil)
        #expect(PressureInformation(parsing: bytes("full total=1\n")) == nil)
    }

    @Test func processes() throws {
        let line = "77 (a) b (c)) S 1 77 77 0 -1 0 0 0 0 0 300 20 0 0 20 0 9 0 5000 1 2 3\n"
        let statistics = try #require(ProcessStatistics(parsing: bytes(line)))
        #expect(statistics.processorTicks == 320)
        #expect(statistics.startTicks == 5000)
        #expect(ProcessStatistics(parsing: bytes("77 (a) S 1\n")) == nil)
        #expect(ProcessStatistics(parsing: []) == nil)
        #expect(ProcessMemory(parsing: bytes("VmRSS:\t 10 kB\nHugetlbPages:\t 2 kB\n"))?.residentBytes == 12_288)
        #expect(ProcessMemory(parsing: bytes("Name:\tzombie\n")) == nil)
        let io = ProcessInputOutput(parsing: bytes("rchar: 9\nread_bytes: 5\nwrite_bytes: 6\n"))
        #expect(io?.readBytes == 5)
        #expect(io?.writtenBytes == 6)
    }

    struct Guest: CustomTestStringConvertible {
        let arguments: [String]
        var name: String?
        var uuid: String?
        var memoryBytes: UInt64?
        var vcpus: UInt64?
        var interfaces: [String] = []
        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Guest(
            arguments: [
                "/usr/bin/qemu-system-x86_64", "-name", "guest=vm7,debug-threads=on", "-m", "4096", "-smp", "4",
            ],
            name: "vm7", memoryBytes: 4096 << 20, vcpus: 4),
        Guest(
            arguments: ["/usr/libexec/qemu-kvm", "-name", "guest=a,,b", "-m", "size=8388608k,slots=2,maxmem=1t"],
            name: "a,b", memoryBytes: 8 << 30),
        Guest(
            arguments: [
                "/usr/bin/kvm", "-id", "100", "-name", "web,debug-threads=on", "-netdev",
                "type=tap,id=net0,ifname=tap100i0", "-netdev", "type=tap,ifname=tap100i1", "-smp", "2,cores=2",
            ], name: "100", vcpus: 2, interfaces: ["tap100i0", "tap100i1"]),
        Guest(
            arguments: ["qemu-system-aarch64", "--name", "plain", "-uuid", "0A1B2C3D-0000-4000-8000-00000000DB01"],
            name: "plain", uuid: "0a1b2c3d-0000-4000-8000-00000000db01"),
        Guest(
            arguments: ["qemu-kvm", "-m", "2G", "-smp", "sockets=2,cores=3,threads=2", "-uuid", "nonsense"],
            memoryBytes: 2 << 30, vcpus: 12),
        Guest(arguments: ["qemu-kvm", "-smp", "cpus=6,maxcpus=8", "-m", "x"], vcpus: 6),
        Guest(arguments: ["qemu-kvm", "-m", "99999999999999999999G", "-smp", "sockets=0x"]),
    ])
    func guests(_ guest: Guest) throws {
        let parsed = try #require(QEMUArguments(parsing: bytes(guest.arguments.joined(separator: "\0") + "\0")))
        #expect(parsed.name == guest.name)
        #expect(parsed.uuid == guest.uuid)
        #expect(parsed.memoryBytes == guest.memoryBytes)
        #expect(parsed.vcpus == guest.vcpus)
        #expect(parsed.interfaces == guest.interfaces)
    }

    @Test(arguments: [
        "", "\0", "/usr/bin/qemu-img\0-name\0x", "qemu-nbd\0", "/usr/bin/qemu-ga\0", "bash\0qemu-system-x86_64",
    ])
    func otherProcesses(_ commandLine: String) {
        #expect(QEMUArguments(parsing: bytes(commandLine)) == nil)
    }

    @Test(arguments: [
        (
            "/machine.slice/machine-qemu\\x2d1\\x2dvm7.scope/libvirt/emulator",
            "/machine.slice/machine-qemu\\x2d1\\x2dvm7.scope"
        ),
        ("/qemu.slice/100.scope", "/qemu.slice/100.scope"),
        ("/machine/qemu-1-vm7.libvirt-qemu/emulator", "/machine/qemu-1-vm7.libvirt-qemu"),
        ("/user.slice/user-0.slice/session-1.scope", nil), ("/", nil), ("/machine.slice", nil),
    ])
    func groupsOfGuests(_ path: String, _ group: String?) {
        #expect(ControlGroupMembership.guestGroup(of: path) == group)
    }
}
