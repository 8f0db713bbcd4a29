public import ClusterModel
internal import FoundationEssentials

/// Everything that can happen to a run. Stored as text by `text`; new cases may be added, none is ever changed.
public enum JournalEvent: Sendable, Hashable, Codable {
    case runStarted(plan: String, steps: Int, startedBy: String)
    /// Another process took the run over.
    case runResumed(startedBy: String)
    /// The executor is about to call `begin`; the call may or may not have been made.
    case stepIntended(step: String, attempt: Int)
    /// The platform has accepted the step.
    case stepBegun(step: String, attempt: Int)
    /// The platform did not know an intended attempt: the call was never made. It will be made again with the same key.
    case stepNotBegun(step: String, attempt: Int)
    /// The name of the phase that an active step has reached.
    case stepPhase(step: String, attempt: Int, phase: String)
    /// The executor is about to call `cancel`.
    case cancelIntended(step: String, attempt: Int, reason: StepFailure.Code)
    /// The executor is about to adjust a migration that falls behind; the call may or may not have been made.
    case rungIntended(
        step: String, attempt: Int, rung: ExecutionPolicy.Rung, adjustment: MigrationAdjustment, reason: LadderReason)
    /// The platform has made the adjustment, or says why not.
    case rungAnswered(step: String, attempt: Int, rung: ExecutionPolicy.Rung, refusal: String?)
    /// An attempt has ended. `retryAt`: when it may be tried again; `nil`: this is the step's end.
    case stepEnded(step: String, attempt: Int, outcome: StepOutcome, retryAt: Timestamp?, record: MigrationRecord?)
    /// Ended without an attempt: its effect was there already.
    case stepAlreadyDone(step: String)
    case stepSkipped(step: String, reason: SkipReason)
    /// A control request was taken up.
    case controlled(command: ControlCommand, request: Int64, by: String)
    /// Nothing new is begun from here on.
    case stopping(reason: StopReason)
    case runEnded(outcome: RunOutcome)

    /// JSON with sorted keys.
    public func text() throws(JournalError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            throw JournalError(code: .storage, message: "journal event cannot be written: \(error)")
        }
    }

    /// Reads what `text` wrote.
    public init(text: String) throws(JournalError) {
        do {
            self = try JSONDecoder().decode(JournalEvent.self, from: Data(text.utf8))
        } catch {
            throw JournalError(code: .corrupt, message: "journal event cannot be read: \(text): \(error)")
        }
    }
}

/// How an attempt ended.
public enum StepOutcome: Sendable, Hashable, Codable {
    case succeeded(measurement: Measurement)
    case failed(failure: StepFailure)
}

/// Why nothing new is begun.
public enum StopReason: Sendable, Hashable, Codable {
    case failureBudget(failures: Int, budget: Int)
    case aborted(by: String)
    /// What remains is to be planned anew.
    case basisLost(reason: BasisLoss)
}

/// Why a plan's basis no longer holds.
public enum BasisLoss: Sendable, Hashable, Codable {
    /// So many steps were skipped because the cluster is no longer as the plan assumed.
    case skips(count: Int)
    /// A host that was there when the plan was made has failed.
    case hostFailed(host: String)

    /// One sentence without a full stop.
    public var text: String {
        switch self {
        case .skips(let count): "\(count) step\(count == 1 ? " was" : "s were") skipped because the cluster has changed"
        case .hostFailed(let host): "host \(host) has failed"
        }
    }
}

/// How a run ended.
public enum RunOutcome: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every step was done.
    case completed
    /// Some steps failed or were skipped; all others were done.
    case partial
    /// The failure budget was used up.
    case stopped
    case aborted
    /// The plan's basis no longer held, and the policy asks for a new plan.
    case outdated
}

/// A migration's prediction beside what came of it, for the history from which the model learns.
public struct MigrationRecord: Sendable, Hashable, Codable {
    /// What was predicted or measured.
    public struct Figures: Sendable, Hashable, Codable {
        public let durationSeconds: Double
        public let downtimeMilliseconds: Double
        public let transferBytes: Double
        public let rounds: Int

        public init(durationSeconds: Double, downtimeMilliseconds: Double, transferBytes: Double, rounds: Int) {
            self.durationSeconds = durationSeconds
            self.downtimeMilliseconds = downtimeMilliseconds
            self.transferBytes = transferBytes
            self.rounds = rounds
        }
    }

    /// By what the plan had multiplied the model's own figures, because the cluster had measured other ones.
    public struct Correction: Sendable, Hashable, Codable {
        public let durationFactor: Double
        public let downtimeFactor: Double

        public init(durationFactor: Double, downtimeFactor: Double) {
            self.durationFactor = durationFactor
            self.downtimeFactor = downtimeFactor
        }

        /// What a plan's step says of it in its extensions; `nil` when nothing was corrected.
        package init?(_ step: PlanStep) {
            guard case .object(let fields)? = step.extensions["correction"],
                let duration = fields["durationFactor"]?.numericValue,
                let downtime = fields["downtimeFactor"]?.numericValue,
                duration > 0, duration.isFinite, downtime > 0, downtime.isFinite
            else { return nil }
            self.init(durationFactor: duration, downtimeFactor: downtime)
        }
    }

    /// Unique: the history holds one record per attempt.
    public let key: StepKey
    public let cluster: String
    public let vm: String
    public let from: String
    public let to: String
    public let mode: MigrationMode
    public let bandwidthBitsPerSecond: Double
    public let endedAt: Timestamp
    public let predicted: Figures
    /// Is part of `predicted`; `nil` when nothing was corrected.
    public let correction: Correction?
    /// `nil` when it failed.
    public let measured: Figures?
    /// `nil` when it succeeded.
    public let failure: StepFailure.Code?
    /// The pause that the VM allows; `nil` for cold moves.
    public let maxDowntimeMilliseconds: Double?

    public init(
        key: StepKey, cluster: String, vm: String, from: String, to: String, mode: MigrationMode,
        bandwidthBitsPerSecond: Double, endedAt: Timestamp, predicted: Figures,
        correction: Correction? = nil, measured: Figures?, failure: StepFailure.Code?, maxDowntimeMilliseconds: Double?
    ) {
        self.key = key
        self.cluster = cluster
        self.vm = vm
        self.from = from
        self.to = to
        self.mode = mode
        self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
        self.endedAt = endedAt
        self.predicted = predicted
        self.correction = correction
        self.measured = measured
        self.failure = failure
        self.maxDowntimeMilliseconds = maxDowntimeMilliseconds
    }
}
