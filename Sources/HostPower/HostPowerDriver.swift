internal import Clocks
public import ClusterModel
public import Documents
public import Execution
internal import Synchronization

/// The way to the power of a cluster's hosts, each by what its `powerControl` says.
public final class HostPowerDriver: PowerDriver {
    /// How long an operating system has to go down before its power is taken away.
    public static let usualGraceSeconds = 120.0

    private let switches: [String: any PowerSwitch]
    private let graceSeconds: Double
    /// Seconds of a clock that is never set.
    private let clock: @Sendable () -> Double
    private let shutDownSince = Mutex<[String: Double]>([:])

    /// - Parameters:
    ///   - controls: hosts that can be switched, by identifier.
    ///   - accounts: who to be, by the names that `credential` gives.
    ///   - presence: whether a host's hypervisor answers: the only sign of life of a host without a controller.
    /// - Throws: everything that is wrong with the controls, together.
    public convenience init(
        controls: [String: PowerControl], accounts: [PowerAccount], graceSeconds: Double = usualGraceSeconds,
        presence: @escaping @Sendable (String) async -> Bool
    ) throws(PowerSetupError) {
        let known = Dictionary(accounts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var switches: [String: any PowerSwitch] = [:]
        var problems: [String] = []
        for (host, control) in controls.sorted(by: { $0.key < $1.key }) {
            do throws(PowerSetupError) {
                switches[host] = try SwitchCatalog.make(host: host, control, known, presence)
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw PowerSetupError(problems: problems) }
        self.init(switches: switches, graceSeconds: graceSeconds)
    }

    package init(
        switches: [String: any PowerSwitch], graceSeconds: Double,
        clock: @escaping @Sendable () -> Double = MonotonicClock.seconds
    ) {
        self.switches = switches
        self.graceSeconds = graceSeconds
        self.clock = clock
    }

    public var canSwitch: Bool { !switches.isEmpty }

    public func state(of host: String) async throws(DriverError) -> HostPower {
        let state = try await powerSwitch(of: host).state()
        if state == .off { forget(host) }
        return state
    }

    public func switchOn(_ host: String) async throws(DriverError) {
        forget(host)
        try await powerSwitch(of: host).turnOn()
    }

    /// The first call asks the operating system, one after the grace takes the power away, those between do nothing.
    public func switchOff(_ host: String) async throws(DriverError) {
        let control = try powerSwitch(of: host)
        let now = clock()
        let since = shutDownSince.withLock { $0[host] }
        if let since {
            if now - since >= graceSeconds { try await control.cutOff() }
            return
        }
        do throws(DriverError) {
            try await control.shutDown()
            shutDownSince.withLock { $0[host] = now }
        } catch {
            // A controller that cannot ask is one that can only cut: the host is empty by now.
            guard error.code == .unsupported else { throw error }
            try await control.cutOff()
        }
    }

    /// What a host draws by its controller's own reading; `nil` when it has none.
    public func watts(of host: String) async throws(DriverError) -> Double? {
        try await powerSwitch(of: host).watts()
    }

    /// Hosts that can be switched, sorted.
    public var hosts: [String] { switches.keys.sorted() }

    private func forget(_ host: String) { _ = shutDownSince.withLock { $0.removeValue(forKey: host) } }

    private func powerSwitch(of host: String) throws(DriverError) -> any PowerSwitch {
        guard let control = switches[host] else {
            throw DriverError(code: .unsupported, message: "host \(host) has no power control")
        }
        return control
    }
}

/// What is wrong with the way to hosts' power, all of it.
public struct PowerSetupError: Error, CustomStringConvertible {
    public let problems: [String]

    public var description: String { problems.joined(separator: "\n") }
}
