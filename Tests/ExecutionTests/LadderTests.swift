import ClusterModel
import Execution
import ExecutionSupport
import Simulation
import TestSupport
import Testing

/// A VM that rewrites 1 GB at 300 MB/s moves over 1 Gbit/s: without help its migration never ends.
@Suite("The ladder of a migration that falls behind")
struct LadderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var ladder: [ExecutionPolicy.Rung] = ExecutionPolicy.Rung.allCases
        var modes: [MigrationMode] = [.live, .staged]
        var extraMilliseconds = 0.0
        /// What becomes of the step.
        let shape: String
        /// What the platform was asked for.
        let adjustments: [MigrationAdjustment]

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "the whole pause and what the policy adds is enough", extraMilliseconds: 9000, shape: "m1 done",
            adjustments: [.pauseLimit(milliseconds: 9950)]),
        Case(
            name: "the whole pause is not enough: the guest is slowed down", shape: "m1 done",
            adjustments: [.pauseLimit(milliseconds: 950), .throttle]),
        Case(
            name: "post-copy where the modes allow it", ladder: [.raisePause, .postCopy, .cancel],
            modes: [.live, .postCopy], shape: "m1 done", adjustments: [.pauseLimit(milliseconds: 950), .postCopy]),
        Case(
            name: "no post-copy where they do not", ladder: [.raisePause, .postCopy, .cancel],
            shape: "m1 failed notConverging", adjustments: [.pauseLimit(milliseconds: 950)]),
        Case(name: "given up at once", ladder: [.cancel], shape: "m1 failed notConverging", adjustments: []),
        Case(name: "no ladder: the time limit", ladder: [], shape: "m1 failed timedOut", adjustments: []),
        Case(
            name: "in the policy's order", ladder: [.throttle, .raisePause], shape: "m1 done",
            adjustments: [.throttle]),
    ]

    static func rig(_ testCase: Case, faults: FaultOptions = FaultOptions()) -> Rig {
        var cluster = smallCluster(vms: 2)
        cluster.vms[0].dirty = DirtyRate(hotBytes: 1e9, bytesPerSecond: 3e8)
        let plan = Plan.plan(
            for: cluster,
            [
                .move("m1", "v1", from: "a", to: "b", at: 0, lasting: 40, bandwidth: 1e9),
                .move("m2", "v2", from: "a", to: "b", at: 40, lasting: 40, bandwidth: 1e9),
            ])
        var rig = Rig(cluster, plan, faults: faults)
        rig.policy.modes = testCase.modes
        rig.policy.execution.ladder = testCase.ladder
        rig.policy.execution.extraDowntimeMilliseconds = testCase.extraMilliseconds
        rig.policy.execution.retries = 0
        return rig
    }

    static func isFetching(_ status: StepStatus) -> Bool {
        if case .active(.fetching) = status { true } else { false }
    }

    @Test(arguments: cases)
    func ladder(_ testCase: Case) async throws {
        let rig = Self.rig(testCase)
        let summary = try await rig.run()
        #expect(summary.shape == testCase.shape + "; m2 done")
        let key = StepKey(run: "r1", step: "m1", attempt: 1)
        #expect(rig.audit().adjustments[key, default: []] == testCase.adjustments)
        #expect(rig.audit().violations == [])
        #expect(rig.audit().place["v1"] == (testCase.shape == "m1 done" ? "b" : "a"))
        let tried = try #require(summary.steps.first).rungs
        #expect(tried.map(\.adjustment) == testCase.adjustments && tried.allSatisfy { $0.answer == .taken })
        // Each rung had its time: 10 s, a quarter of the 40 s predicted.
        #expect(zip(tried, tried.dropFirst()).allSatisfy { $1.at.seconds(since: $0.at) >= 10 })
    }

    @Test("every rung is in the journal before it is on the platform's record")
    func journalFirst() async throws {
        let rig = Self.rig(Self.cases[1])
        _ = try await rig.run()
        let written = try await rig.entries().compactMap { entry -> String? in
            switch entry.event {
            case .rungIntended(let step, _, let rung, _, _): return "\(step) \(rung.rawValue)"
            case .rungAnswered(let step, _, let rung, let refusal):
                return "\(step) \(rung.rawValue) \(refusal ?? "taken")"
            default: return nil
            }
        }
        #expect(written == ["m1 raisePause", "m1 raisePause taken", "m1 throttle", "m1 throttle taken"])
        #expect(rig.driver.records.filter { $0.kind == .adjusted }.count == 2)
    }

    @Test("late, not stalled: the rung is tried in the second pass, and only what does not converge is given up")
    func late() async throws {
        var faults = FaultOptions()
        (faults.slow, faults.slowFactor) = (1, 2)
        let rig = Self.rig(Case(name: "", ladder: [.raisePause, .cancel], shape: "", adjustments: []), faults: faults)
        let quiet = try await rig.run().steps[1]
        // 4 GiB at half the rate take about 110 s in place of 40; the guest rewrites 50 MB/s meanwhile.
        #expect(quiet.state.isDone)
        #expect(quiet.rungs.map(\.rung) == [.raisePause])
        let isLate = if case .late = quiet.rungs.first?.reason { true } else { false }
        #expect(isLate)
    }

    @Test("a platform that answers nothing is asked again for the open rung, and makes it once", arguments: 0..<20)
    func lostAnswers(seed: Int) async throws {
        var faults = FaultOptions()
        faults.connectionLoss = 0.4
        let rig = Self.rig(Self.cases[1], faults: faults)
        let lossy = RehearsalDriver(
            cluster: rig.cluster,
            options: SimulationOptions(seed: UInt64(seed), variation: 0, memory: .configured, faults: faults))
        #expect(try await rig.run(driver: lossy).shape == "m1 done; m2 done")
        let audit = PlatformAudit(cluster: rig.cluster, records: lossy.records)
        #expect(audit.violations == [])
        #expect(audit.adjustments[StepKey(run: "r1", step: "m1", attempt: 1)] == Self.cases[1].adjustments)
    }

    @Test("after post-copy an abort waits for the move's end and cancels the others")
    func abortAfterPostCopy() async throws {
        var testCase = Self.cases[2]
        testCase.ladder = [.postCopy]
        let rig = Self.rig(testCase)
        let control = RunControl(journal: rig.journal, wallClock: { .testMoment })
        let driver = ScriptedDriver(rig.driver, when: Self.isFetching) {
            do {
                _ = try await control.ask(.abort, cluster: "lab", by: "ada")
            } catch {
                Issue.record(error)
            }
        }
        let summary = try await rig.run(driver: driver)
        #expect(summary.outcome == .aborted)
        #expect(summary.steps[0].state.isDone && rig.audit().place["v1"] == "b")
        #expect(rig.audit().violations == [])
    }

    @Test("a move that is lost in post-copy says so and is not tried again")
    func lostInPostCopy() async throws {
        var testCase = Self.cases[2]
        testCase.ladder = [.postCopy]
        var rig = Self.rig(testCase)
        rig.policy.execution.retries = 3
        let platform = rig.driver
        let driver = ScriptedDriver(platform, when: Self.isFetching) { _ = platform.change(.hostFailed(host: "a")) }
        let summary = try await rig.run(driver: driver)
        #expect(summary.shape.hasPrefix("m1 failed hostFailed"))
        #expect(rig.audit().beginnings[StepKey(run: "r1", step: "m1", attempt: 2)] == nil)
        #expect(rig.audit().violations == [])
    }
}
