public import ClusterModel

/// Predicts how long a VM takes to move over a path, how long it pauses, and which way is the best that is allowed.
///
/// Every byte of configured memory is taken to hold content: a guest that has run for long has touched most of it, and
/// a move that ends early harms nobody.
public struct MigrationModel: Sendable {
    /// Measured over predicted total time: the 23rd of the 24 plain migrations that ended in the 29 measured runs, so
    /// about 95 of 100 are within it.
    public static let spreadFactor = 1.32

    private let policy: Policy

    public init(policy: Policy) {
        self.policy = policy
    }

    /// The best allowed way for this VM over a path of this bandwidth, or why there is none.
    ///
    /// Modes are tried in the order of the policy; the first that ends within the allowed pause is taken.
    public func choice(for vm: VirtualMachine, bandwidthBitsPerSecond: Double) -> MigrationChoice {
        if let refusal = refusal(of: vm, bandwidthBitsPerSecond: bandwidthBitsPerSecond) { return refusal }
        let situation = Situation(vm: vm, policy: policy, bandwidthBitsPerSecond: bandwidthBitsPerSecond)
        guard vm.migration == .live else { return coldChoice(situation) }
        var failures: [Failure] = []
        for mode in MigrationMode.allCases.sorted(by: { rank($0) < rank($1) })
        where mode != .cold && policy.modes.contains(mode) {
            switch attempt(mode, situation) {
            case .success(let outcome):
                return .migrate(prediction: prediction(mode, outcome, situation, after: failures))
            case .failure(let failure): failures.append(failure)
            }
        }
        guard let first = failures.first else {
            let listed = policy.modes.map(\.rawValue).joined(separator: ", ")
            return .refused(
                constraint: "migratability",
                detail: "it must keep running, and the policy's modes (\(listed)) hold none of live, postCopy, staged")
        }
        return .refused(
            constraint: first.constraint, detail: failures.map(\.detail).joined(separator: "; "))
    }

    private func rank(_ mode: MigrationMode) -> Int { policy.modes.firstIndex(of: mode) ?? policy.modes.count }

    private func refusal(of vm: VirtualMachine, bandwidthBitsPerSecond: Double) -> MigrationChoice? {
        if vm.migration == .none {
            return .refused(
                constraint: "migratability", detail: "it cannot move: \(vm.migrationReason ?? "no reason is given")")
        }
        if vm.state == .stopped {
            return .refused(constraint: "migratability", detail: "a stopped VM is not moved")
        }
        guard bandwidthBitsPerSecond > 0, bandwidthBitsPerSecond.isFinite else {
            return .refused(constraint: "bandwidth", detail: "there is no bandwidth between the two hosts")
        }
        return nil
    }

    // MARK: - Cold

    private func coldChoice(_ situation: Situation) -> MigrationChoice {
        let copy = MigrationLoop.cold(situation.parameters(limitSeconds: 0))
        var outcome = situation.addingDisk(to: copy)
        outcome.pauseSeconds += situation.diskSeconds + situation.handOverSeconds
        let pause = outcome.pauseSeconds * 1000
        if let limit = situation.vm.maxDowntimeMilliseconds, pause > limit {
            let detail =
                "it only moves stopped, which takes \(Quantity.milliseconds(pause)) at \(situation.bandwidthText), "
                + "and its limit is \(Quantity.milliseconds(limit))"
            return .refused(constraint: "downtime", detail: detail)
        }
        return .migrate(prediction: prediction(.cold, outcome, situation, after: []))
    }

    // MARK: - While the guest runs

    private struct Failure: Error {
        var constraint: String
        var detail: String
    }

