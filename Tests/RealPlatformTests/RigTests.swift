import RigSupport
import Testing

/// The rig itself: what its guests are told they do, memory survives a real live migration, and the check would notice.
@Suite(.serialized, .enabled(if: RigAvailability.isReady, RigAvailability.comment))
struct RigTests {
    @Test func guestsDoWhatTheyAreToldAndSurviveAMigration() throws {
        let rig = try Rig(prefix: "rigtest", hosts: 2, linkMegabitsPerSecond: 400)
        let load = RigLoad(coldMiB: 8, hotMiB: 16, dirtyMiBPerSecond: 10)
        try rig.start([RigGuest("busy", memoryMiB: 128, load: load), RigGuest("idle", memoryMiB: 96)], on: "h1")
        #expect(try rig.runningGuests(on: "h1") == ["busy", "idle"])
        #expect(try dirtyRate(of: "busy", on: "h1", in: rig) == 10)

        try rig.virsh("h1", "migrate", "--live", "--persistent", "--undefinesource", "busy", rig.uri("h2"))
        #expect(try rig.runningGuests(on: "h1") == ["idle"])
        #expect(try rig.runningGuests(on: "h2") == ["busy"])
        let answer = try rig.checkMemory(of: "busy", on: "h2")
        #expect(answer == "busy check cold 2048 pages 0 bad, hot 4096 pages 0 bad")

        try rig.spoilMemory(of: "busy", on: "h2")
        let error = #expect(throws: RigError.self) { try rig.checkMemory(of: "busy", on: "h2") }
        #expect(error?.output == "busy check cold 2048 pages 1 bad, hot 4096 pages 1 bad")

        try rig.powerOff("h2")
        #expect(throws: RigError.self) { try rig.virsh("h2", "list") }
        try rig.powerOn("h2")
        #expect(try rig.runningGuests(on: "h2").isEmpty)
    }

    /// MiB/s as the guest counts them, rounded.
    private func dirtyRate(of guest: String, on host: String, in rig: Rig) throws -> Double {
        try rig.run("set", guest, host, "beat=500")
        try rig.run("set", guest, host, "beat=0")
        let beats = try rig.consoleLines(of: guest).filter { $0.hasPrefix("beat") }
        return try #require(beats.last?.split(separator: " ").last.flatMap { Double($0) }).rounded()
    }
}
