import ClusterModel
import Documents
import Execution
import PlanCheck
import Simulation
import Store

/// What apply and resume share.
enum RunSupport {
    static func executor(driver: any PlatformDriver, journal: any Journal) -> Executor {
        let display = LiveDisplay()
        return Executor(
            driver: driver, journal: journal, identity: .current(), wallClock: { WallClock.now() },
            onProgress: { display.show($0) }, onTrouble: { display.tell($0) })
    }

    /// The plan with what the checker says of it: a failing plan is never run.
    static func order(_ plan: Plan, _ cluster: Cluster, _ policy: Policy, approval: Approval?) -> RunOrder {
        let violations = PlanChecker(
            cluster: cluster, plan: plan, snapshotDigest: ClusterDocument.digest(of: cluster)
        ).violations()
        return RunOrder(
            plan: plan, cluster: cluster, policy: policy, approval: approval, findings: violations.map { "\($0)" })
    }

    /// Runs a plan, and new ones for what remains when the policy asks for that; the runs in order.
    static func run(
        _ plan: Plan, on cluster: Cluster, policy: Policy, in store: ClusterStore, platform: PlatformOptions,
        simulation: SimulationArguments
    ) async throws -> [RunSummary] {
        let order = order(plan, cluster, policy, approval: try store.approvals(ofPlan: plan.id).first)
        try order.check()
        let driver = try await platform.starting(plan, cluster, policy, in: store, simulation: simulation)
        let executor = executor(driver: driver, journal: SQLiteJournal(file: store.file))
        // Unique for ever: a plan can be run again only after a run of it has ended.
        let run = "\(plan.id)-\(WallClock.now().millisecondsSinceEpoch)"
        let summaries = try await series(of: order, run: run, executor, in: store) { summary, inventory in
            try settle(summary, inventory, store)
        }
        if let last = summaries.last {
            try await settle(last, driver, store)
            hint(after: last, goal: plan.goal, store)
        }
        return summaries
    }

    /// A run, and those that go on with what remains; `onEnd` hears of each that has another after it, or might have.
    static func series(
        of order: RunOrder, run: String, _ executor: Executor, in store: ClusterStore?,
        onEnd: (RunSummary, PlatformInventory) throws -> Void = { _, _ in }
    ) async throws -> [RunSummary] {
        var present = order
        return try await executor.runSeries(order, run: run) { summary, inventory in
            try onEnd(summary, inventory)
            guard let next = try Replanner(store: store).order(after: summary, of: present, inventory) else {
                return nil
            }
            present = next
            return next
        }
    }

    /// What to do about what was left out.
    static func hint(after summary: RunSummary, goal: Goal, _ store: ClusterStore?) {
        guard summary.outcome == .partial || summary.outcome == .stopped || summary.outcome == .outdated else { return }
        Terminal.note(
            "what was left out can be planned anew from the newest inventory: "
                + Replanner.command(for: goal, store: store))
    }

    /// Writes down in the store what a run came to: the plan's state, and, when the platform tells, where everything is
    /// now.
    static func settle(_ summary: RunSummary, _ driver: any PlatformDriver, _ store: ClusterStore) async throws {
        let platform: PlatformInventory
        do throws(DriverError) {
            platform = try await driver.inventory()
        } catch {
            try keepState(after: summary, in: store)
            return Terminal.note("warning: the inventory in \(store.file.path) is as it was before the run: \(error)")
        }
        try settle(summary, platform, store)
    }

    private static func settle(_ summary: RunSummary, _ platform: PlatformInventory, _ store: ClusterStore) throws {
        try keepState(after: summary, in: store)
        try takeOver(platform, after: summary, in: store)
    }

    private static func keepState(after summary: RunSummary, in store: ClusterStore) throws {
        guard try store.plan(id: summary.plan) != nil else { return }
        try store.setState(state(after: summary), ofPlan: summary.plan)
    }

    private static func state(after summary: RunSummary) -> PlanState {
        switch summary.outcome {
        case .completed, .partial: .done
        case .stopped, .outdated: .failed
        case .aborted: .aborted
        case .none: .running
        }
    }

    /// The inventory learns where the VMs are, when they were moved, and which hosts are on.
    private static func takeOver(
        _ platform: PlatformInventory, after summary: RunSummary, in store: ClusterStore
    ) throws {
        guard var inventory = try store.inventory() else { return }
        let states = Dictionary(platform.hosts.map { ($0.id, $0.state) }, uniquingKeysWith: { first, _ in first })
        let machines = Dictionary(platform.vms.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var moved: [String: Timestamp] = [:]
        var switched: [String: Timestamp] = [:]
        var quarantined: [String: String] = [:]
        for result in summary.steps {
            if case .failed(let failure) = result.state, case .powerOn(let host) = result.step.action {
                quarantined[host] = failure.message
            }
            guard case .succeeded(let measurement) = result.state else { continue }
            switch result.step.action {
            case .migrate(let migration): moved[migration.vm] = measurement.endedAt
            case .powerOn(let host), .powerOff(let host): switched[host] = measurement.endedAt
            case .enterMaintenance, .exitMaintenance, .maintain, .wait: break
            }
        }
        for index in inventory.hosts.indices {
            let id = inventory.hosts[index].id
            if let state = states[id] { inventory.hosts[index].state = state }
            // A host that did not come back is nobody's destination until somebody has looked at it.
            if let reason = quarantined[id] {
                inventory.hosts[index].state = .failed
                inventory.hosts[index].extensions = inventory.hosts[index].extensions.setting(
                    Host.quarantinedKey, .string(value: reason))
            }
            if let at = switched[id] {
                inventory.hosts[index].extensions = inventory.hosts[index].extensions.setting(
                    Host.lastSwitchedAtKey, .string(value: "\(at)"))
            }
        }
        for index in inventory.vms.indices {
            guard let machine = machines[inventory.vms[index].id] else { continue }
            inventory.vms[index].host = machine.host ?? inventory.vms[index].host
            inventory.vms[index].state = machine.state
            if let at = moved[machine.id] { inventory.vms[index].lastMigratedAt = at }
        }
        try store.setInventory(inventory)
    }
}
