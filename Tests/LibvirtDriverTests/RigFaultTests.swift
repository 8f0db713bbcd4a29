import ClusterModel
import Execution
import Foundation
import LibvirtDriver
import RigSupport
import Testing

/// What goes wrong during a move, on real hypervisors. After each case the VM runs exactly once, its memory is right,
/// and the message says what happened and where the VM is.
@Suite(.serialized, .enabled(if: RigAvailability.isReady, RigAvailability.comment))
struct RigFaultTests {
    /// Slow enough that a fault hits the transfer: it takes about eight seconds.
    private static let slow = 1.2e8

    private func platform(_ prefix: String, isPeerToPeer: Bool = true) throws -> RigPlatform {
        let platform = try RigPlatform(prefix: prefix, hosts: 3, isPeerToPeer: isPeerToPeer, linkMegabitsPerSecond: 400)
        let load = RigLoad(coldMiB: 16, hotMiB: 8, dirtyMiBPerSecond: 2)
        try platform.rig.start([RigGuest("g1", load: load)], on: "h1")
        return platform
    }

    private func begin(
        _ step: String, _ platform: RigPlatform, _ driver: LibvirtDriver, mode: MigrationMode = .live
    ) async throws -> StepKey {
        let request = RigPlatform.request(step, "g1", from: "h1", to: "h2", mode: mode, bitsPerSecond: Self.slow)
        _ = try await driver.begin(request)
        try await platform.transferring(request.key, driver)
        return request.key
    }

    private func failure(
        of key: StepKey, _ platform: RigPlatform, _ driver: LibvirtDriver,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> StepFailure? {
        let end = try await platform.end(of: key, driver)
        print("\(key.step): \(end)")
        guard case .failed(let failure) = end else {
            Issue.record("\(key): \(end)", sourceLocation: sourceLocation)
            return nil
        }
        return failure
    }

    private func killQEMU(of vm: String, on host: String, _ platform: RigPlatform) throws {
        let file = "/var/lib/drover-rig/\(platform.rig.prefix)/\(host)/run/qemu/\(vm).pid"
        let text = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(kill(try #require(Int32(text)), SIGKILL) == 0)
    }

    @Test func faultsThatLeaveTheGuestAtItsSource() async throws {
        let platform = try platform("faults")
        let driver = try platform.driver()

        var key = try await begin("destination's QEMU killed", platform, driver)
        try killQEMU(of: "g1", on: "h2", platform)
        var found = try await failure(of: key, platform, driver)
        #expect(found?.message.hasSuffix("VM g1 runs on at h1") == true)
        try platform.expectRunning("g1", on: "h1")

        key = try await begin("link cut", platform, driver)
        try platform.rig.cutLink(of: "h2")
        found = try await failure(of: key, platform, driver)
        #expect(found?.code == .connectionLost)
        #expect(found?.message.hasSuffix("VM g1 runs on at h1") == true)
        try platform.rig.mendLink(of: "h2")
        try platform.expectRunning("g1", on: "h1")

        key = try await begin("source's libvirtd killed", platform, driver)
        try platform.rig.run("libvirtd", "h1", "kill")
        try platform.rig.run("libvirtd", "h1", "start")
        found = try await failure(of: key, platform, driver)
        #expect(found?.code == .connectionLost)
        #expect(found?.message.hasSuffix("VM g1 runs on at h1") == true)
        try platform.expectRunning("g1", on: "h1")

        key = try await begin("stopped by somebody else", platform, driver)
        try platform.rig.virsh("h1", "domjobabort", "g1")
        found = try await failure(of: key, platform, driver)
        #expect(found?.message == "somebody else stopped the migration; VM g1 runs on at h1")
        try platform.expectRunning("g1", on: "h1")
    }

    @Test func whatOthersDoBehindDroversBack() async throws {
        let platform = try platform("behind")
        let driver = try platform.driver()

        // Moved before: refused, with the place.
        try platform.rig.virsh(
            "h1", "migrate", "--live", "--persistent", "--undefinesource", "g1", platform.rig.uri("h3"))
        let request = RigPlatform.request("moved", "g1", from: "h1", to: "h2")
        let moved = await #expect(throws: DriverError.self) { try await driver.begin(request) }
        #expect(moved?.failure == .wrongSource && moved?.message == "VM g1 is on h3, not on h1")
        try platform.rig.virsh(
            "h3", "migrate", "--live", "--persistent", "--undefinesource", "g1", platform.rig.uri("h1"))

        // The destination filled up: 1 GiB in the hosts file.
        let fillers = (1...7).map { RigGuest("f\($0)", memoryMiB: 144) }
        try platform.rig.start(fillers, on: "h2")
        let full = await #expect(throws: DriverError.self) { try await driver.begin(request) }
        #expect(full?.failure == .noRoom && full?.message.contains("h2 lacks memory for VM g1") == true)
        for filler in fillers { try platform.rig.virsh("h2", "destroy", filler.name) }
        try platform.expectRunning("g1", on: "h1")

        // Shut down meanwhile: nowhere, and Drover does not bring it back.
        let key = try await begin("shut down", platform, driver)
        try platform.rig.virsh("h1", "destroy", "g1")
        let found = try await failure(of: key, platform, driver)
        #expect(found?.code == .machineUnavailable)
        #expect(try platform.rig.runningGuests(on: "h1").isEmpty && platform.rig.runningGuests(on: "h2").isEmpty)
    }

    /// kill -9 of the process that moves the VM, in every phase; another one then says the truth, and both ends agree.
    @Test(arguments: [true, false]) func droverKilled(isPeerToPeer: Bool) async throws {
        let platform = try platform(isPeerToPeer ? "killp" : "killd", isPeerToPeer: isPeerToPeer)
        var place = "h1"
        let cases: [(phase: String, mode: MigrationMode)] = [
            ("preparing", .live), ("transferring", .live), ("handing over", .live), ("transferring", .staged),
            ("transferring", .cold), ("transferring", .postCopy), ("fetching", .postCopy),
        ]
        for (number, kill) in cases.enumerated() {
            let other = place == "h1" ? "h2" : "h1"
            let step = "\(number)"
            let isKilled = try await harness(
                platform, step: step, from: place, to: other, mode: kill.mode, killAt: kill.phase)
            let driver = try platform.driver()
            let end = try await platform.end(of: StepKey(run: "run", step: step, attempt: 1), driver)
            print("killed (\(isKilled)) \(kill.mode) \(kill.phase), peer to peer \(isPeerToPeer): \(end)")
            switch end {
            case .succeeded: place = other
            case .failed(let failure):
                #expect(failure.code == .lost && failure.message.contains("VM g1 runs on at \(place)"))
            case .unknown, .active, .cancelled: Issue.record("\(kill): \(end)")
            }
            try platform.expectRunning("g1", on: place)
        }
    }

    /// Runs the harness and kills it as soon as it names the phase. `false`: it had ended before.
    private func harness(
        _ platform: RigPlatform, step: String, from: String, to: String, mode: MigrationMode, killAt phase: String
    ) async throws -> Bool {
        let process = Process()
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(filePath: tests).deletingLastPathComponent().appending(path: "libvirt-harness")
        process.arguments =
            [platform.folder.path, step, "g1", from, to, mode.rawValue, "\(Self.slow)"]
            + platform.hosts.hosts.map { host in
                "\(host.id)=\(host.uri)" + (host.peerURI.map { ",\($0)" } ?? "")
            }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        var text = ""
        while !text.contains("\(phase)\n") {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            text += String(decoding: data, as: UTF8.self)
        }
        let isRunning = process.isRunning
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return isRunning
    }
}
