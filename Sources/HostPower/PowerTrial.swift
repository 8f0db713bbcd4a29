public import Execution

/// Switches a host off and on again, to know before the night that it comes back, and how long it takes.
public struct PowerTrial: Sendable {
    /// How long each part may take before the trial ends without it.
    public static let patienceSeconds = 1800.0
    private static let lookSeconds = 1.0

    /// What it took.
    public struct Result: Sendable, Hashable {
        public let shutdownSeconds: Double
        /// From the switch until the host's hypervisor answered.
        public let bootSeconds: Double

        public init(shutdownSeconds: Double, bootSeconds: Double) {
            self.shutdownSeconds = shutdownSeconds
            self.bootSeconds = bootSeconds
        }
    }

    private let power: any PowerDriver
    private let isReady: @Sendable (String) async -> Bool
    private let clock: @Sendable () -> Double
    private let wait: @Sendable (Double) async -> Void

    /// - Parameters:
    ///   - isReady: whether the host's hypervisor answers.
    ///   - clock: seconds of a clock that is never set.
    public init(
        power: any PowerDriver, isReady: @escaping @Sendable (String) async -> Bool,
        clock: @escaping @Sendable () -> Double, wait: @escaping @Sendable (Double) async -> Void
    ) {
        self.power = power
        self.isReady = isReady
        self.clock = clock
        self.wait = wait
    }

    /// Runs the trial. Whoever calls it has made sure that the host is empty and takes no VMs.
    ///
    /// - Parameter report: told, in words, how far it is.
    /// - Throws: `refused` with `timedOut` when the host did not go down or did not come back; it is then left as it is.
    public func run(_ host: String, report: @Sendable (String) -> Void) async throws(DriverError) -> Result {
        report("\(host): switching it off")
        let down = try await seconds(host, "go down") { () async throws(DriverError) in
            if try await power.state(of: host) == .off { return true }
            try await power.switchOff(host)
            return false
        }
        report("\(host): off; switching it on")
        let up = try await seconds(host, "come back") { () async throws(DriverError) in
            guard try await power.state(of: host) == .on else {
                try await power.switchOn(host)
                return false
            }
            return await isReady(host)
        }
        return Result(shutdownSeconds: down, bootSeconds: up)
    }

    private func seconds(
        _ host: String, _ what: String, until isDone: () async throws(DriverError) -> Bool
    ) async throws(DriverError) -> Double {
        let start = clock()
        while true {
            do throws(DriverError) {
                if try await isDone() { return clock() - start }
            } catch {
                // A controller that does not answer now may do so in a moment.
                guard error.code == .unreachable, clock() - start < Self.patienceSeconds else { throw error }
            }
            guard clock() - start < Self.patienceSeconds else {
                throw DriverError(
                    code: .refused, message: "host \(host) did not \(what) within \(Int(Self.patienceSeconds)) s",
                    failure: .timedOut)
            }
            await wait(Self.lookSeconds)
        }
    }
}
