import ClusterModel
import Execution
import LibvirtDriver
import RigSupport
import Testing

/// Every mode, with and without the hosts' own connection, and what was measured.
@Suite(.serialized, .enabled(if: RigAvailability.isReady, RigAvailability.comment))
struct RigModeTests {
    @Test(arguments: [true, false])
    func everyMode(isPeerToPeer: Bool) async throws {
        let platform = try RigPlatform(
            prefix: isPeerToPeer ? "modesp" : "modesd", hosts: 2, isPeerToPeer: isPeerToPeer,
            linkMegabitsPerSecond: 400)
        let load = RigLoad(coldMiB: 8, hotMiB: 16, dirtyMiBPerSecond: 15)
        try platform.rig.start([RigGuest("g1", load: load)], on: "h1")
        let driver = try platform.driver()
        var (from, to) = ("h1", "h2")
        for mode in MigrationMode.allCases {
            let request = RigPlatform.request("\(mode)", "g1", from: from, to: to, mode: mode)
            #expect(try await driver.begin(request).isEnded == false)
            let end = try await platform.end(of: request.key, driver)
            guard case .succeeded(let measured) = end else {
                Issue.record("\(mode): \(end)")
                return
            }
            print(
                "\(mode) \(isPeerToPeer ? "peer to peer" : "direct"): \(measured.durationSeconds) s, pause "
                    + "\(measured.downtimeMilliseconds) ms, \(measured.transferBytes) bytes, \(measured.rounds) rounds")
            try platform.expectRunning("g1", on: to)
            #expect(measured.transferBytes > 20e6 && measured.rounds >= 1)
            #expect(measured.downtimeMilliseconds > 0)
            // Only a cold move stops the guest for the whole copy: 104 MB at 400 Mbit/s take 2.1 s.
            #expect((mode == .cold) == (measured.downtimeMilliseconds > 1900))
            (from, to) = (to, from)
        }
    }
}
