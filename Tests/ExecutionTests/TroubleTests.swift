import ClusterModel
import Execution
import ExecutionSupport
import Simulation
import TestSupport
import Testing

@Suite("When things go wrong, and when the operator steps in")
struct TroubleTests {
    private func chain(_ cluster: Cluster, _ count: Int) -> Plan {
        .plan(
            for: cluster,
            (1...count).map {
                .move(
                    "m\($0)", "v\($0)", from: "a", to: "b", at: Double($0 - 1) * 40, lasting: 40,
                    after: $0 == 1 ? [] : ["m\($0 - 1)"])
            })
    }

    private func apart(_ cluster: Cluster, _ count: Int) -> Plan {
        .plan(for: cluster, (1...count).map { .move("m\($0)", "v\($0)", from: "a", to: "b", at: 0, lasting: 40) })
    }

    @Test("a step that fails is tried again, then given up; its descendants are skipped, all others go on")
    func retries() async throws {
        let cluster = smallCluster()
        var faults = FaultOptions()
        faults.failing = 1
        var rig = Rig(cluster, chain(cluster, 2), faults: faults)
        rig.policy.execution.retries = 2
        let summary = try await rig.run()
        #expect(summary.shape == "m1 failed connectionLost; m2 skipped: needs step m1, which was not done")
        #expect(summary.outcome == .partial)
        let begins = rig.driver.records.filter { $0.kind == .begin }
        #expect(begins.compactMap(\.key?.attempt) == [1, 2, 3])
        let ends = rig.driver.records.filter { $0.kind == .ended }
        #expect(begins[1].at.seconds(since: ends[0].at) >= 5)
        #expect(rig.audit().violations == [])
        #expect(rig.audit().place["v1"] == "a")
    }

    @Test("what hangs is cancelled in time and tried again")
    func timeout() async throws {
        let cluster = smallCluster()
        var faults = FaultOptions()
        faults.hanging = 1
        let rig = Rig(cluster, chain(cluster, 1), faults: faults)
        let summary = try await rig.run()
        #expect(summary.shape == "m1 failed timedOut")
        let cancels = rig.driver.records.filter { $0.kind == .cancel }.map { $0.at.seconds(since: cluster.takenAt) }
        // 40 s predicted, times 5, plus 60 of slack; the second attempt begins 5 s later.
        #expect(cancels.count == 2 && (260...263).contains(cancels[0]) && (525...530).contains(cancels[1]))
    }

    @Test("the failure budget ends the run")
    func budget() async throws {
        let cluster = smallCluster(vms: 8)
        var faults = FaultOptions()
        faults.refusing = 1
        var rig = Rig(cluster, apart(cluster, 8), faults: faults)
        rig.policy.execution.retries = 0
        rig.policy.execution.failureBudget = 2
        let summary = try await rig.run()
        #expect(summary.outcome == .stopped)
        #expect(summary.failed == 2 && summary.skipped == 6)
        #expect(summary.shape.hasSuffix("m8 skipped: the run stopped after 2 of 2 failures"))
    }

    @Test("a dead host fails its moves and skips what needs it; the rest goes on")
    func hostDies() async throws {
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b"), .host("c")],
            vms: [.vm("v1", on: "a", memory: .gib(16)), .vm("v2", on: "a"), .vm("v3", on: "a")])
        let rig = Rig(
            cluster,
            .plan(
                for: cluster,
                [
                    .move("m1", "v1", from: "a", to: "b", at: 0, lasting: 150),
                    .move("m2", "v2", from: "a", to: "c", at: 0, lasting: 40),
                    .move("m3", "v3", from: "a", to: "b", at: 150, lasting: 40, after: ["m1"]),
                ]))
        let driver = ScriptedDriver(
            rig.driver, script: [20: { rig.driver.disturb { $0.hosts["b"]?.state = .failed } }])
        // The move under way ends well on the platform, because the disturbance only changes what is seen of b.
        let summary = try await rig.run(driver: driver)
        #expect(summary.shape == "m1 done; m2 done; m3 skipped: host b is now failed")

