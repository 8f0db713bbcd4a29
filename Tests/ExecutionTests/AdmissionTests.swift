import ClusterModel
import Execution
import Simulation
import TestSupport
import Testing

@Suite("What is refused before anything is done")
struct AdmissionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (inout Plan, inout Policy) -> Void
        var findings: [String] = []
        var approval: Approval?
        let code: ExecutionError.Code
        let message: String

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "expired", change: { plan, _ in plan.expiresAt = plan.startsAt.adding(seconds: -1) },
            code: .planExpired,
            message: "plan p1 expired at 2026-11-20T23:59:59Z, and the platform's time is 2026-11-21T00:00:00Z: "
                + "make a new plan"),
        Case(
            name: "not approved", change: { _, policy in policy.requireApproval = true }, code: .planNotApproved,
            message: "plan p1 is not approved, and the policy default asks for approval (requireApproval): "
                + "approve it first"),
        Case(
            name: "approval of another plan", change: { _, policy in policy.requireApproval = true },
            approval: Approval(plan: "p2", approvedBy: "ada", approvedAt: .testMoment), code: .planNotApproved,
            message: "plan p1 is not approved, and the policy default asks for approval (requireApproval): "
                + "approve it first"),
        Case(
            name: "another cluster", change: { plan, _ in plan.cluster = "other" }, code: .planOfAnotherCluster,
            message: "plan p1 is for cluster other, and this cluster is lab"),
        Case(
            name: "fails the checker", change: { _, _ in }, findings: ["step m1 overloads b", "more"],
            code: .planInvalid,
            message: "plan p1 fails the checker and is not run: step m1 overloads b (and 1 more)"),
        Case(
            name: "unknown VM", change: { plan, _ in plan.steps[0] = .move("m1", "x", from: "a", to: "b", at: 0) },
            code: .planInvalid,
            message: "plan p1 contradicts itself or its cluster: step m1 moves VM x, which is not in the cluster"),
        Case(
            name: "unknown host", change: { plan, _ in plan.steps[0] = .step("m1", .powerOff(host: "z"), at: 0) },
            code: .planInvalid,
            message: "plan p1 contradicts itself or its cluster: step m1 names host z, which is not in the cluster"),
        Case(
            name: "circle", change: { plan, _ in plan.steps[0].after = ["m1"] }, code: .planInvalid,
            message: "plan p1 contradicts itself or its cluster: the steps m1 wait for each other"),
        Case(
            name: "after nothing", change: { plan, _ in plan.steps[0].after = ["m9"] }, code: .planInvalid,
            message: "plan p1 contradicts itself or its cluster: step m1 comes after m9, which is no step"),
        Case(
            name: "twice the same step", change: { plan, _ in plan.steps.append(plan.steps[0]) }, code: .planInvalid,
            message: "plan p1 contradicts itself or its cluster: two steps are called m1"),
        Case(
            name: "endless step", change: { plan, _ in plan.steps[0].durationSeconds = .infinity },
            code: .planInvalid,
            message: "plan p1 contradicts itself or its cluster: step m1 has a start or duration beyond 10^9 seconds"),
    ]

    @Test(arguments: cases)
    func refusals(_ testCase: Case) async throws {
        let cluster = smallCluster()
        var plan = Plan.plan(for: cluster, [.move("m1", "v1", from: "a", to: "b", at: 0)])
        var policy = Policy()
        policy.requireApproval = false
        testCase.change(&plan, &policy)
        var rig = Rig(cluster, plan)
        rig.policy = policy
        let order = rig.order(approval: testCase.approval, findings: testCase.findings)
        let error = await #expect(throws: ExecutionError.self) { try await rig.executor().run(order, run: "r1") }
        #expect(error?.code == testCase.code)
        #expect(error?.message == testCase.message)
        // Nothing half done: no call, no entry, no lease.
        #expect(rig.driver.records == [])
        #expect(try await rig.entries() == [])
        #expect(try await rig.journal.lease(ofCluster: "lab") == nil)
    }

    @Test("an approved plan runs, an empty one too")
    func approved() async throws {
        let cluster = smallCluster()
        var rig = Rig(cluster, .plan(for: cluster, []))
        rig.policy.requireApproval = true
        let approval = Approval(plan: "p1", approvedBy: "ada", approvedAt: .testMoment)
        let summary = try await rig.executor().run(rig.order(approval: approval), run: "r1")
        #expect(summary.outcome == .completed)
    }

    @Test("a second executor is refused while the first works, and a run that has not ended blocks the next")
    func oneExecutor() async throws {
        let cluster = smallCluster()
        let rig = Rig(cluster, .plan(for: cluster, [.move("m1", "v1", from: "a", to: "b", at: 0, lasting: 40)]))
        let other = ProcessIdentity(processID: 1, startTicks: 1, boot: "elsewhere", namespace: "pid:[1]")
        let order = rig.order()
        let driver = ScriptedDriver(
            rig.driver,
            script: [
                2: {
                    let error = await #expect(throws: ExecutionError.self) {
                        try await rig.executor(identity: other).run(order, run: "r2")
                    }
                    #expect(error?.code == .leaseHeld)
                    let resuming = await #expect(throws: ExecutionError.self) {
                        try await rig.executor(identity: other).resume(
                            run: "r1", plan: rig.plan, cluster: cluster, policy: rig.policy)
                    }
                    #expect(resuming?.code == .leaseHeld)
                }
            ])
        #expect(try await rig.run(driver: driver).outcome == .completed)
        #expect(try await rig.journal.entries(ofRun: "r2", after: 0) == [])

        let abandoned = Rig(cluster, rig.plan)
        let lease = try await abandoned.journal.acquireLease(
            cluster: "lab", holder: other.text, now: .testMoment, seconds: 30, displacing: nil)
        _ = try await abandoned.journal.append(
            .runStarted(plan: "p1", steps: 1, startedBy: other.text), run: "r0", cluster: "lab", fence: lease.fence,
            at: .testMoment)
        try await abandoned.journal.releaseLease(lease)
        let error = await #expect(throws: ExecutionError.self) { try await abandoned.run() }
        #expect(error?.message == "run r0 on cluster lab has not ended: resume or abort it first")
    }

    @Test("an executor whose lease was taken stops before it acts again")
    func lostLease() async throws {
        let cluster = smallCluster()
        let rig = Rig(
            cluster,
            .plan(
                for: cluster,
                [
                    .move("m1", "v1", from: "a", to: "b", at: 0, lasting: 40),
                    .move("m2", "v2", from: "a", to: "b", at: 40, lasting: 40, after: ["m1"]),
                ]))
        let driver = ScriptedDriver(
            rig.driver,
            script: [
                5: {
                    do {
                        _ = try await rig.journal.acquireLease(
                            cluster: "lab", holder: "another", now: .testMoment.adding(seconds: 60), seconds: 30,
                            displacing: nil)
                    } catch {
                        Issue.record(error)
                    }
                }
            ])
        let error = await #expect(throws: ExecutionError.self) { try await rig.run(driver: driver) }
        #expect(error?.code == .leaseLost)
        #expect(rig.driver.records.filter { $0.kind == .begin }.count == 1)
        // The other holder's lease was not given back by the loser.
        #expect(try await rig.journal.lease(ofCluster: "lab")?.holder == "another")
    }

    @Test("the lease of a dead process is taken over at once")
    func deadHolder() async throws {
        let cluster = smallCluster()
        let rig = Rig(cluster, .plan(for: cluster, [.move("m1", "v1", from: "a", to: "b", at: 0, lasting: 40)]))
        let here = ProcessIdentity.current()
        // Same machine, same boot; a process with this number started at another moment, so the one meant is dead.
        let dead = ProcessIdentity(
            processID: here.processID, startTicks: here.startTicks + 1, boot: here.boot, namespace: here.namespace)
        #expect(dead.isKnownDead && !here.isKnownDead)
        #expect(ProcessIdentity(text: here.text) == here)
        _ = try await rig.journal.acquireLease(
            cluster: "lab", holder: dead.text, now: .testMoment, seconds: 30, displacing: nil)
        #expect(try await rig.run().outcome == .completed)
    }
}
