import Foundation
import MigrationModel
import Reports

/// Holds the migration model against measured migrations: each plain one is predicted by a model that was fitted to the
/// others. Auto-converge and xbzrle are predicted by the model of all plain ones, and stand apart.
struct MigrationsBenchmark {
    static let summary = "csv=FILE within=25 initial=20 increment=10"

    private let path: String
    private let withinSeconds: Double
    private let throttle: Throttle

    init(_ arguments: BenchArguments) throws {
        path = try arguments.text("csv")
        withinSeconds = Double(try arguments.number("within", absent: 25))
        throttle = Throttle(
            initialPercent: Double(try arguments.number("initial", absent: 20)),
            incrementPercent: Double(try arguments.number("increment", absent: 10)))
    }

    func run() throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw BenchError("csv=\(path): cannot be read: \(error.localizedDescription)")
        }
        let runs: [MeasuredRun]
        do throws(MeasuredRunsError) {
            runs = try MeasuredRun.read(csv: text)
        } catch {
            throw BenchError("\(path): \(error)")
        }
        guard runs.count(where: \.method.isPlain) > 1 else {
            throw BenchError(
                "\(path): at least two runs of pre, post or cold are needed to predict one from the others")
        }
        let fit = LoopFit(runs: runs, withinSeconds: withinSeconds)
        let judged = fit.leaveOneOut()
        print("plain runs, each predicted from the others:")
        show(judged)
        summarise(judged)
        compareWithTextbook(runs)
        show(fit.model())
        let others = fit.others(throttle: throttle)
        guard !others.isEmpty else { return }
        print(
            "\nauto-converge (\(Int(throttle.initialPercent)) %, +\(Int(throttle.incrementPercent)) %) and xbzrle, "
                + "predicted from all plain runs:")
        show(others)
    }

    private func show(_ judged: [LoopFit.Judged]) {
        var table = TextTable([
            .left("id"), .left("method"), .left("verdict"), .right("measured s"), .right("predicted s"),
            .right("error %"), .right("pause ms"), .right("predicted ms"), .right("off ms"), .right("rounds"),
            .right("throttle %"),
        ])
        for one in judged {
            let ended = one.run.ends(withinSeconds: withinSeconds)
            table.add([
                one.run.id, one.run.method.rawValue,
                one.isVerdictRight ? (ended ? "ends" : "no end") : (ended ? "WRONG: ends" : "WRONG: no end"),
                Figures.fixed(one.run.totalSeconds, 2),
                one.outcome.ends ? Figures.fixed(one.outcome.durationSeconds, 2) : "",
                one.timeError.map { Figures.fixed($0 * 100, 0) } ?? "",
                one.run.pauseSeconds.map { Figures.fixed($0 * 1000, 0) } ?? "",
                one.outcome.ends ? Figures.fixed(one.outcome.pauseSeconds * 1000, 0) : "",
                one.pauseErrorSeconds.map { Figures.fixed($0 * 1000, 0) } ?? "", "\(one.outcome.rounds)",
                one.outcome.throttlePercent > 0 ? Figures.fixed(one.outcome.throttlePercent, 0) : "",
            ])
        }
        for line in table.lines() { print(line) }
    }

    private func summarise(_ judged: [LoopFit.Judged]) {
        let right = judged.count(where: \.isVerdictRight)
        let errors = judged.compactMap(\.timeError).map { abs($0) }.sorted()
        let pauses = judged.compactMap(\.pauseErrorSeconds).map { abs($0) * 1000 }.sorted()
        print("verdict (ends within \(Int(withinSeconds)) s or not) right: \(right) of \(judged.count)")
        guard let worst = errors.last, let worstPause = pauses.last else { return }
        let logarithms = judged.compactMap(\.timeError).map { log(1 + $0) }
        let deviation = (logarithms.reduce(0) { $0 + $1 * $1 } / Double(logarithms.count)).squareRoot()
        print(
            "total time, \(errors.count) runs that end: mean error "
                + "\(Figures.fixed(errors.reduce(0, +) / Double(errors.count) * 100, 1)) %, median "
                + "\(Figures.fixed(errors[errors.count / 2] * 100, 1)) %, worst \(Figures.fixed(worst * 100, 0)) %, "
                + "log deviation \(Figures.fixed(deviation, 3))")
        print(
            "pause, \(pauses.count) runs: median error \(Figures.fixed(pauses[pauses.count / 2], 0)) ms, worst "
                + "\(Figures.fixed(worstPause, 0)) ms")
    }

    private func compareWithTextbook(_ runs: [MeasuredRun]) {
        let known = runs.filter { $0.method == .preCopy || $0.method == .cold }
        let right = known.count { run in
            (TextbookPreCopy(run).seconds ?? .infinity <= withinSeconds) == run.ends(withinSeconds: withinSeconds)
        }
        let errors = known.filter(\.completed).compactMap { run in
            TextbookPreCopy(run).seconds.map { abs($0 / run.totalSeconds - 1) }
        }
        guard !errors.isEmpty else { return }
        print(
            "textbook, pre-copy and cold: verdict right \(right) of \(known.count), mean error of total time "
                + "\(Figures.fixed(errors.reduce(0, +) / Double(errors.count) * 100, 0)) % over the \(errors.count) that it "
                + "lets end")
    }

    private func show(_ model: LaboratoryModel) {
        print(
            "fitted to all plain runs: booted guest \(Figures.bytes(model.bootedBytes)), kernel's hot set "
                + "\(Figures.bytes(model.loop.kernelBytes)), overshoot \(Figures.bytes(model.loop.overshootBytes)), zero pages "
                + "\(Figures.bytes(model.loop.zeroBytesPerSecond))/s, hand-over "
                + "\(Figures.fixed(model.handOverSeconds * 1000, 0)) ms")
    }
}
