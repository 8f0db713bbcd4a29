import Foundation
import ProgramSupport
import RigSupport
import Testing

/// The agent on real hypervisors: whose machines it samples, what it makes of a migration, and what it finds of
/// dirtying.
@Suite(.serialized, .enabled(if: RigAvailability.isReady, RigAvailability.comment))
struct AgentOnHostsTests {
    @Test(.timeLimit(.minutes(5))) func samplesThroughAMigration() async throws {
        let rig = try Rig(prefix: "agenttest", hosts: 2)
        let scratch = try Scratch()
        try rig.start(
            [
                RigGuest("fast", load: RigLoad(hotMiB: 32, dirtyMiBPerSecond: 100, cpuPercent: 20)),
                RigGuest("slow", load: RigLoad(hotMiB: 24, dirtyMiBPerSecond: 4)), RigGuest("idle", memoryMiB: 96),
            ], on: "h1")
        let agents = try rig.hosts.map { host in
            try Programs.start(
                Programs.agent,
                [
                    "run", "--libvirt", rig.uri(host), "--host", host, "--host-cpu-from", "guests", "--sqlite",
                    "\(host).sqlite", "--interval", "500ms", "--dirty-rate-interval", "1s", "--dirty-rate-periods",
                    "1,4",
                ], in: scratch.path)
        }
        // Three rounds of measurements of three machines, one after another, 1 + 4 s and some rounds each.
        try await Task.sleep(for: .seconds(30))
        try rig.virsh("h1", "migrate", "--live", "--persistent", "--undefinesource", "slow", rig.uri("h2"))
        try await Task.sleep(for: .seconds(4))
        for agent in agents { agent.terminate() }
        for agent in agents { #expect(await agent.ended() == 0) }

        func names(_ host: String) throws -> [[String]] {
            try scratch.query("\(host).sqlite", "SELECT DISTINCT vm FROM vm_sample ORDER BY vm")
        }
        #expect(try names("h1") == [["fast"], ["idle"], ["slow"]])
        #expect(try names("h2") == [["slow"]])
        // Its counters began anew on the other host: a gap, then rates again; never a negative or an absurd one.
        let cores = try scratch.query(
            "h2.sqlite", "SELECT cpuCores FROM vm_sample WHERE vm = 'slow' ORDER BY timestampMilliseconds")
        #expect(cores.first == [""])
        #expect(cores.count > 2)
        for host in rig.hosts {
            let absurd = "SELECT count(*) FROM vm_sample WHERE cpuCores < 0 OR cpuCores > 2"
            #expect(try scratch.query("\(host).sqlite", absurd) == [["0"]])
        }
        // libvirt's figure, in place of the emulator's 8 KiB more.
        let exact = "SELECT count(*) > 0 FROM vm_sample WHERE vm = 'idle' AND configuredMemoryBytes = 100663296"
        #expect(try scratch.query("h1.sqlite", exact) == [["1"]])
        // A guest of 128 MiB is sampled by 64 pages: a measurement is right within a half, three of each within a
        // third.
        let fast = try dirtying(of: "fast", in: scratch)
        #expect(20...48 ~= fast.hotMiB, "hot set \(fast.hotMiB) MiB of 32")
        #expect(fast.mibPerSecond >= 20, "the rate cannot be seen beyond one hot set a second")
        let slow = try dirtying(of: "slow", in: scratch)
        #expect(2...8 ~= slow.mibPerSecond, "rate \(slow.mibPerSecond) MiB/s of 4")
        let idle = try dirtying(of: "idle", in: scratch)
        #expect(idle.mibPerSecond < 3)
    }

    private func dirtying(of vm: String, in scratch: Scratch) throws -> (hotMiB: Double, mibPerSecond: Double) {
        let rows = try scratch.query(
            "h1.sqlite",
            "SELECT dirtyHotBytes / 1048576, dirtyBytesPerSecond / 1048576 FROM vm_sample WHERE vm = '\(vm)' "
                + "AND dirtyHotBytes IS NOT NULL ORDER BY timestampMilliseconds DESC LIMIT 1")
        let values = try #require(rows.first, "no dirty rate of \(vm)").compactMap { Double($0) }
        print("\(vm): hot set \(values[0]) MiB, \(values[1]) MiB/s")
        return (values[0], values[1])
    }
}
