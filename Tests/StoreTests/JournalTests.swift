import ClusterModel
import Execution
import MigrationModel
import Store
import Testing

struct JournalTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private let now = Timestamp.midnight

    private func started(_ plan: String) -> JournalEvent { .runStarted(plan: plan, steps: 2, startedBy: "me") }

    private func code<Value>(_ body: () async throws -> Value) async -> JournalError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? JournalError)?.code
        }
    }

    @Test func entriesComeBackInOrderAlsoFromAnotherProcess() async throws {
        let file = try scratch.store().file
        let journal = SQLiteJournal(file: file)
        let lease = try await journal.acquireLease(
            cluster: "lab", holder: "a", now: now, seconds: 30, displacing: nil)
        let first = try await journal.append(started("p1"), run: "r1", cluster: "lab", fence: lease.fence, at: now)
        let event = JournalEvent.stepIntended(step: "s1", attempt: 1)
        let second = try await journal.append(
            event, run: "r1", cluster: "lab", fence: lease.fence, at: now.adding(seconds: 1))
        #expect([first.sequence, second.sequence] == [1, 2])
        let other = SQLiteJournal(file: try StoreFile(path: file.path))
        #expect(try await other.entries(ofRun: "r1", after: 0) == [first, second])
        #expect(try await other.entries(ofRun: "r1", after: 1) == [second])
        #expect(try await other.entries(ofRun: "r2", after: 0).isEmpty)
        #expect(try await other.latestRun(ofCluster: "lab") == "r1")
        #expect(try await other.latestRun(ofCluster: "none") == nil)
        _ = try await other.append(started("p2"), run: "r2", cluster: "lab", fence: lease.fence, at: now)
        _ = try await other.append(event, run: "r1", cluster: "lab", fence: lease.fence, at: now)
        #expect(try await journal.latestRun(ofCluster: "lab") == "r2")
        #expect(try StoreFile.check(path: file.path).problems == [])
        #expect(try StoreFile.check(path: file.path).journalEntries == 4)
    }

    @Test func theJournalTakesNoChangeAndAGapIsFound() async throws {
        let file = try scratch.store().file
        let journal = SQLiteJournal(file: file)
        let lease = try await journal.acquireLease(
            cluster: "lab", holder: "a", now: now, seconds: 30, displacing: nil)
        for _ in 0..<3 {
            _ = try await journal.append(started("p"), run: "r", cluster: "lab", fence: lease.fence, at: now)
        }
        for sql in ["UPDATE journal SET at = 0", "DELETE FROM journal", "DELETE FROM journal WHERE sequence = 2"] {
            #expect(throws: StoreError.self) { try file.execute(sql) }
        }
        #expect(try await journal.entries(ofRun: "r", after: 0).count == 3)
        try file.execute("DROP TRIGGER journal_is_not_deleted; DELETE FROM journal WHERE sequence = 2")
        #expect(
            try StoreFile.check(path: file.path).problems == ["table journal: 1 entries are missing before number 3"])
    }

    @Test func onlyTheNewestLeaseWrites() async throws {
        let journal = SQLiteJournal(file: try scratch.store().file)
        #expect(try await journal.lease(ofCluster: "lab") == nil)
        #expect(
            await code { try await journal.append(started("p"), run: "r", cluster: "lab", fence: 1, at: now) }
                == .staleFence)
        let first = try await journal.acquireLease(
            cluster: "lab", holder: "a", now: now, seconds: 30, displacing: nil)
        #expect(
            await code {
                try await journal.acquireLease(cluster: "lab", holder: "b", now: now, seconds: 30, displacing: "c")
            } == .leaseHeld)
        // Expired, but taken by nobody: the holder may still write.
        #expect(
            await code {
                try await journal.append(
                    started("p"), run: "r", cluster: "lab", fence: first.fence, at: now.adding(seconds: 99))
            } == nil)
        let renewed = try await journal.renewLease(first, now: now.adding(seconds: 40), seconds: 30)
        #expect(renewed.expiresAt == now.adding(seconds: 70))
        #expect(
            await code {
                try await journal.acquireLease(
                    cluster: "lab", holder: "b", now: now.adding(seconds: 69), seconds: 30, displacing: nil)
            } == .leaseHeld)
        let second = try await journal.acquireLease(
            cluster: "lab", holder: "b", now: now.adding(seconds: 70), seconds: 30, displacing: nil)
        #expect(second.fence > first.fence)
        #expect(
            await code {
                try await journal.append(started("p"), run: "r", cluster: "lab", fence: first.fence, at: now)
            } == .staleFence)
        #expect(await code { try await journal.renewLease(first, now: now, seconds: 30) } == .staleFence)
        // The former holder's release does nothing.
        try await journal.releaseLease(first)
        #expect(try await journal.lease(ofCluster: "lab") == second)
        let third = try await journal.acquireLease(
            cluster: "lab", holder: "c", now: now, seconds: 30, displacing: "b")
        try await journal.releaseLease(third)
        try await journal.releaseLease(third)
        #expect(try await journal.lease(ofCluster: "lab")?.holder == "")
        #expect(
            await code {
                try await journal.append(started("p"), run: "r", cluster: "lab", fence: third.fence, at: now)
            } == .staleFence)
        let fourth = try await journal.acquireLease(
            cluster: "lab", holder: "d", now: now, seconds: 30, displacing: nil)
        #expect(fourth.fence > third.fence)
        // Another cluster's lease is another.
        #expect(
            await code {
                try await journal.acquireLease(cluster: "prod", holder: "e", now: now, seconds: 30, displacing: nil)
            } == nil)
    }

    @Test func leasesAreTakenByOneOfMany() async throws {
        let file = try scratch.store().file
        let taken = await withTaskGroup(of: Bool.self) { group in
            for holder in 0..<20 {
                group.addTask {
                    let journal = SQLiteJournal(file: file)
                    return await code {
                        try await journal.acquireLease(
                            cluster: "lab", holder: "h\(holder)", now: now, seconds: 30, displacing: nil)
                    } == nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 1)
    }

    @Test func requestsWaitForTheExecutor() async throws {
        let journal = SQLiteJournal(file: try scratch.store().file)
        let pause = try await journal.request(.pause, run: "r", by: "me", at: now)
        let abort = try await journal.request(.abort, run: "r", by: "you", at: now.adding(seconds: 5))
        _ = try await journal.request(.resume, run: "other", by: "me", at: now)
        #expect(try await journal.requests(ofRun: "r", after: 0) == [pause, abort])
        #expect(try await journal.requests(ofRun: "r", after: pause.sequence) == [abort])
    }

    @Test func migrationsAreKeptWithTheEntryThatEndsThem() async throws {
        let lab = try scratch.store()
        let journal = SQLiteJournal(file: lab.file)
        let figures = MigrationRecord.Figures(
            durationSeconds: 41.5, downtimeMilliseconds: 120, transferBytes: 2.1e10, rounds: 4)
        let record = MigrationRecord(
            key: StepKey(run: "r", step: "s1", attempt: 1), cluster: "lab", vm: "v", from: "a", to: "b", mode: .live,
            bandwidthBitsPerSecond: 1e10, endedAt: now, predicted: figures, measured: figures, failure: nil,
            maxDowntimeMilliseconds: 500)
        let event = JournalEvent.stepEnded(
            step: "s1", attempt: 1, outcome: .succeeded(measurement: Measurement(startedAt: now, endedAt: now)),
            retryAt: nil, record: record)
        #expect(
            await code { try await journal.append(event, run: "r", cluster: "lab", fence: 1, at: now) } == .staleFence)
        #expect(try lab.migrations(since: now).isEmpty)
        let lease = try await journal.acquireLease(
            cluster: "lab", holder: "a", now: now, seconds: 30, displacing: nil)
        _ = try await journal.append(event, run: "r", cluster: "lab", fence: lease.fence, at: now)
        #expect(try lab.migrations(since: now) == [record])
        #expect(try lab.migrations(since: now.adding(seconds: 1)).isEmpty)
        #expect(try await journal.entries(ofRun: "r", after: 0).map(\.event) == [event])
    }

    /// Eight migrations took twice as long as predicted, one failed, one is too old and one is yet to come.
    @Test func migrationsTeachTheModel() async throws {
        let lab = try scratch.store()
        let journal = SQLiteJournal(file: lab.file)
        let lease = try await journal.acquireLease(
            cluster: "lab", holder: "a", now: now, seconds: 30, displacing: nil)
        for place in 0..<11 {
            let figures = MigrationRecord.Figures(
                durationSeconds: 30, downtimeMilliseconds: 100, transferBytes: 1e9, rounds: 3)
            let measured = MigrationRecord.Figures(
                durationSeconds: 40, downtimeMilliseconds: 100, transferBytes: 1e9, rounds: 3)
            let daysAgo = place == 9 ? 91.0 : place == 10 ? -1 : Double(place)
            let record = MigrationRecord(
                key: StepKey(run: "r", step: "s\(place)", attempt: 1), cluster: "lab", vm: "v\(place)", from: "a",
                to: "b", mode: .live, bandwidthBitsPerSecond: 1e10, endedAt: now.adding(seconds: -daysAgo * 86_400),
                predicted: figures, correction: .init(durationFactor: 1.5, downtimeFactor: 1),
                measured: place == 8 ? nil : measured, failure: place == 8 ? .notConverging : nil,
                maxDowntimeMilliseconds: 500)
            let event = JournalEvent.stepEnded(
                step: "s\(place)", attempt: 1,
                outcome: .succeeded(measurement: Measurement(startedAt: now, endedAt: now)), retryAt: nil,
                record: record)
            _ = try await journal.append(event, run: "r", cluster: "lab", fence: lease.fence, at: now)
        }
        var policy = Policy()
        let experiences = try lab.migrationExperiences(days: policy.migration.learnDays, upTo: now)
        #expect(experiences.map(\.vm) == (0..<9).map { "v\(8 - $0)" })
        #expect(experiences.first?.failure == "notConverging")
        #expect(experiences.last?.durationRatio == 2)
        #expect(try lab.newestMigrations(from: now.adding(seconds: -1e9), to: now, limit: 2).map(\.vm) == ["v1", "v0"])
        let correction = try lab.migrationCorrection(policy: policy, at: now)
        #expect(correction[.live].migrations == 8)
        #expect(correction[.live].factors.duration > 1.7 && correction[.live].factors.duration < 2)
        #expect(correction[.live].factors.downtime == 1)
        #expect(try lab.newestMigrationTime() == now.adding(seconds: 86_400))
        policy.migration.learnDays = 0
        #expect(try lab.migrationCorrection(policy: policy, at: now) == .none)
        let cluster = Cluster(name: "lab", takenAt: now, hosts: [], vms: [])
        #expect(cluster.corrected(by: .none) == cluster)
        #expect(
            MigrationCorrection(cluster.corrected(by: correction).extensions[MigrationCorrection.key]) == correction)
    }

    @Test func plansAndApprovals() throws {
        let lab = try scratch.store()
        #expect(throws: StoreError.self) {
            try lab.keepPlan(id: "p", createdAt: now, snapshot: "d1", document: "{}")
        }
        try lab.keepSnapshot(digest: "d1", takenAt: now, document: "{\"a\":1}")
        try lab.keepSnapshot(digest: "d1", takenAt: now, document: "{\"a\":1}")
        try lab.keepPlan(id: "p", createdAt: now, snapshot: "d1", document: "{}")
        #expect(try lab.snapshot(digest: "d1") == "{\"a\":1}")
        #expect(try lab.plan(id: "p")?.state == .proposed)
        try lab.setState(.running, ofPlan: "p")
        #expect(try lab.plans().map(\.state) == [.running])
        let approval = Approval(plan: "p", approvedBy: "me", approvedAt: now)
        try lab.approve(approval)
        try lab.approve(Approval(plan: "p", approvedBy: "me", approvedAt: now.adding(seconds: 9)))
        #expect(try lab.approvals(ofPlan: "p") == [approval])
        #expect(throws: StoreError.self) {
            try lab.approve(Approval(plan: "q", approvedBy: "me", approvedAt: now))
        }
        #expect(throws: StoreError.self) { try lab.setState(.done, ofPlan: "q") }
        let prod = try lab.file.cluster(named: "prod", creating: true)
        #expect(try prod.plan(id: "p") == nil)
        #expect(try prod.approvals(ofPlan: "p").isEmpty)
        #expect(throws: StoreError.self) { try prod.approve(approval) }
    }
}
