import ClusterModel
import Dispatch
import Execution
import Foundation
import Simulation
import Synchronization
import TestSupport
import Testing

/// The driver's contract, held against the platform in this process and the one behind a socket.
@Suite("The driver's contract")
struct DriverContractTests {
    enum Kind: String, CaseIterable {
        case rehearsal, socket
    }

    /// `v1` rewrites little, so that it can move slowly and still converge.
    private static let cluster: Cluster = {
        var quiet = VirtualMachine.vm("v1", on: "a")
        quiet.dirty = DirtyRate(hotBytes: 1e7, bytesPerSecond: 1e6)
        return .cluster(
            hosts: [.host("a"), .host("b"), .host("c", state: .off)],
            vms: [quiet, .vm("v2", on: "a", memory: .gib(40)), .vm("v3", on: "b", memory: .gib(40))])
    }()

    private func with(_ kind: Kind, _ body: (any PlatformDriver) async throws -> Void) async throws {
        switch kind {
        case .rehearsal:
            try await body(
                RehearsalDriver(
                    cluster: Self.cluster, options: SimulationOptions(variation: 0, memory: .configured)))
        case .socket:
            let server = try ServerThread(cluster: Self.cluster, faults: FaultOptions())
            try await body(SimulatedDriver(socketPath: server.path))
            try server.stop()
        }
    }

    private func move(_ vm: String, _ from: String, _ to: String, bandwidth: Double = 1e9) -> StepAction {
        .migrate(
            migration: MigrationRequest(
                vm: vm, from: from, to: to, mode: .live, bandwidthBitsPerSecond: bandwidth,
                maxDowntimeMilliseconds: 700, guestRestarts: false))
    }

    private func request(_ step: String, _ action: StepAction, attempt: Int = 1, fence: Int64 = 1) -> StepRequest {
        StepRequest(key: StepKey(run: "r", step: step, attempt: attempt), fence: fence, action: action)
    }

