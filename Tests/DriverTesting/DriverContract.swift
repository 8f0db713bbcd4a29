public import Execution
internal import Testing

/// The contract of `PlatformDriver` as a suite that every driver passes: the same checks for all.
///
/// A driver's tests make a subject and run each check on it:
///
///     @Test(arguments: DriverContract.Check.allCases)
///     func contract(check: DriverContract.Check) async throws {
///         try await DriverContract(subject).run(check)
///     }
///
/// Every check leaves the subject's VMs running, on either of its two hosts, so that a platform that is costly to
/// set up may serve all checks in turn. What the platform says that it cannot do is tried too: it must be refused.
public struct DriverContract: Sendable {
    public enum Check: String, Sendable, CaseIterable {
        /// A migration from its request to its end, looked at all the way.
        case wholeLife
        /// The same key again, during and after the step, also from a second client; another action with it.
        case repetition
        case cancelling
        /// What cannot be done is refused with the right reason, and nothing is changed by it.
        case refusals
        /// A fence older than one seen is refused.
        case fencing
        case pauseLimit, throttle, bandwidth, postCopy
        /// Adjustments of what cannot be adjusted.
        case lateAdjustments
        /// A host goes down and comes back; a step that is no migration.
        case power
    }

    let subject: DriverSubject

    public init(_ subject: DriverSubject) { self.subject = subject }

    public func run(_ check: Check) async throws {
        let contract = try await ContractRun(subject)
        switch check {
        case .wholeLife: try await contract.wholeLife()
        case .repetition: try await contract.repetition()
        case .cancelling: try await contract.cancelling()
        case .refusals: try await contract.refusals()
        case .fencing: try await contract.fencing()
        case .pauseLimit: try await contract.raisedPause()
        case .throttle: try await contract.throttling()
        case .bandwidth: try await contract.widened()
        case .postCopy: try await contract.postCopy()
        case .lateAdjustments: try await contract.lateAdjustments()
        case .power: try await contract.power()
        }
        try await contract.everyMachineRunsOnce()
    }
}

/// A platform under test, and what on it may be used.
public struct DriverSubject: Sendable {
    public var driver: any PlatformDriver
    /// Another connection to the same platform, as a Drover that was started anew makes it.
    public var reconnected: @Sendable () async throws -> any PlatformDriver
    /// Two hosts that are on and reach each other.
    public var first: String
    public var second: String
    /// A VM on one of the two that rewrites little, and the bandwidth at which it takes at least 20 looks to move.
    public var quietVM: String
    public var slowBitsPerSecond: Double
    /// A VM on one of the two that never converges at `busyBitsPerSecond` and the limit of 300 ms, does with a pause of
    /// `raisedMilliseconds`, and does at `wideBitsPerSecond`.
    public var busyVM: String
    public var busyBitsPerSecond: Double
    public var raisedMilliseconds: Double
    public var wideBitsPerSecond: Double
    /// An empty host that may be switched off and on; `nil`: none.
    public var spareHost: String?
    /// Platform seconds between two looks.
    public var lookSeconds: Double
    /// Looks after which something that must end is taken not to.
    public var mostLooks: Int

    public init(
        driver: any PlatformDriver, reconnected: @escaping @Sendable () async throws -> any PlatformDriver,
        first: String, second: String, quietVM: String, slowBitsPerSecond: Double, busyVM: String,
        busyBitsPerSecond: Double, raisedMilliseconds: Double, wideBitsPerSecond: Double, spareHost: String? = nil,
        lookSeconds: Double = 0.1, mostLooks: Int = 3000
    ) {
        self.driver = driver
        self.reconnected = reconnected
        self.first = first
        self.second = second
        self.quietVM = quietVM
        self.slowBitsPerSecond = slowBitsPerSecond
        self.busyVM = busyVM
        self.busyBitsPerSecond = busyBitsPerSecond
        self.raisedMilliseconds = raisedMilliseconds
        self.wideBitsPerSecond = wideBitsPerSecond
        self.spareHost = spareHost
        self.lookSeconds = lookSeconds
        self.mostLooks = mostLooks
    }
}
