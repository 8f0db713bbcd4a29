public import ClusterModel

/// How far the platform is with one attempt at a step.
public enum StepStatus: Sendable, Hashable, Codable {
    /// The platform has never accepted this key.
    case unknown
    case active(phase: StepPhase)
    case succeeded(measurement: Measurement)
    /// Ended without effect: a VM runs on at its source (unless its host died, or `machineLost`), a host is as it was.
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

/// Where an active step stands. A migration goes through preparing, reserving, transferring and handing over, in
/// post-copy then through fetching, and ends.
public enum StepPhase: Sendable, Hashable, Codable {
    /// Checks at both ends; nothing is reserved.
    case preparing
    /// The destination holds room for the VM.
    case reserving
    /// The guest runs at its source, or, in a cold move, is stopped there.
    case transferring(progress: TransferProgress)
    /// The guest is paused. Cannot be cancelled.
    case handingOver
    /// Post-copy: the guest runs at its destination and fetches the rest of its memory. Cannot be cancelled.
    case fetching(progress: TransferProgress)
    /// A power or maintenance step at work.
    case working(remainingSeconds: Double)

    /// The name that stands in journal and displays.
    public var name: String {
        switch self {
        case .preparing: "preparing"
        case .reserving: "reserving"
        case .transferring: "transferring"
        case .handingOver: Self.handingOverName
        case .fetching: Self.fetchingName
        case .working: "working"
        }
    }

    static let handingOverName = "handing over"
    static let fetchingName = "fetching"

    /// How far the transfer is, while there is one.
    public var progress: TransferProgress? {
        switch self {
        case .transferring(let progress), .fetching(let progress): progress
        case .preparing, .reserving, .handingOver, .working: nil
        }
    }

    /// Whether `cancel` can still leave the VM at its source.
    public var isCancellable: Bool {
        switch self {
        case .preparing, .reserving, .transferring: true
        case .handingOver, .fetching, .working: false
        }
    }
}

/// What a step that succeeded took, by the platform's own clock and counters.
public struct Measurement: Sendable, Hashable, Codable {
    public let startedAt: Timestamp
    public let endedAt: Timestamp
    /// From the stop of the guest at the source to its first instruction at the destination. 0 for power steps, as are
    /// the two below.
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
        /// The migration has ended, has not begun to transfer, or is past the point where the adjustment means
        /// something.
        case tooLate
        /// The guest writes faster than the link carries.
        case notConverging
        /// The link between the hosts broke.
        case connectionLost
        /// The link broke while post-copy had the guest's memory at both ends: the guest stands still and is lost
        /// unless somebody recovers it.
        case machineLost
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
        case .noRoom, .busy, .connectionLost, .timedOut, .lost, .internalError: true
        case .notConverging, .wrongSource, .machineUnavailable, .hostUnavailable, .hostNotEmpty, .hostFailed,
            .machineLost, .stuck, .aborted, .unsupported, .tooLate:
            false
        }
    }
}