    @Test(arguments: Kind.allCases)
    func wholeLife(kind: Kind) async throws {
        try await with(kind) { driver in
            let key = StepKey(run: "r", step: "m1", attempt: 1)
            #expect(try await driver.status(of: key) == .unknown)
            #expect(try await driver.cancel(key) == .unknown)
            let begun = try await driver.begin(request("m1", move("v1", "a", "b", bandwidth: 2e8)))
            #expect(begun == .active(phase: .preparing))
            // Again, the same: nothing is begun. Another action: a conflict.
            #expect(try await driver.begin(request("m1", move("v1", "a", "b", bandwidth: 2e8))).isEnded == false)
            let conflict = await #expect(throws: DriverError.self) {
                try await driver.begin(request("m1", .powerOn(host: "c")))
            }
            #expect(conflict?.code == .conflict)
            var phases: [String] = []
            var status = begun
            for _ in 0..<20_000 where !status.isEnded {
                if case .active(let phase) = status, phases.last != phase.name { phases.append(phase.name) }
                await driver.wait(seconds: 0.03)
                status = try await driver.status(of: key)
            }
            #expect(phases.first == "preparing" && phases.contains("transferring"))
            guard case .succeeded(let measurement) = status else {
                Issue.record("ended as \(status)")
                return
            }
            #expect(measurement.durationSeconds > 30 && measurement.transferBytes > 4e9)
            #expect(try await driver.inventory().vms.first { $0.id == "v1" }?.host == "b")
            // Begun once more after its end: the end is told, nothing happens.
            #expect(try await driver.begin(request("m1", move("v1", "a", "b", bandwidth: 2e8))) == status)
            #expect(try await driver.cancel(key) == status)
        }
    }

    @Test(arguments: Kind.allCases)
    func cancelling(kind: Kind) async throws {
        try await with(kind) { driver in
            _ = try await driver.begin(request("m1", move("v1", "a", "b", bandwidth: 1e7)))
            #expect(try await driver.cancel(StepKey(run: "r", step: "m1", attempt: 1)) == .cancelled)
            #expect(try await driver.inventory().vms.first { $0.id == "v1" }?.host == "a")
            #expect(try await driver.begin(request("m1", move("v1", "a", "b"), attempt: 2)).isEnded == false)
        }
    }

    @Test(arguments: Kind.allCases)
    func refusals(kind: Kind) async throws {
        try await with(kind) { driver in
            let cases: [(StepAction, StepFailure.Code)] = [
                (move("v1", "b", "a"), .wrongSource), (move("v9", "a", "b"), .machineUnavailable),
                (move("v1", "a", "c"), .hostUnavailable), (move("v1", "a", "z"), .hostUnavailable),
                (move("v2", "a", "b"), .noRoom), (.powerOff(host: "a"), .hostNotEmpty),
                (.powerOn(host: "a"), .hostUnavailable), (.exitMaintenance(host: "a"), .hostUnavailable),
                (.maintain(host: "a", expectedSeconds: 1), .hostUnavailable),
                (move("v1", "a", "b", bandwidth: 2e10), .busy),
            ]
            for (number, (action, code)) in cases.enumerated() {
                let error = await #expect(throws: DriverError.self) {
                    try await driver.begin(request("x\(number)", action))
                }
                #expect(error?.code == .refused && error?.failure == code, "\(action)")
            }
            _ = try await driver.begin(request("m1", move("v1", "a", "b", bandwidth: 1e8), fence: 7))
            let moving = await #expect(throws: DriverError.self) {
                try await driver.begin(request("m2", move("v1", "a", "b"), fence: 7))
            }
            #expect(moving?.failure == .busy)
            let stale = await #expect(throws: DriverError.self) {
                try await driver.begin(request("m3", .powerOn(host: "c"), fence: 6))
            }
            #expect(stale?.code == .staleFence)
        }
    }

    @Test("time goes on while nobody is connected, and lost connections are survived")
    func survivesTheClient() async throws {
        var faults = FaultOptions()
        faults.connectionLoss = 0.3
        let server = try ServerThread(cluster: Self.cluster, faults: faults)
        let request = request("m1", move("v1", "a", "b"))
        var losses = 0
        do {
            let first = SimulatedDriver(socketPath: server.path)
            losses += try await retrying { () async throws(DriverError) in _ = try await first.begin(request) }
        }
        try await Task.sleep(for: .milliseconds(1500))
        let second = SimulatedDriver(socketPath: server.path)
        for _ in 0..<20 {
            losses += try await retrying { () async throws(DriverError) in
                guard case .succeeded = try await second.status(of: request.key) else {
                    throw DriverError(code: .invalid, message: "it did not go on")
                }
            }
        }
        #expect(losses > 0)
        try server.stop()
    }

    private func retrying(_ body: () async throws(DriverError) -> Void) async throws -> Int {
        for losses in 0..<50 {
            do throws(DriverError) {
                try await body()
                return losses
            } catch where error.code == .unreachable {
                continue
            } catch {
                throw error
            }
        }
        throw DriverError(code: .unreachable, message: "50 times in a row")
    }

    @Test("garbage on the socket is answered and harms nobody")
    func garbage() async throws {
        let server = try ServerThread(cluster: Self.cluster, faults: FaultOptions())
        let raw = try RawClient(path: server.path)
        for line in ["", "{}", "not json", "{\"id\":1,\"call\":\"explode\"}", "{\"id\":2,\"call\":\"begin\"}"] {
            let answer = try raw.ask(line)
            #expect(answer.contains("\"invalid\""), "\(line): \(answer)")
        }
        raw.close()
        #expect(try await SimulatedDriver(socketPath: server.path).capabilities().canSwitchPower)
        try server.stop()
    }

    @Test("two simulators cannot have one socket, and a file that is none is left alone")
    func socketInUse() async throws {
        let server = try ServerThread(cluster: Self.cluster, faults: FaultOptions())
        let error = #expect(throws: SocketError.self) {
            try SimulatorServer(
                cluster: Self.cluster, options: SimulationOptions(), socketPath: server.path, speed: 1, recordPath: nil)
        }
        #expect(error?.message == "socket \(server.path) is in use by another simulator")
        try server.stop()
        #expect(throws: SocketError.self) {
            try SimulatorServer(
                cluster: Self.cluster, options: SimulationOptions(), socketPath: "/etc/hostname", speed: 1,
                recordPath: nil)
        }
    }
}

/// A simulator on a thread of this process.
private final class ServerThread: Sendable {
    let path: String
    private let isStopping = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)
    private let failure = Mutex<String?>(nil)

    init(cluster: Cluster, faults: FaultOptions) throws {
        path = FileManager.default.temporaryDirectory.path + "/drover-\(UUID().uuidString.prefix(8)).socket"
        let ready = DispatchSemaphore(value: 0)
        let socketPath = path
        Thread.detachNewThread { [self] in
            do {
                let server = try SimulatorServer(
                    cluster: cluster,
                    options: SimulationOptions(seed: 4, variation: 0, memory: .configured, faults: faults),
                    socketPath: socketPath, speed: 60, recordPath: nil)
                ready.signal()
                try server.run { isStopping.load(ordering: .relaxed) }
            } catch {
                failure.withLock { $0 = "\(error)" }
                ready.signal()
            }
            ended.signal()
        }
        ready.wait()
        if let message = failure.withLock({ $0 }) { throw DriverError(code: .invalid, message: message) }
    }

    func stop() throws {
        isStopping.store(true, ordering: .relaxed)
        ended.wait()
        if let message = failure.withLock({ $0 }) { throw DriverError(code: .invalid, message: message) }
    }
}

/// Sends lines as they are.
private final class RawClient {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw DriverError(code: .unreachable, message: "errno \(errno)") }
    }

    func ask(_ line: String) throws -> String {
        let bytes = Array((line + "\n").utf8)
        guard send(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw DriverError(code: .unreachable, message: "errno \(errno)")
        }
        var answer: [UInt8] = []
        while answer.last != UInt8(ascii: "\n") {
            var byte: UInt8 = 0
            guard recv(descriptor, &byte, 1, 0) == 1 else { break }
            answer.append(byte)
        }
        return String(decoding: answer, as: UTF8.self)
    }

    func close() { Foundation.close(descriptor) }
}
