import ClusterModel
import Execution
import ExecutionSupport
import Simulation
import TestSupport
import Testing

@Suite("What comes from outside: full disks, silence, other administrators, failing hosts")
struct RobustnessTests {
    private let cluster = smallCluster()

    /// m1 to m4 one after the other, 40 s each.
    private var plan: Plan {
        .plan(
            for: cluster,
            (1...4).map {
                .move(
                    "m\($0)", "v\($0)", from: "a", to: "b", at: Double($0 - 1) * 40, lasting: 40,
                    after: $0 == 1 ? [] : ["m\($0 - 1)"])
            })
    }

    private var apart: Plan {
        .plan(for: cluster, (1...4).map { .move("m\($0)", "v\($0)", from: "a", to: "b", at: 0, lasting: 40) })
    }

    private func begins(_ rig: Rig) -> [String] {
        rig.driver.records.filter { $0.kind == .begin }.compactMap { $0.key?.step }
    }

    // MARK: A full disk

    @Test("a journal that is full for a while holds new steps up, and nothing else")
    func fullForAWhile() async throws {
        var cluster = cluster
        cluster.vms[0].memoryBytes = .gib(16)
        let rig = Rig(cluster, .plan(for: cluster, apart.steps))
        let journal = FullJournal()
        let driver = ScriptedDriver(
            rig.driver, script: [30: { journal.setFull(true) }, 60: { journal.setFull(false) }])
        let summary = try await rig.executor(driver: driver, journal: journal).run(rig.order(), run: "r1")
        #expect(summary.outcome == .completed && rig.audit().violations == [])
        // m2 made room at some 36 s; its end could be written down, and m3 begun, only when the disk had room again.
        let third = try #require(rig.driver.records.first { $0.kind == .begin && $0.key?.step == "m3" })
        #expect((59...62).contains(third.at.seconds(since: cluster.takenAt)))
    }

