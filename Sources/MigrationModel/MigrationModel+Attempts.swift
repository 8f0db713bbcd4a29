import ClusterModel

// One mode after the other: whether it ends, within the allowed pause and what else the policy allows.
extension MigrationModel {
    struct Failure: Error {
        var constraint: String
        var detail: String
    }

    // MARK: - Cold

    func coldChoice(_ situation: Situation) -> MigrationChoice {
        guard capabilities.modes.contains(.cold) else {
            return .refused(
                constraint: "migratability", detail: "it only moves stopped, which the platform cannot do")
        }
        let copy = MigrationLoop.cold(situation.parameters(limitSeconds: 0))
        var outcome = situation.addingDisk(to: copy)
        outcome.pauseSeconds += situation.diskSeconds + situation.handOverSeconds
        let pause = outcome.pauseSeconds * 1000 * correction[.cold].factors.downtime
        if let limit = situation.vm.maxDowntimeMilliseconds, pause > limit {
            let detail =
                "it only moves stopped, which takes \(Quantity.milliseconds(pause)) at \(situation.bandwidthText), "
                + "and its limit is \(Quantity.milliseconds(limit))"
            return .refused(constraint: "downtime", detail: detail)
        }
        return .migrate(prediction: prediction(.cold, outcome, situation, throttle: nil, after: []))
    }

    // MARK: - While the guest runs

    func attempt(
        _ mode: MigrationMode, throttle: Throttle?, _ situation: Situation
    ) -> Result<CopyOutcome, Failure> {
        let limit = situation.limitSeconds
        let told = limit * (1 - tellableShare(mode)) - situation.handOverSeconds
        guard told > 0 || (mode == .postCopy && limit >= situation.handOverSeconds) else {
            return .failure(Failure(constraint: "downtime", detail: noRoomDetail(mode, situation)))
        }
        let parameters = situation.parameters(limitSeconds: told, throttle: throttle)
        let copy = Self.copy(mode, parameters)
        guard copy.ends else {
            return .failure(
                Failure(constraint: "convergence", detail: noEndDetail(mode, parameters, copy, situation)))
        }
        var outcome = situation.addingDisk(to: copy)
        outcome.pauseSeconds += situation.handOverSeconds
        guard outcome.pauseSeconds <= limit else {
            return .failure(Failure(constraint: "downtime", detail: noRoomDetail(mode, situation)))
        }
        let factors = correction[mode].factors
        guard outcome.pauseSeconds * factors.downtime <= limit else {
            return .failure(Failure(constraint: "downtime", detail: longPausesDetail(mode, outcome, situation)))
        }
        if let failure = excess(of: mode, outcome, factors: factors) { return .failure(failure) }
        return .success(outcome)
    }

    private static func copy(_ mode: MigrationMode, _ parameters: CopyParameters) -> CopyOutcome {
        switch mode {
        case .live: MigrationLoop.preCopy(parameters)
        case .staged: MigrationLoop.staged(parameters)
        case .postCopy: MigrationLoop.postCopy(parameters)
        case .cold: MigrationLoop.cold(parameters)
        }
    }

    /// Which share of the allowed pause is kept back. A staged stop is Drover's own: what is left is at most the hot
    /// set, so only the link's rate is uncertain, and half the margin is enough.
    private func tellableShare(_ mode: MigrationMode) -> Double {
        mode == .staged ? policy.migration.downtimeMargin / 2 : policy.migration.downtimeMargin
    }

    /// Why a way that ends is still none: the guest would be slowed by more, or for longer, than the policy allows.
    private func excess(
        of mode: MigrationMode, _ outcome: CopyOutcome, factors: MigrationCorrection.Factors
    ) -> Failure? {
        let allowed = policy.migration
        if outcome.throttlePercent > 0, outcome.slowdown.peakFraction > allowed.maxSlowdownFraction {
            return Failure(
                constraint: "convergence",
                detail: "live with auto-converge would slow the guest by "
                    + "\(Quantity.percent(outcome.slowdown.peakFraction)) to end, and the policy allows "
                    + Quantity.percent(allowed.maxSlowdownFraction))
        }
        let seconds = outcome.slowdown.seconds * factors.duration
        if mode == .postCopy, seconds > allowed.maxPostCopySeconds {
            return Failure(
                constraint: "convergence",
                detail:
                    "postCopy: the guest would depend on both hosts for \(Quantity.seconds(seconds)), and the policy "
                    + "allows \(Quantity.seconds(allowed.maxPostCopySeconds))")
        }
        return nil
    }

    // MARK: - Words

    private func noRoomDetail(_ mode: MigrationMode, _ situation: Situation) -> String {
        "\(mode.rawValue): the allowed pause of \(Quantity.milliseconds(situation.limitSeconds * 1000)) leaves nothing "
            + "for the copy at \(situation.bandwidthText) after a hand-over of "
            + Quantity.milliseconds(situation.handOverSeconds * 1000) + " and the margin"
    }

    private func longPausesDetail(_ mode: MigrationMode, _ outcome: CopyOutcome, _ situation: Situation) -> String {
        let own = correction[mode]
        return "\(mode.rawValue): pauses here were \(MigrationCorrection.hundredths(own.factors.downtime)) times the "
            + "model's in \(own.migrations) migrations, so \(Quantity.milliseconds(outcome.pauseSeconds * 1000)) would "
            + "not stay within \(Quantity.milliseconds(situation.limitSeconds * 1000))"
    }

    private func noEndDetail(
        _ mode: MigrationMode, _ parameters: CopyParameters, _ copy: CopyOutcome, _ situation: Situation
    ) -> String {
        let room = Quantity.bytes(parameters.limitSeconds * parameters.bytesPerSecond)
        let name = parameters.throttle == nil ? mode.rawValue : "\(mode.rawValue) with auto-converge"
        let rewritten =
            "hot set \(Quantity.bytes(parameters.hotBytes)) is rewritten at "
            + Quantity.bytesPerSecond(parameters.dirtyBytesPerSecond) + (situation.isAssumed ? " (assumed)" : "")
        guard parameters.throttle == nil else {
            return "\(name) does not converge either, at a throttle of \(Quantity.number(copy.throttlePercent)) %"
        }
        return "\(name) does not converge at \(situation.bandwidthText): \(rewritten), and the allowed pause "
            + "of \(Quantity.milliseconds(situation.limitSeconds * 1000)) leaves room for \(room)"
            + (mode == .live
                ? "; it would at \(Quantity.bitsPerSecond(situation.convergingBitsPerSecond(parameters)))" : "")
    }
}
