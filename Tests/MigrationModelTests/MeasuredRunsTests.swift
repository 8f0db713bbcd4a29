import Foundation
import MigrationModel
import TestSupport
import Testing

/// The 29 migrations of real QEMU guests hold the model to its word: each plain one is predicted by a model whose
/// constants were fitted to the others. Skipped where the file of measurements is absent.
@Suite struct MeasuredRunsTests {
    static func fit() throws -> LoopFit {
        let path = TestFiles.sharedPath("rig/migrations.csv")
        return LoopFit(
            runs: try MeasuredRun.read(csv: String(contentsOfFile: path, encoding: .utf8)), withinSeconds: 25)
    }

    @Test(.enabled(if: TestFiles.sharedExists("rig/migrations.csv"), "the measured runs are not here"))
    func eachRunIsForetoldByTheOthers() throws {
        let judged = try Self.fit().leaveOneOut()
        #expect(judged.count == 27)
        for one in judged { #expect(one.isVerdictRight, "run \(one.run.id)") }
        let errors = judged.compactMap(\.timeError).map { abs($0) }
        #expect(errors.count == 24)
        #expect(errors.reduce(0, +) / 24 < 0.07)
        let pauses = judged.compactMap(\.pauseErrorSeconds).map { abs($0) }.sorted()
        #expect(pauses[pauses.count / 2] < 0.03)
    }

    /// What a guest has that is slowed or whose deltas are sent is not fitted, and is nevertheless within a quarter.
    @Test(.enabled(if: TestFiles.sharedExists("rig/migrations.csv"), "the measured runs are not here"))
    func autoConvergeAndDeltasAreNear() throws {
        let judged = try Self.fit().others(throttle: Throttle(initialPercent: 50, incrementPercent: 25))
        #expect(judged.map(\.run.method) == [.xbzrle, .autoConverge])
        for one in judged {
            #expect(one.isVerdictRight)
            #expect(abs(try #require(one.timeError)) < 0.25)
        }
        #expect(judged[1].outcome.throttlePercent == 99)
    }

    /// The constants that the model ships with are those of the fit, rounded.
    @Test(.enabled(if: TestFiles.sharedExists("rig/migrations.csv"), "the measured runs are not here"))
    func theShippedConstantsAreTheFittedOnes() throws {
        let fitted = try Self.fit().model().loop
        let shipped = LoopConstants.qemu
        #expect(abs(fitted.kernelBytes / shipped.kernelBytes - 1) < 0.1)
        #expect(abs(fitted.overshootBytes / shipped.overshootBytes - 1) < 0.1)
        #expect(abs(fitted.zeroBytesPerSecond / shipped.zeroBytesPerSecond - 1) < 0.1)
    }
}

/// Any CSV of that form is read, or it is said what is wrong with it.
@Suite struct MeasuredRunCSVTests {
    static let heads =
        "status,id,mem_MiB,fill_MiB,ws_MiB,rate_MiBps,link_Mbit,cap_MiBps,downtime_limit_ms,method,total_ms,"
        + "stop_to_resume_ms,remark"

    @Test func columnsMayStandInAnyOrder() throws {
        let runs = try MeasuredRun.read(
            csv:
                "\(Self.heads)\r\ncompleted,a,128,,16,2,,32,300,pre,2925,25,x\r\n\r\ncancelled,b,128,0,16,20,300,,300,auto,25000,,\n"
        )
        #expect(runs.map(\.id) == ["a", "b"])
        #expect(runs[0].completed && runs[0].pauseSeconds == 0.025 && runs[0].linkBitsPerSecond == 0)
        #expect(runs[0].capBytesPerSecond == 32 * 1_048_576)
        #expect(!runs[1].completed && runs[1].pauseSeconds == nil && runs[1].method == .autoConverge)
    }

    @Test(
        arguments: [
            ("id,mem_MiB", "lacks the columns fill_MiB, ws_MiB"),
            ("", "lacks the columns id, mem_MiB"),
            (
                "\(heads)\ncompleted,a,128,0,16,2,,32,300,teleport,2925,25,",
                "line 2, column method: \"teleport\" is not one of"
            ),
            (
                "\(heads)\ncompleted,a,much,0,16,2,,32,300,pre,2925,25,",
                "line 2, column mem_MiB: \"much\" is not a number"
            ),
            ("\(heads)\ncompleted,a,128,0,16,2,,32,300,pre,-1,25,", "column total_ms: \"-1\""),
            ("\(heads)\ncompleted,a,128,0,16,2,,,300,pre,2925,25,", "column link_Mbit"),
            (
                "\(heads)\nlost,a,128,0,16,2,,32,300,pre,2925,25,",
                "column status: \"lost\" is not completed or cancelled"
            ),
            ("\(heads)\ncompleted,a", "column method"),
        ]) func whatIsWrongIsSaid(csv: String, message: String)
    {
        let error = #expect(throws: MeasuredRunsError.self) { try MeasuredRun.read(csv: csv) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
}
