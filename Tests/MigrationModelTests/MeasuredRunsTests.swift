import Foundation
import MigrationModel
import TestSupport
import Testing

/// The 29 migrations of real QEMU guests that the model was fitted on: they hold the model to its word. Skipped where
/// the file of measurements is absent.
@Suite struct MeasuredRunsTests {
    static let mebibyte = 1_048_576.0

    /// Fitted on these runs: content that a freshly booted guest has beside what its program filled, payload per link
    /// bit, and the rate after the stop where only the hypervisor's cap holds.
    static let bootedMebibytes = 70.0
    static let efficiency = 0.95
    static let uncappedMebibytesPerSecond = 2000.0
    static let stopToResumeSeconds = 0.05

    struct Run {
        let id: Int
        let method: String
        let completed: Bool
        let totalSeconds: Double
        let pauseMilliseconds: Double?
        let parameters: CopyParameters

        init?(line: Substring) {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count > 12, let id = Int(cells[0]), let total = Double(cells[10]) else { return nil }
            let number = { (column: Int) in Double(cells[column]) ?? 0 }
            let memory = number(1)
            let content = min(memory, number(2) + number(3) + MeasuredRunsTests.bootedMebibytes)
            let link = number(5) * 1e6 / 8 * MeasuredRunsTests.efficiency
            let cap = number(6) * MeasuredRunsTests.mebibyte
            self.id = id
            method = String(cells[8])
            completed = cells[9] == "completed"
            totalSeconds = total / 1000
            pauseMilliseconds = Double(cells[12])
            parameters = CopyParameters(
                contentBytes: content * MeasuredRunsTests.mebibyte,
                zeroBytes: (memory - content) * MeasuredRunsTests.mebibyte,
                hotBytes: number(3) * MeasuredRunsTests.mebibyte,
                dirtyBytesPerSecond: number(4) * MeasuredRunsTests.mebibyte,
                bytesPerSecond: cap > 0 ? cap : link,
                stopBytesPerSecond: cap > 0
                    ? MeasuredRunsTests.uncappedMebibytesPerSecond * MeasuredRunsTests.mebibyte : link,
                limitSeconds: number(7) / 1000)
        }
    }

    static func runs() throws -> [Run] {
        let path = TestFiles.sharedPath("rig/migrations.csv")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.split(whereSeparator: \.isNewline).dropFirst().compactMap(Run.init)
    }

    static func outcome(of run: Run) -> CopyOutcome {
        switch run.method {
        case "cold": MigrationLoop.cold(run.parameters)
        case "post": MigrationLoop.postCopy(run.parameters)
        default: MigrationLoop.preCopy(run.parameters)
        }
    }

    @Test(.enabled(if: TestFiles.sharedExists("rig/migrations.csv"), "the measured runs are not here"))
    func verdictsAreRightForEveryPreCopyRun() throws {
        let preCopy = try Self.runs().filter { $0.method == "pre" }
        #expect(preCopy.count == 22)
        for run in preCopy {
            #expect(Self.outcome(of: run).ends == run.completed, "run \(run.id)")
        }
    }

    @Test(.enabled(if: TestFiles.sharedExists("rig/migrations.csv"), "the measured runs are not here"))
    func timesAndPausesAreNearTheMeasuredOnes() throws {
        var errors: [Double] = []
        var ratios: [Double] = []
        var pauseErrors: [Double] = []
        for run in try Self.runs() where run.completed && ["pre", "post", "cold"].contains(run.method) {
            let outcome = Self.outcome(of: run)
            errors.append(abs(outcome.durationSeconds / run.totalSeconds - 1))
            ratios.append(run.totalSeconds / outcome.durationSeconds)
            let pause = outcome.pauseSeconds + (run.method == "post" ? Self.stopToResumeSeconds : 0)
            if let measured = run.pauseMilliseconds { pauseErrors.append(abs(pause * 1000 - measured)) }
        }
        let mean = errors.reduce(0, +) / Double(errors.count)
        let medianPause = pauseErrors.sorted()[pauseErrors.count / 2]
        let spread = ratios.sorted()[ratios.count - 2]
        print(
            "measured runs: \(errors.count), mean error of total time \(mean), median error of pause "
                + "\(medianPause) ms, second largest measured/predicted \(spread)")
        #expect(errors.count == 24)
        #expect(mean < 0.10)
        #expect(medianPause < 30)
        #expect(spread <= MigrationModel.spreadFactor && spread > MigrationModel.spreadFactor - 0.05)
    }
}