        var faults = FaultOptions()
        faults.hostDeaths = 3
        faults.hostDeathWithinSeconds = 30
        let dying = Rig(cluster, rig.plan, faults: faults, seed: 5)
        let end = try await dying.run()
        #expect(end.outcome == .partial || end.outcome == .stopped)
        #expect(end.shape.contains("hostFailed"))
        #expect(dying.audit().violations == [])
    }

    @Test("pause begins nothing new; resume goes on")
    func pause() async throws {
        let cluster = smallCluster()
        let rig = Rig(cluster, chain(cluster, 3))
        let control = RunControl(journal: rig.journal, wallClock: { .testMoment })
        let driver = ScriptedDriver(
            rig.driver,
            script: [
                10: { await ask(control, .pause) },
                300: {
                    do {
                        let report = try #require(try await control.report(cluster: "lab"))
                        #expect(report.state.mode == .paused(by: "ada"))
                        #expect(report.isWorkedOn)
                        #expect(report.state["m1"].isDone && report.state["m2"] == .pending(attempt: 1))
                    } catch {
                        Issue.record(error)
                    }
                    await ask(control, .resume)
                },
            ])
        #expect(try await rig.run(driver: driver).shape == "m1 done; m2 done; m3 done")
        let second = try #require(rig.driver.records.first { $0.kind == .begin && $0.key?.step == "m2" })
        #expect(second.at.seconds(since: cluster.takenAt) >= 299)
        let commands = try await rig.entries().compactMap { entry in
            if case .controlled(let command, _, let by) = entry.event { "\(command.rawValue) by \(by)" } else { nil }
        }
        #expect(commands == ["pause by ada", "resume by ada"])
        let ended = await #expect(throws: ExecutionError.self) {
            try await control.ask(.pause, cluster: "lab", by: "ada")
        }
        #expect(ended?.message == "no run on cluster lab is under way: nothing to pause")
    }

    @Test("abort cancels what moves and skips the rest")
    func abort() async throws {
        let cluster = smallCluster()
        let rig = Rig(cluster, chain(cluster, 3))
        let control = RunControl(journal: rig.journal, wallClock: { .testMoment })
        let driver = ScriptedDriver(rig.driver, script: [10: { await ask(control, .abort) }])
        let summary = try await rig.run(driver: driver)
        #expect(
            summary.shape == "m1 failed aborted; m2 skipped: the run was aborted by ada; "
                + "m3 skipped: the run was aborted by ada")
        #expect(summary.outcome == .aborted)
        #expect(rig.audit().place["v1"] == "a" && rig.audit().violations == [])
        #expect(rig.driver.records.last.map { $0.at.seconds(since: cluster.takenAt) <= 11 } == true)
    }

    @Test("an abort asked for while nobody works on the run is taken up by whoever resumes it")
    func abortWhileDead() async throws {
        let cluster = smallCluster()
        let rig = Rig(cluster, chain(cluster, 3))
        let task = Task { try await rig.run(driver: ScriptedDriver(rig.driver, script: [10: { cancelThisTask() }])) }
        let error = await #expect(throws: ExecutionError.self) { try await task.value }
        #expect(error?.code == .interrupted)
        let control = RunControl(journal: rig.journal, wallClock: { .testMoment })
        #expect(try await control.report(cluster: "lab")?.isWorkedOn == false)
        await ask(control, .abort)
        let summary = try await rig.executor().resume(run: "r1", plan: rig.plan, cluster: cluster, policy: rig.policy)
        #expect(summary.outcome == .aborted && summary.failed == 1 && summary.skipped == 2)
        let again = await #expect(throws: ExecutionError.self) {
            try await rig.executor().resume(run: "r1", plan: rig.plan, cluster: cluster, policy: rig.policy)
        }
        #expect(again?.code == .nothingToResume)
    }

    @Test("a platform that never answers ends in a run that can be resumed")
    func unreachable() async throws {
        let cluster = smallCluster()
        var faults = FaultOptions()
        faults.connectionLoss = 1
        let rig = Rig(cluster, chain(cluster, 1), faults: faults)
        let error = await #expect(throws: ExecutionError.self) { try await rig.run() }
        #expect(error?.code == .unreachable)
        #expect(try await rig.journal.lease(ofCluster: "lab") == nil)
    }
}

private func ask(_ control: RunControl, _ command: ControlCommand) async {
    do {
        _ = try await control.ask(command, cluster: "lab", by: "ada")
    } catch {
        Issue.record(error)
    }
}

private func cancelThisTask() {
    withUnsafeCurrentTask { $0?.cancel() }
}
