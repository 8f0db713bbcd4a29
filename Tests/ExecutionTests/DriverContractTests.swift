import ClusterModel
import Dispatch
import DriverTesting
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

    /// `v1` rewrites little, so that it can move slowly and still converge; `busy` never does at 1 Gbit/s.
    private static let cluster: Cluster = {
        var quiet = VirtualMachine.vm("v1", on: "a")
        quiet.dirty = DirtyRate(hotBytes: 1e7, bytesPerSecond: 1e6)
        var busy = VirtualMachine.vm("busy", on: "b")
        busy.dirty = DirtyRate(hotBytes: 1e9, bytesPerSecond: 3e8)
        return .cluster(
            hosts: [.host("a"), .host("b"), .host("c", state: .off), .host("d")],
            vms: [quiet, .vm("v2", on: "a", memory: .gib(40)), .vm("v3", on: "b", memory: .gib(40)), busy])
    }()

    private func with(_ kind: Kind, _ body: (DriverSubject) async throws -> Void) async throws {
        switch kind {
        case .rehearsal:
            let driver = RehearsalDriver(
                cluster: Self.cluster, options: SimulationOptions(variation: 0, memory: .configured))
            try await body(Self.subject(driver) { driver })
        case .socket:
            let server = try ServerThread(cluster: Self.cluster, faults: FaultOptions())
            let path = server.path
            try await body(Self.subject(SimulatedDriver(socketPath: path)) { SimulatedDriver(socketPath: path) })
            try server.stop()
        }
    }

    private static func subject(
        _ driver: any PlatformDriver, reconnected: @escaping @Sendable () async throws -> any PlatformDriver
    ) -> DriverSubject {
        DriverSubject(
            driver: driver, reconnected: reconnected, first: "a", second: "b", quietVM: "v1", slowBitsPerSecond: 1e9,
            busyVM: "busy", busyBitsPerSecond: 1e9, raisedMilliseconds: 10_000, wideBitsPerSecond: 8e9, spareHost: "d")
    }

    @Test(arguments: Kind.allCases, DriverContract.Check.allCases)
    func contract(kind: Kind, check: DriverContract.Check) async throws {
        try await with(kind) { try await DriverContract($0).run(check) }
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

    @Test("the simulated platform refuses more than a real one", arguments: Kind.allCases)
    func refusals(kind: Kind) async throws {
        try await with(kind) { subject in
            let driver = subject.driver
            let cases: [(StepAction, StepFailure.Code)] = [
                (move("v1", "a", "c"), .hostUnavailable), (move("v1", "a", "a"), .wrongSource),
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
            } catch  where error.code == .unreachable {
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
