public import ClusterModel

/// How far the platform is with one attempt at a step.
public enum StepStatus: Sendable, Hashable, Codable {
    /// The platform has never accepted this key.
    case unknown
    case active(phase: StepPhase)
    case succeeded(measurement: Measurement)
    /// Ended without effect: a VM runs on at its source (unless its host died), a host is as it was.
    case failed(failure: StepFailure)
    /// Ended by `cancel`, without effect.
    case cancelled

    /// Whether nothing more will happen.
    public var isEnded: Bool {
        switch self {
        case .unknown, .active: false
        case .succeeded, .failed, .cancelled: true
        }
    }
}

/// Where an active step stands. A migration goes through preparing, reserving, transferring and handing over, and then
/// ends.
public enum StepPhase: Sendable, Hashable, Codable {
    /// Checks at both ends; nothing is reserved.
    case preparing
    /// The destination holds room for the VM.
    case reserving
    case transferring(remainingBytes: Double, bytesPerSecond: Double, round: Int)
    /// The guest is paused, or runs at the destination before its memory is complete (post-copy). Cannot be cancelled.
    case handingOver
    /// A power or maintenance step at work.
    case working(remainingSeconds: Double)

    /// The name that stands in journal and displays.
    public var name: String {
        switch self {
        case .preparing: "preparing"
        case .reserving: "reserving"
        case .transferring: "transferring"
        case .handingOver: "handing over"
        case .working: "working"
        }
    }
}

/// What a step that succeeded took, by the platform's own clock and counters.
public struct Measurement: Sendable, Hashable, Codable {
    public let startedAt: Timestamp
    public let endedAt: Timestamp
    /// 0 for power steps, as are the two below.
    public let downtimeMilliseconds: Double
    public let transferBytes: Double
    public let rounds: Int

    public init(
        startedAt: Timestamp, endedAt: Timestamp, downtimeMilliseconds: Double = 0, transferBytes: Double = 0,
        rounds: Int = 0
    ) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.downtimeMilliseconds = downtimeMilliseconds
        self.transferBytes = transferBytes
        self.rounds = rounds
    }

    public var durationSeconds: Double { endedAt.seconds(since: startedAt) }
}

/// Why an attempt failed.
public struct StepFailure: Error, Sendable, Hashable, Codable {
    public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// The destination lacks room, by the platform's count.
        case noRoom
        /// The VM is not where the request says.
        case wrongSource
        /// The VM is stopped, or unknown to the platform.
        case machineUnavailable
        /// A host is not in the state that the step needs.
        case hostUnavailable
        /// A host to be switched off holds VMs.
        case hostNotEmpty
        /// Another operation holds the VM or the host.
        case busy
        /// The guest writes faster than the link carries.
        case notConverging
        /// The link between the hosts broke.
        case connectionLost
        /// A host died on the way.
        case hostFailed
        /// The executor cancelled it because it took too long.
        case timedOut
        /// It did not end even after it was cancelled; nobody knows what it will still do.
        case stuck
        /// The executor cancelled it because the run was aborted.
        case aborted
        /// The platform forgot it, and its effect is not there.
        case lost
        /// The platform cannot do it.
        case unsupported
        /// Anything else that the platform reports.
        case internalError
    }

    public let code: Code
    public let message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// Whether another attempt may end differently without anybody changing the plan.
    public var isRetryable: Bool {
        switch code {
        case .noRoom, .busy, .connectionLost, .timedOut, .lost, .internalError, .notConverging: true
        case .wrongSource, .machineUnavailable, .hostUnavailable, .hostNotEmpty, .hostFailed, .stuck, .aborted,
            .unsupported:
            false
        }
    }
}