    private func attempt(_ mode: MigrationMode, _ situation: Situation) -> Result<CopyOutcome, Failure> {
        let limit = situation.limitSeconds
        let told = limit * (1 - tellableShare(mode)) - situation.handOverSeconds
        guard told > 0 || (mode == .postCopy && limit >= situation.handOverSeconds) else {
            return .failure(Failure(constraint: "downtime", detail: noRoomDetail(mode, situation)))
        }
        let parameters = situation.parameters(limitSeconds: told)
        let copy: CopyOutcome
        switch mode {
        case .live: copy = MigrationLoop.preCopy(parameters)
        case .staged: copy = MigrationLoop.staged(parameters)
        case .postCopy, .cold: copy = MigrationLoop.postCopy(parameters)
        }
        guard copy.ends else {
            return .failure(Failure(constraint: "convergence", detail: noEndDetail(mode, parameters, situation)))
        }
        var outcome = situation.addingDisk(to: copy)
        outcome.pauseSeconds += situation.handOverSeconds
        guard outcome.pauseSeconds <= limit else {
            return .failure(Failure(constraint: "downtime", detail: noRoomDetail(mode, situation)))
        }
        return .success(outcome)
    }

    /// Which share of the allowed pause is kept back. A staged stop is Drover's own: what is left is at most the hot
    /// set, so only the link's rate is uncertain, and half the margin is enough.
    private func tellableShare(_ mode: MigrationMode) -> Double {
        mode == .staged ? policy.migration.downtimeMargin / 2 : policy.migration.downtimeMargin
    }

    private func noRoomDetail(_ mode: MigrationMode, _ situation: Situation) -> String {
        "\(mode.rawValue): the allowed pause of \(Quantity.milliseconds(situation.limitSeconds * 1000)) leaves nothing "
            + "for the copy at \(situation.bandwidthText) after a hand-over of "
            + Quantity.milliseconds(situation.handOverSeconds * 1000) + " and the margin"
    }

    private func noEndDetail(_ mode: MigrationMode, _ parameters: CopyParameters, _ situation: Situation) -> String {
        let room = Quantity.bytes(parameters.limitSeconds * parameters.bytesPerSecond)
        let rewritten =
            "hot set \(Quantity.bytes(parameters.hotBytes)) is rewritten at "
            + Quantity.bytesPerSecond(parameters.dirtyBytesPerSecond) + (situation.isAssumed ? " (assumed)" : "")
        return "\(mode.rawValue) does not converge at \(situation.bandwidthText): \(rewritten), and the allowed pause "
            + "of \(Quantity.milliseconds(situation.limitSeconds * 1000)) leaves room for \(room)"
    }

    // MARK: - The answer

    private func prediction(
        _ mode: MigrationMode, _ outcome: CopyOutcome, _ situation: Situation, after failures: [Failure]
    ) -> MigrationPrediction {
        let duration = outcome.durationSeconds + situation.handOverSeconds
        return MigrationPrediction(
            mode: mode, durationSeconds: duration, durationP95Seconds: duration * Self.spreadFactor,
            downtimeMilliseconds: outcome.pauseSeconds * 1000, transferBytes: outcome.transferBytes,
            rounds: outcome.rounds, reason: reason(mode, outcome, situation, after: failures))
    }

    private func reason(
        _ mode: MigrationMode, _ outcome: CopyOutcome, _ situation: Situation, after failures: [Failure]
    ) -> String {
        var parts: [String] = []
        switch mode {
        case .live: parts.append("live: converges in \(outcome.rounds) round\(outcome.rounds == 1 ? "" : "s")")
        case .postCopy:
            parts.append("postCopy: \(Quantity.bytes(outcome.remainingBytes)) are fetched after the switch")
        case .staged:
            parts.append(
                "staged: stopped after pass \(outcome.rounds) with \(Quantity.bytes(outcome.remainingBytes)) left")
        case .cold: parts.append("cold: the guest is stopped for the copy")
        }
        if situation.vm.localDiskBytes > 0 {
            parts.append("local disk of \(Quantity.bytes(Double(situation.vm.localDiskBytes))) is copied along")
        }
        if situation.isAssumed && mode != .cold { parts.append(situation.assumptionText) }
        parts += failures.map(\.detail)
        return parts.joined(separator: "; ")
    }
}
