import ClusterModel
import DriverTesting
import Execution
import LibvirtDriver
import RigSupport
import Testing

/// The contract that every driver keeps, on real hypervisors.
@Suite(.serialized, .enabled(if: RigAvailability.isReady, RigAvailability.comment))
struct RigContractTests {
    /// One rig for all checks, since it takes longer to set up than most of them.
    @Test func contract() async throws {
        // The link has a speed: what is left after the stop is sent as fast as the link goes, whatever the limit was.
        let platform = try RigPlatform(prefix: "contract", hosts: 2, linkMegabitsPerSecond: 400)
        let quiet = RigGuest("quiet", load: RigLoad(coldMiB: 16, hotMiB: 8, dirtyMiBPerSecond: 2))
        let busy = RigGuest("busy", load: RigLoad(coldMiB: 8, hotMiB: 32, dirtyMiBPerSecond: 30))
        try platform.rig.start([quiet, busy], on: "h1")
        let subject = DriverSubject(
            driver: try platform.driver(), reconnected: { try platform.driver() }, first: "h1", second: "h2",
            quietVM: "quiet", slowBitsPerSecond: 1.2e8, busyVM: "busy", busyBitsPerSecond: 1.6e8,
            raisedMilliseconds: 5000, wideBitsPerSecond: 3.8e8)
        for check in DriverContract.Check.allCases {
            let began = ContinuousClock.now
            try await DriverContract(subject).run(check)
            print("contract: \(check) in \(ContinuousClock.now - began)")
            for guest in ["quiet", "busy"] {
                let inventory = try await subject.driver.inventory()
                let host = try #require(inventory.vms.first { $0.id == guest }?.host)
                try platform.expectRunning(guest, on: host)
            }
        }
    }
}