    @Test("a journal that stays full: what runs is followed to its end, nothing is begun, and the run can be resumed")
    func full() async throws {
        let rig = Rig(cluster, plan)
        let journal = FullJournal()
        let driver = ScriptedDriver(rig.driver, script: [10: { journal.setFull(true) }])
        let error = await #expect(throws: ExecutionError.self) {
            try await rig.executor(driver: driver, journal: journal).run(rig.order(), run: "r1")
        }
        #expect(error?.code == .journal)
        #expect(
            error?.message
                == "the journal cannot be written: lab.sqlite: database or disk is full; nothing new was begun; what was under "
                + "way: m1 succeeded. Make room for it, then go on with `drover resume`: run r1 can be resumed")
        #expect(begins(rig) == ["m1"])
        #expect(rig.audit().place["v1"] == "b")
        journal.setFull(false)
        // The lease could not be given back: a process that lives on must wait for its end.
        let later = Executor(
            driver: rig.driver, journal: journal, identity: .current(),
            wallClock: { .testMoment.adding(seconds: Executor.leaseSeconds) })
        let summary = try await later.resume(run: "r1", plan: rig.plan, cluster: cluster, policy: rig.policy)
        #expect(summary.outcome == .completed)
        #expect(begins(rig) == ["m1", "m2", "m3", "m4"] && rig.audit().violations == [])
    }

    @Test("a journal that is full from the start: nothing is done")
    func fullFromTheStart() async throws {
        let rig = Rig(cluster, plan)
        let journal = FullJournal()
        journal.setFull(true)
        let error = await #expect(throws: ExecutionError.self) {
            try await rig.executor(journal: journal).run(rig.order(), run: "r1")
        }
        #expect(error?.code == .journal && rig.driver.records == [])
    }

    // MARK: Silence

    @Test("a cancellation that got lost is asked for again")
    func lostCancel() async throws {
        let rig = Rig(cluster, plan)
        let control = RunControl(journal: rig.journal, wallClock: { .testMoment })
        let silent = SilentDriver(rig.driver, lostCancels: 3)
        let driver = ScriptedDriver(
            silent,
            script: [
                10: {
                    do {
                        _ = try await control.ask(.abort, cluster: "lab", by: "ada")
                    } catch {
                        Issue.record(error)
                    }
                }
            ])
        let summary = try await rig.run(driver: driver)
        #expect(summary.shape.hasPrefix("m1 failed aborted"))
        #expect(rig.audit().place["v1"] == "a")
        let cancels = rig.driver.records.filter { $0.kind == .cancel }
        #expect(cancels.count == 1 && cancels.allSatisfy { $0.at.seconds(since: cluster.takenAt) <= 16 })
    }

    @Test("a cancellation that was written down by a process that then died is asked for by the next")
    func cancelAfterDeath() async throws {
        let rig = Rig(cluster, plan)
        let task = Task {
            try await rig.run(
                driver: ScriptedDriver(rig.driver, script: [10: { withUnsafeCurrentTask { $0?.cancel() } }]))
        }
        _ = await #expect(throws: ExecutionError.self) { try await task.value }
        let lease = try await rig.journal.acquireLease(
            cluster: "lab", holder: "dead", now: .testMoment, seconds: 30, displacing: nil)
        let now = try await rig.driver.now()
        for event in [
            JournalEvent.stopping(reason: .aborted(by: "ada")),
            .cancelIntended(step: "m1", attempt: 1, reason: .aborted),
        ] {
            _ = try await rig.journal.append(event, run: "r1", cluster: "lab", fence: lease.fence, at: now)
        }
        try await rig.journal.releaseLease(lease)
        let summary = try await rig.executor().resume(run: "r1", plan: rig.plan, cluster: cluster, policy: rig.policy)
        #expect(summary.shape.hasPrefix("m1 failed aborted") && summary.outcome == .aborted)
        #expect(rig.driver.records.filter { $0.kind == .cancel }.count == 1)
    }

    @Test(
        "a step of which nothing is heard holds up no other; its cancellation tells of its end, or it is given up",
        arguments: [(0, "m1 done"), (100_000, "m1 failed stuck")])
    func silentStep(lostCancels: Int, end: String) async throws {
        let rig = Rig(cluster, apart)
        let silent = SilentDriver(rig.driver, silentSteps: ["m1"], lostCancels: lostCancels)
        let summary = try await rig.run(driver: silent)
        #expect(summary.shape == "\(end); m2 done; m3 done; m4 done")
        #expect(rig.audit().violations == [])
    }

    // MARK: Other administrators and users

    struct Outside: Sendable, CustomTestStringConvertible {
        let name: String
        let change: OutsideChange
        let shape: String

        var testDescription: String { name }
    }

    static let outsides: [Outside] = [
        Outside(
            name: "a VM is moved elsewhere", change: .moved(vm: "v2", to: "d"),
            shape: "m1 done; m2 skipped: VM v2 is now on d; m3 done; m4 done"),
        Outside(
            name: "a VM is moved to where it was to go", change: .moved(vm: "v2", to: "b"),
            shape: "m1 done; m2 already; m3 done; m4 done"),
        Outside(
            name: "a VM is shut down", change: .stopped(vm: "v3"),
            shape: "m1 done; m2 done; m3 skipped: VM v3 is stopped; m4 done"),
        Outside(
            name: "the VM that moves is shut down", change: .stopped(vm: "v1"),
            shape: "m1 failed machineUnavailable; m2 done; m3 done; m4 done"),
        Outside(
            name: "a VM is removed", change: .removed(vm: "v4"),
            shape: "m1 done; m2 done; m3 done; m4 skipped: VM v4 no longer exists"),
        Outside(
            name: "the destination is filled up",
            change: .appeared(vm: "new", host: "b", vcpus: 2, cpuCores: 0.5, memoryBytes: .gib(52)),
            shape: "m1 done; m2 done; m3 skipped: host b now lacks memory; m4 skipped: host b now lacks memory"),
        Outside(
            name: "the destination goes into maintenance", change: .enteredMaintenance(host: "b"),
            shape: "m1 done; m2 skipped: host b is now maintenance; m3 skipped: host b is now maintenance; "
                + "m4 skipped: host b is now maintenance"),
        Outside(
            name: "the destination fails", change: .hostFailed(host: "b"),
            shape: "m1 failed hostFailed; m2 skipped: host b is now failed; m3 skipped: host b is now failed; "
                + "m4 skipped: host b is now failed"),
    ]

    /// One at a time, so that the change comes during the first move.
    private func outsideRig() -> Rig {
        var cluster = cluster
        cluster.hosts.append(.host("d"))
        var rig = Rig(cluster, .plan(for: cluster, apart.steps))
        rig.policy.execution.maxConcurrent = 1
        return rig
    }

    @Test(arguments: outsides)
    func outside(_ outside: Outside) async throws {
        let rig = outsideRig()
        let driver = ScriptedDriver(rig.driver, script: [10: { #expect(rig.driver.change(outside.change)) }])
        let summary = try await rig.run(driver: driver)
        #expect(summary.shape == outside.shape)
        #expect(summary.outcome == (outside.shape.contains("skipped") || summary.failed > 0 ? .partial : .completed))
        #expect(rig.audit().violations == [] && rig.audit().refusals == 0)
    }

    // MARK: The basis

    @Test("with replan, a failed host ends the run as outdated; what runs is followed to its end")
    func failedHost() async throws {
        var rig = outsideRig()
        rig.policy.execution.replan = 1
        let platform = rig.driver
        let driver = ScriptedDriver(platform, script: [10: { _ = platform.change(.hostFailed(host: "d")) }])
        let summary = try await rig.run(driver: driver)
        let reason = "skipped: to be planned anew: host d has failed"
        #expect(summary.shape == "m1 done; m2 \(reason); m3 \(reason); m4 \(reason)")
        #expect(summary.outcome == .outdated)
        // Without it all other steps go on.
        let other = outsideRig()
        let calm = ScriptedDriver(other.driver, script: [10: { _ = other.driver.change(.hostFailed(host: "d")) }])
        #expect(try await other.run(driver: calm).outcome == .completed)
    }

    @Test("with replan, too many steps that no longer fit end the run as outdated", arguments: [1, 2])
    func skipBudget(budget: Int) async throws {
        var cluster = cluster
        cluster.hosts.append(.host("d"))
        let steps = [("v1", "b"), ("v2", "b"), ("v3", "d"), ("v4", "d")].enumerated().map {
            PlanStep.move("m\($0 + 1)", $1.0, from: "a", to: $1.1, at: Double($0) * 40, lasting: 40)
        }
        var rig = Rig(cluster, .plan(for: cluster, steps))
        rig.policy.execution.maxConcurrent = 1
        rig.policy.execution.replan = 1
        rig.policy.execution.skipBudget = budget
        let platform = rig.driver
        let driver = ScriptedDriver(platform, script: [10: { _ = platform.change(.enteredMaintenance(host: "b")) }])
        let summary = try await rig.run(driver: driver)
        let head = "m1 done; m2 skipped: host b is now maintenance; m3 done; m4 "
        let last = "skipped: to be planned anew: 1 step was skipped because the cluster has changed"
        #expect(summary.shape == head + (budget == 1 ? last : "done"))
        #expect(summary.outcome == (budget == 1 ? .outdated : .partial))
    }

    @Test("a series of runs: what remains is planned anew from the newest inventory, as often as allowed")
    func series() async throws {
        let rig = outsideRig()
        var order = rig.order()
        var policy = rig.policy
        policy.execution.replan = 2
        order = RunOrder(plan: rig.plan, cluster: rig.cluster, policy: policy, approval: nil, findings: [])
        let driver = ScriptedDriver(
            rig.driver,
            script: [
                10: { _ = rig.driver.change(.hostFailed(host: "d")) },
                60: { _ = rig.driver.change(.hostFailed(host: "c")) },
            ])
        var replans: [[String]] = []
        let summaries = try await rig.executor(driver: driver).runSeries(order, run: "r1") { summary, inventory in
            let left = rig.plan.steps.filter { step in
                inventory.vms.first { $0.id == step.migration?.vm }?.host != step.migration?.to
            }
            replans.append(left.map(\.id))
            let cluster = rig.cluster.asSeen(by: inventory)
            var plan = Plan.plan(for: cluster, left)
            plan.id = "p\(replans.count + 1)"
            return RunOrder(plan: plan, cluster: cluster, policy: policy, approval: nil, findings: [])
        }
        #expect(replans == [["m2", "m3", "m4"]])
        #expect(summaries.map(\.run) == ["r1", "r1-2"])
        #expect(summaries.map(\.outcome) == [.outdated, .completed])
        #expect(rig.audit().violations == [] && rig.audit().place["v4"] == "b")
    }

    // MARK: Pace

    @Test("moves begin no faster than the pace", arguments: [(2.0, 30.0), (6, 10), (60, 1)])
    func pace(perMinute: Double, spacing: Double) async throws {
        var cluster = cluster
        for index in cluster.hosts.indices {
            (cluster.hosts[index].maxMigrationsOut, cluster.hosts[index].maxMigrationsIn) = (9, 9)
        }
        var rig = Rig(cluster, .plan(for: cluster, apart.steps))
        rig.policy.execution.pacePerMinute = perMinute
        #expect(try await rig.run().outcome == .completed)
        let begins = rig.driver.records.filter { $0.kind == .begin }.map { $0.at.seconds(since: cluster.takenAt) }
        #expect(begins == (0..<4).map { Double($0) * spacing })
    }
}
