import ClusterModel
import Execution
import Foundation
import Libvirt
import LibvirtDriver
import RigSupport
import Testing

/// A rig with the driver on it.
final class RigPlatform: Sendable {
    let rig: Rig
    let hosts: HypervisorHosts
    let folder: URL
    private let library: LibvirtLibrary

    /// - Parameter isPeerToPeer: whether the source's libvirt manages migrations, or Drover.
    init(prefix: String, hosts count: Int, isPeerToPeer: Bool = true, linkMegabitsPerSecond: Int = 0) throws {
        let rig = try Rig(prefix: prefix, hosts: count, linkMegabitsPerSecond: linkMegabitsPerSecond)
        self.rig = rig
        hosts = HypervisorHosts(
            name: "rig",
            hosts: try rig.hosts.map { id in
                HypervisorHost(
                    id: id, uri: try rig.uri(id),
                    peerURI: isPeerToPeer ? try rig.uri(id, betweenHosts: true) : nil, cpuCores: 4,
                    memoryBytes: 1 << 30)
            })
        folder = FileManager.default.temporaryDirectory.appending(path: "drover-libvirt-\(UUID().uuidString)")
        library = try LibvirtLibrary.load()
    }

    deinit {
        do { try FileManager.default.removeItem(at: folder) } catch { print("\(folder.path): \(error)") }
    }

    /// A driver as a Drover that is started anew has it: with the same memory of what was begun.
    func driver() throws -> LibvirtDriver {
        try LibvirtDriver(
            hosts: hosts, library: library, stateFolder: folder.path,
            wallClock: { Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000)) })
    }

    static func request(
        _ step: String, _ vm: String, from: String, to: String, mode: MigrationMode = .live,
        bitsPerSecond: Double = 4e8, pauseMilliseconds: Double = 300, adjustments: [MigrationAdjustment.Kind] = [],
        attempt: Int = 1
    ) -> StepRequest {
        StepRequest(
            key: StepKey(run: "run", step: step, attempt: attempt), fence: 1,
            action: .migrate(
                migration: MigrationRequest(
                    vm: vm, from: from, to: to, mode: mode, bandwidthBitsPerSecond: bitsPerSecond,
                    maxDowntimeMilliseconds: pauseMilliseconds, guestRestarts: false, adjustments: adjustments)))
    }

    /// Looks until the step has ended; no step of these tests takes longer than `seconds`.
    func end(of key: StepKey, _ driver: LibvirtDriver, seconds: Double = 90) async throws -> StepStatus {
        try await look(at: key, driver, seconds: seconds) { $0.isEnded }
    }

    func transferring(_ key: StepKey, _ driver: LibvirtDriver) async throws {
        _ = try await look(at: key, driver, seconds: 30) { status in
            guard case .active(.transferring(let progress)) = status else { return false }
            return progress.bytesPerSecond > 0
        }
    }

    @discardableResult
    func look(
        at key: StepKey, _ driver: LibvirtDriver, seconds: Double, until isDone: (StepStatus) -> Bool
    ) async throws -> StepStatus {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var last = StepStatus.unknown
        while ContinuousClock.now < deadline {
            do throws(DriverError) {
                last = try await driver.status(of: key)
            } catch {
                guard error.code == .unreachable else { throw error }
            }
            if isDone(last) { return last }
            await driver.wait(seconds: 0.1)
        }
        throw TimedOut(key: key, last: last)
    }

    struct TimedOut: Error, CustomStringConvertible {
        let key: StepKey
        let last: StepStatus
        var description: String { "step \(key) took too long; last seen \(last)" }
    }

    /// The guest runs on that host and on no other, and every page of its memory is right.
    func expectRunning(_ vm: String, on host: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var places: [String] = []
        for id in rig.hosts {
            let lines = try rig.virsh(id, "list", "--all").split(separator: "\n").map { $0.split(separator: " ") }
            for line in lines where line.count >= 3 && line[1] == vm {
                places.append("\(id) \(line[2...].joined(separator: " "))")
            }
        }
        #expect(places == ["\(host) running"], sourceLocation: sourceLocation)
        #expect(throws: Never.self, sourceLocation: sourceLocation) { try rig.checkMemory(of: vm, on: host) }
    }
}
