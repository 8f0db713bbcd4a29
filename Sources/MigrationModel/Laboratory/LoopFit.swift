internal import Glibc

/// Fits what a ``LaboratoryModel`` leaves open to measured migrations, and judges it by runs that it has not seen.
public struct LoopFit: Sendable {
    /// A run that was predicted from all the others.
    public struct Judged: Sendable {
        public let run: MeasuredRun
        public let outcome: CopyOutcome
        /// Whether the model says that it ends in time.
        public let ends: Bool
        public let isVerdictRight: Bool

        /// Predicted over measured total time, less 1; `nil` when one of them has no end.
        public var timeError: Double? {
            run.completed && outcome.ends ? outcome.durationSeconds / run.totalSeconds - 1 : nil
        }

        /// Predicted less measured pause.
        public var pauseErrorSeconds: Double? {
            guard outcome.ends, let pause = run.pauseSeconds else { return nil }
            return outcome.pauseSeconds - pause
        }
    }

    private let runs: [MeasuredRun]
    private let withinSeconds: Double

    /// - Parameter withinSeconds: a run that takes longer counts as one without end.
    public init(runs: [MeasuredRun], withinSeconds: Double) {
        self.runs = runs
        self.withinSeconds = withinSeconds
    }

    /// The model that fits the plain runs best.
    public func model() -> LaboratoryModel { model(of: plain) }

    /// Each plain run, predicted by a model that was fitted to the others.
    public func leaveOneOut() -> [Judged] {
        plain.indices.map { place in
            var others = plain
            let run = others.remove(at: place)
            return judged(run, by: model(of: others), throttle: Throttle())
        }
    }

    /// The other runs, predicted by the model that fits the plain ones.
    public func others(throttle: Throttle) -> [Judged] {
        let model = model()
        return runs.filter { !$0.method.isPlain }.map { judged($0, by: model, throttle: throttle) }
    }

    private var plain: [MeasuredRun] { runs.filter(\.method.isPlain) }

    private func judged(_ run: MeasuredRun, by model: LaboratoryModel, throttle: Throttle) -> Judged {
        let outcome = model.outcome(of: run, throttle: throttle)
        let ends = outcome.ends && outcome.durationSeconds <= withinSeconds
        return Judged(
            run: run, outcome: outcome, ends: ends, isVerdictRight: ends == run.ends(withinSeconds: withinSeconds))
    }

    // MARK: - Fitting

    /// What is fitted, as multiples of a first guess. The guess counts too, lightly: where the runs say nothing of a
    /// figure, it stays.
    private struct Unknown {
        let guess: Double
        /// What it costs to be off the guess by a factor e.
        let weight: Double
    }

    /// Booted guest; kernel's hot set; overshoot; zero pages a second (a page fault of 4 microseconds each); hand-over.
    private static let unknowns = [
        Unknown(guess: 70 * LoopConstants.mebibyte, weight: 0.02),
        Unknown(guess: 2 * LoopConstants.mebibyte, weight: 0.1),
        Unknown(guess: 0.5 * LoopConstants.mebibyte, weight: 0.1),
        Unknown(guess: 1000 * LoopConstants.mebibyte, weight: 0.02),
        Unknown(guess: 0.05, weight: 0.02),
    ]

    private static func model(_ logarithms: [Double]) -> LaboratoryModel {
        let values = zip(unknowns, logarithms).map { $0.guess * exp($1) }
        return LaboratoryModel(
            loop: LoopConstants(
                kernelBytes: values[1], kernelBytesPerSecond: values[1], overshootBytes: values[2],
                zeroBytesPerSecond: values[3]),
            bootedBytes: values[0], handOverSeconds: values[4])
    }

    private func model(of runs: [MeasuredRun]) -> LaboratoryModel {
        let start = [Double](repeating: 0, count: Self.unknowns.count)
        return Self.model(CoordinateDescent.minimum(from: start) { cost($0, runs) })
    }

    /// Squared logarithms of predicted over measured time, linear beyond a fifth; pauses in units of 50 ms, up to 300
    /// ms; a wrong verdict costs as much as ten runs that are off by a third.
    private func cost(_ logarithms: [Double], _ runs: [MeasuredRun]) -> Double {
        let model = Self.model(logarithms)
        var cost = zip(Self.unknowns, logarithms).reduce(0) { $0 + $1.0.weight * $1.1 * $1.1 }
        for run in runs {
            let judged = judged(run, by: model, throttle: Throttle())
            guard judged.isVerdictRight else {
                cost += 1
                continue
            }
            guard let error = judged.timeError else { continue }
            let off = abs(log(1 + error))
            cost += off <= 0.2 ? off * off : 0.4 * off - 0.04
            if let pause = judged.pauseErrorSeconds { cost += 0.01 * min(6, abs(pause) / 0.05) }
        }
        return cost
    }
}

/// Minimises a function of a few variables by steps along one of them at a time, halved when none helps. Needs no
/// derivatives, does the same on every machine.
enum CoordinateDescent {
    static func minimum(from start: [Double], cost: ([Double]) -> Double) -> [Double] {
        var best = start
        var least = cost(start)
        var step = 0.5
        while step > 0.004 {
            var improved = false
            for place in best.indices {
                for change in [step, -step] {
                    var tried = best
                    tried[place] += change
                    let found = cost(tried)
                    guard found < least - 1e-12 else { continue }
                    (best, least, improved) = (tried, found, true)
                    break
                }
            }
            if !improved { step /= 2 }
        }
        return best
    }
}
