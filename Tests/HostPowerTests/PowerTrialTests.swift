import Execution
import HostPower
import Synchronization
import Testing

/// A host that takes its time, and a clock that runs only while somebody waits.
private final class SlowHost: PowerDriver {
    private let times = Mutex((now: 0.0, downAt: Double.infinity, upAt: Double.infinity))
    let downSeconds: Double
    let upSeconds: Double

    init(downSeconds: Double, upSeconds: Double) {
        self.downSeconds = downSeconds
        self.upSeconds = upSeconds
    }

    var canSwitch: Bool { true }
    var now: Double { times.withLock { $0.now } }
    /// Its hypervisor answers.
    var isReady: Bool { times.withLock { $0.now >= $0.upAt } }

    func wait(_ seconds: Double) { times.withLock { $0.now += seconds } }

    func state(of host: String) async throws(DriverError) -> HostPower {
        times.withLock { $0.now >= $0.downAt && $0.upAt == .infinity ? .off : .on }
    }

    func switchOn(_ host: String) async throws(DriverError) { times.withLock { $0.upAt = $0.now + upSeconds } }

    func switchOff(_ host: String) async throws(DriverError) {
        times.withLock { if $0.downAt == .infinity { $0.downAt = $0.now + downSeconds } }
    }
}

@Suite struct PowerTrialTests {
    @Test func aHostThatComesBack() async throws {
        let host = SlowHost(downSeconds: 40, upSeconds: 95)
        let result = try await trial(host).run("h1") { _ in }
        #expect(result == PowerTrial.Result(shutdownSeconds: 40, bootSeconds: 95))
    }

    @Test func aHostThatStaysAway() async throws {
        let host = SlowHost(downSeconds: 40, upSeconds: 1e6)
        let error = await #expect(throws: DriverError.self) { try await trial(host).run("h1") { _ in } }
        #expect(error?.message == "host h1 did not come back within 1800 s")
        #expect(error?.failure == .timedOut)
    }

    @Test func aHostThatDoesNotGoDown() async throws {
        let host = SlowHost(downSeconds: 1e6, upSeconds: 1)
        let error = await #expect(throws: DriverError.self) { try await trial(host).run("h1") { _ in } }
        #expect(error?.message == "host h1 did not go down within 1800 s")
    }

    private func trial(_ host: SlowHost) -> PowerTrial {
        PowerTrial(power: host, isReady: { _ in host.isReady }, clock: { host.now }, wait: { host.wait($0) })
    }
}
