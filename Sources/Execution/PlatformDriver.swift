public import ClusterModel

/// The executor's only way to a virtualisation platform.
///
/// The contract, which every driver's tests must show:
/// - Steps are named by a `StepKey`, given by the executor. The platform side (or the driver, in durable storage)
///   remembers the keys that it has seen at least until the run has ended, also when Drover dies in between.
/// - Every call may be made twice, from two processes, in any order. No call waits for a step to end.
/// - A thrown `DriverError` with code `unreachable` says nothing about whether the call took effect; the executor then
///   asks `status(of:)` before it does anything else about that step. Every other code is a definite no: nothing was
///   done.
/// - All times are the platform's clock. The executor never compares them with its own.
public protocol PlatformDriver: Sendable {
    /// What this platform can do. Idempotent; may be called at any time.
    func capabilities() async throws(DriverError) -> DriverCapabilities

    /// The platform's time. It never goes back.
    func now() async throws(DriverError) -> Timestamp

    /// Where every VM is and what state every host is in now, in one consistent view. Idempotent, read-only.
    ///
    /// A VM on the move stands at its source until the hand-over, and at its destination from then on, also while
    /// post-copy still fetches its memory. A host that is gone is listed as `failed`.
    func inventory() async throws(DriverError) -> PlatformInventory

    /// Starts a step and returns its state; does not wait for its end.
    ///
    /// Idempotent per key: a second call with the same key and the same action starts nothing and answers the step's
    /// present state, ended or not. The same key with another action is refused with `conflict`. A request with a fence
    /// lower than one seen before is refused with `staleFence` by platforms that can compare them. When the host is
    /// gone, the step is refused with `refused` or ends as failed with `hostFailed`; a VM is never left running twice.
    func begin(_ request: StepRequest) async throws(DriverError) -> StepStatus

    /// The step's present state, `unknown` for a key that `begin` never accepted. Idempotent, read-only.
    func status(of key: StepKey) async throws(DriverError) -> StepStatus

    /// Asks to stop a step; returns its state, which may still be active: poll until it ends.
    ///
    /// May be called twice, and for a step that has ended (nothing happens). A migration is cancellable until it hands
    /// over, and leaves the VM running at its source; a post-copy migration that has switched (from `handingOver` on),
    /// and a power step, go on to their end. An unknown key answers `unknown`, and a later `begin` with it is not
    /// prevented.
    func cancel(_ key: StepKey) async throws(DriverError) -> StepStatus

    /// Changes a migration that is under way; returns its state.
    ///
    /// Idempotent: an adjustment that is in force already changes nothing and answers the present state, also when the
    /// migration has gone on because of it. Otherwise `refused` when the step has ended, has not begun to transfer, or
    /// is past the point where the adjustment means something; when `begin` was not told that it may be asked for;
    /// `unsupported` when the platform cannot do it, and for steps that are no migration. An unknown key answers
    /// `unknown`.
    func adjust(_ key: StepKey, _ adjustment: MigrationAdjustment) async throws(DriverError) -> StepStatus

    /// Lets this much platform time pass: a sleep on a real platform, a jump on a virtual one.
    ///
    /// Returns early when the task is cancelled. Works (by the local clock) when the platform cannot be reached.
    func wait(seconds: Double) async
}

/// Names one attempt at one step of one run; unique for ever.
public struct StepKey: Sendable, Hashable, Codable, CustomStringConvertible {
    public let run: String
    public let step: String
    /// 1 for the first attempt. An attempt after it begins only when the one before has ended.
    public let attempt: Int

    public init(run: String, step: String, attempt: Int) {
        self.run = run
        self.step = step
        self.attempt = attempt
    }

    public var description: String { "\(run)/\(step)#\(attempt)" }
}

/// What the executor asks for.
public struct StepRequest: Sendable, Hashable, Codable {
    public let key: StepKey
    /// The fencing token of the lease under which this is asked. Not part of the step's identity.
    public let fence: Int64
    public let action: StepAction

    public init(key: StepKey, fence: Int64, action: StepAction) {
        self.key = key
        self.fence = fence
        self.action = action
    }
}

/// An action that a platform performs. `wait` is the executor's own and never gets here.
public enum StepAction: Sendable, Hashable, Codable {
    case migrate(migration: MigrationRequest)
    /// Ends when the host can take VMs.
    case powerOn(host: String)
    /// Refused unless the host is empty of running and paused VMs and of moves under way.
    case powerOff(host: String)
    /// The host takes no more VMs; those on it stay.
    case enterMaintenance(host: String)
    case exitMaintenance(host: String)
    /// The host, in maintenance and empty, goes down for work; ends when it answers again.
    case maintain(host: String, expectedSeconds: Double)
}

/// What went wrong with a call to the platform.
public struct DriverError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, Codable {
        /// No answer: whether the call took effect is not known.
        case unreachable
        /// The platform will not do this now; `failure` says why.
        case refused
        /// The key was used for another action.
        case conflict
        /// A newer executor has spoken to this platform.
        case staleFence
        /// The platform cannot do this at all.
        case unsupported
        /// The answer or the question could not be understood.
        case invalid
    }

    public let code: Code
    public let message: String
    /// With `refused`: the reason as a value.
    public let failure: StepFailure.Code?

    public init(code: Code, message: String, failure: StepFailure.Code? = nil) {
        self.code = code
        self.message = message
        self.failure = failure
    }

    public var description: String { message }
}
