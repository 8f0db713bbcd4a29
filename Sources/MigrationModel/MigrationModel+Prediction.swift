import ClusterModel

// From a copy that is allowed to the answer.
extension MigrationModel {
    func prediction(
        _ mode: MigrationMode, _ outcome: CopyOutcome, _ situation: Situation, throttle: Throttle?,
        after failures: [Failure]
    ) -> MigrationPrediction {
        let own = correction[mode]
        let duration = (outcome.durationSeconds + situation.handOverSeconds) * own.factors.duration
        var prediction = MigrationPrediction(
            mode: mode, durationSeconds: duration,
            durationP95Seconds: duration * own.spread.factor(confidence: 0.95),
            downtimeMilliseconds: outcome.pauseSeconds * 1000 * own.factors.downtime,
            transferBytes: outcome.transferBytes, rounds: outcome.rounds,
            reason: reason(mode, outcome, situation, after: failures))
        prediction.slowdown = outcome.slowdown
        prediction.slowdown.seconds *= own.factors.duration
        prediction.slowdown.lostSeconds *= own.factors.duration
        if let throttle, outcome.throttlePercent > 0 {
            prediction.autoConverge = .init(throttle: throttle, peakPercent: outcome.throttlePercent)
        }
        prediction.spread = own.spread
        prediction.correction = own.factors
        return prediction
    }

    private func reason(
        _ mode: MigrationMode, _ outcome: CopyOutcome, _ situation: Situation, after failures: [Failure]
    ) -> String {
        var parts = [text(mode, outcome)]
        if situation.vm.localDiskBytes > 0 {
            parts.append("local disk of \(Quantity.bytes(Double(situation.vm.localDiskBytes))) is copied along")
        }
        if situation.isAssumed && mode != .cold { parts.append(situation.assumptionText) }
        parts += failures.map(\.detail)
        return parts.joined(separator: "; ")
    }

    private func text(_ mode: MigrationMode, _ outcome: CopyOutcome) -> String {
        switch mode {
        case .live where outcome.throttlePercent > 0:
            "live with auto-converge: converges in \(rounds(outcome)) at a throttle of "
                + "\(Quantity.number(outcome.throttlePercent)) %, which slows the guest by up to "
                + "\(Quantity.percent(outcome.slowdown.peakFraction)) for \(Quantity.seconds(outcome.slowdown.seconds))"
        case .live: "live: converges in \(rounds(outcome))"
        case .postCopy: "postCopy: \(Quantity.bytes(outcome.remainingBytes)) are fetched after the switch"
        case .staged: "staged: stopped after pass \(outcome.rounds) with \(Quantity.bytes(outcome.remainingBytes)) left"
        case .cold: "cold: the guest is stopped for the copy"
        }
    }

    private func rounds(_ outcome: CopyOutcome) -> String {
        "\(outcome.rounds) round\(outcome.rounds == 1 ? "" : "s")"
    }
}
