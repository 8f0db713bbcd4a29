import ClusterModel
import Execution
import TestSupport
import Testing

@Suite("The rest of a plan is timed anew by what is known")
struct RetimingTests {
    /// m1, then m2 after it; m3 beside them on other hosts; m4 on the hosts of m3, planned after it; off after all.
    private let plan: Plan = {
        let cluster = Cluster.cluster(
            hosts: ["a", "b", "c", "d"].map { .host($0) },
            vms: [.vm("v1", on: "a"), .vm("v2", on: "a"), .vm("v3", on: "c"), .vm("v4", on: "c")])
        return .plan(
            for: cluster,
            [
                .move("m1", "v1", from: "a", to: "b", at: 0, lasting: 40),
                .move("m2", "v2", from: "a", to: "b", at: 40, lasting: 40, after: ["m1"]),
                .move("m3", "v3", from: "c", to: "d", at: 0, lasting: 30),
                .move("m4", "v4", from: "c", to: "d", at: 30, lasting: 30),
                .step("off", .powerOff(host: "a"), at: 80, lasting: 20, after: ["m1", "m2"]),
            ])
    }()

    private var start: Timestamp { plan.startsAt }

    private func at(_ seconds: Double) -> Timestamp { start.adding(seconds: seconds) }

    private func state(_ events: [(Double, JournalEvent)]) -> RunState {
        var state = RunState()
        let whole = [(0.0, JournalEvent.runStarted(plan: "p1", steps: 5, startedBy: "me"))] + events
        for (sequence, (seconds, event)) in whole.enumerated() {
            state.apply(
                JournalEntry(
                    sequence: Int64(sequence + 1), cluster: "lab", run: "r1", fence: 1, at: at(seconds), event: event))
        }
        return state
    }

    private func done(_ step: String, from: Double, to: Double) -> JournalEvent {
        .stepEnded(
            step: step, attempt: 1,
            outcome: .succeeded(measurement: Measurement(startedAt: at(from), endedAt: at(to))), retryAt: nil,
            record: nil)
    }

    private func begun(_ step: String) -> JournalEvent { .stepBegun(step: step, attempt: 1) }

    private func ends(_ retiming: Retiming) -> [String: Double] {
        retiming.steps.mapValues { ($0.end.seconds(since: start) * 10).rounded() / 10 }
    }

    @Test("before anything has happened the times are the plan's")
    func asPlanned() {
        let retiming = Retiming(plan: plan, state: state([]), now: start)
        #expect(ends(retiming) == ["m1": 40, "m2": 80, "m3": 30, "m4": 60, "off": 100])
        #expect(retiming.end == at(100))
    }

    @Test("a step that ended late moves what waits for it, and nothing else")
    func lateStep() {
        let state = state([(0, begun("m1")), (0, begun("m3")), (30, done("m3", from: 0, to: 30)), (30, begun("m4"))])
        let progress = TransferProgress(remainingBytes: 5e8, bytesPerSecond: 1e7, round: 1)
        let retiming = Retiming(
            plan: plan, state: state, now: at(35), phases: ["m1": .transferring(progress: progress)])
        // 500 MB are left at 10 MB/s, and the 5 GB predicted are not yet sent: 465 s.
        let sent = 35 * 1e7
        let left = (5e9 - sent) / 1e7
        #expect(ends(retiming) == ["m1": 35 + left, "m2": 75 + left, "m4": 60, "off": 95 + left])
    }

    @Test("what was planned after a step on the same hosts waits for it, although no need is written down")
    func sameHosts() {
        let state = state([(0, begun("m1")), (0, begun("m3"))])
        let slow = TransferProgress(remainingBytes: 4e9, bytesPerSecond: 1e8, round: 3)
        let retiming = Retiming(plan: plan, state: state, now: at(20), phases: ["m3": .transferring(progress: slow)])
        #expect(ends(retiming)["m3"] == 60 && ends(retiming)["m4"] == 90)
        #expect(ends(retiming)["m2"] == 80)
    }

    @Test("what the guest rewrites meanwhile is to be sent too")
    func dirtyRate() {
        let state = state([(0, begun("m1"))])
        let progress = TransferProgress(
            remainingBytes: 1e9, bytesPerSecond: 1e8, dirtyBytesPerSecond: 5e7, round: 2)
        let retiming = Retiming(
            plan: plan, state: state, now: at(45), phases: ["m1": .transferring(progress: progress)])
        #expect(ends(retiming)["m1"] == 65)
    }

    @Test("the third migration that took twice as long makes those to come as long")
    func learnedPace() {
        let state = state([
            (80, done("m1", from: 0, to: 80)), (60, done("m3", from: 0, to: 60)), (120, done("m4", from: 60, to: 120)),
        ])
        let retiming = Retiming(plan: plan, state: state, now: at(120))
        #expect(retiming.paceFactor == 2)
        #expect(ends(retiming) == ["m2": 200, "off": 220])
    }

    @Test("no more at once than the policy allows")
    func concurrency() {
        var execution = ExecutionPolicy()
        execution.maxConcurrent = 1
        let retiming = Retiming(plan: plan, state: state([]), now: start, execution: execution)
        #expect(ends(retiming).values.max() == 160)
    }

    @Test("nothing more begins when the run is stopping, and nothing is left when it has ended")
    func stopping() {
        var events: [(Double, JournalEvent)] = [(0, begun("m1")), (5, .stopping(reason: .aborted(by: "ada")))]
        #expect(ends(Retiming(plan: plan, state: state(events), now: at(5))) == ["m1": 40])
        events.append((6, .runEnded(outcome: .aborted)))
        #expect(Retiming(plan: plan, state: state(events), now: at(6)).end == nil)
    }

    @Test("a plan of 10,000 steps is timed between two looks")
    func scale() {
        let steps = (0..<10_000).map { index in
            PlanStep.move(
                "m\(index)", "v\(index)", from: "h\(index % 500)", to: "h\(500 + index % 500)",
                at: Double(index / 500) * 40, lasting: 40)
        }
        var large = plan
        large.steps = steps
        var execution = ExecutionPolicy()
        execution.maxConcurrent = 1000
        var retiming = Retiming(plan: large, state: RunState(), now: start, execution: execution)
        let seconds = ProcessorTime.seconds {
            retiming = Retiming(plan: large, state: RunState(), now: start, execution: execution)
        }
        #expect(retiming.end == at(800))
        // 0.1 s in a release build, which the suite is run in; ten times that in a debug build.
        #expect(seconds < 2)
        print("10,000 steps timed anew in \(seconds) CPU s")
    }
}
