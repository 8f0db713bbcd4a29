internal import ClusterModel

/// Whether a plan may be run at all. Each refusal is one message that says what was found and what is allowed.
struct Admission {
    let plan: Plan
    let cluster: Cluster
    let policy: Policy

    /// Checks that need nobody.
    func check(findings: [String]) throws(ExecutionError) {
        guard plan.cluster == cluster.name else {
            throw ExecutionError(
                code: .planOfAnotherCluster,
                message: "plan \(plan.id) is for cluster \(plan.cluster), and this cluster is \(cluster.name)")
        }
        if let finding = findings.first {
            let more = findings.count > 1 ? " (and \(findings.count - 1) more)" : ""
            throw ExecutionError(
                code: .planInvalid, message: "plan \(plan.id) fails the checker and is not run: \(finding)\(more)")
        }
        try checkSteps()
        try checkReferences()
    }

    func check(approval: Approval?) throws(ExecutionError) {
        if policy.requireApproval {
            guard let approval, approval.plan == plan.id else {
                throw ExecutionError(
                    code: .planNotApproved,
                    message: "plan \(plan.id) is not approved, and the policy \(policy.name) asks for approval "
                        + "(requireApproval): approve it first")
            }
        }
    }

    /// Against the platform's clock.
    func checkExpiry(now: Timestamp) throws(ExecutionError) {
        guard now <= plan.expiresAt else {
            throw ExecutionError(
                code: .planExpired,
                message: "plan \(plan.id) expired at \(plan.expiresAt), and the platform's time is \(now): "
                    + "make a new plan")
        }
    }

    func check(_ capabilities: DriverCapabilities) throws(ExecutionError) {
        for step in plan.steps {
            let missing: String?
            switch step.action {
            case .migrate(let migration):
                missing = capabilities.modes.contains(migration.mode) ? nil : "\(migration.mode.rawValue) migration"
            case .powerOn, .powerOff: missing = capabilities.canSwitchPower ? nil : "switching hosts"
            case .enterMaintenance, .exitMaintenance:
                missing = capabilities.canSetMaintenance ? nil : "maintenance mode"
            case .maintain: missing = capabilities.canMaintain ? nil : "having a host maintained"
            case .wait: missing = nil
            }
            if let missing {
                throw ExecutionError(
                    code: .unsupported,
                    message: "step \(step.id) of plan \(plan.id) needs \(missing), which \(capabilities.name) "
                        + "cannot do")
            }
        }
    }

    /// Identifiers are unique, `after` names steps of the plan, and there is no circle.
    private func checkSteps() throws(ExecutionError) {
        var waitingFor: [String: Set<String>] = [:]
        for step in plan.steps {
            guard waitingFor.updateValue(Set(step.after), forKey: step.id) == nil else {
                throw invalid("two steps are called \(step.id)")
            }
            guard step.durationSeconds.isFinite, step.startSeconds.isFinite, abs(step.durationSeconds) < 1e9,
                abs(step.startSeconds) < 1e9
            else { throw invalid("step \(step.id) has a start or duration beyond 10^9 seconds") }
        }
        for step in plan.steps {
            if let unknown = step.after.first(where: { waitingFor[$0] == nil }) {
                throw invalid("step \(step.id) comes after \(unknown), which is no step")
            }
        }
        var left = plan.steps.map(\.id)
        var ended: Set<String> = []
        while !left.isEmpty {
            let free = left.filter { waitingFor[$0]?.isSubset(of: ended) ?? true }
            guard !free.isEmpty else { throw invalid("the steps \(left.joined(separator: ", ")) wait for each other") }
            ended.formUnion(free)
            left.removeAll { ended.contains($0) }
        }
    }

    private func checkReferences() throws(ExecutionError) {
        let hosts = Set(cluster.hosts.map(\.id))
        let vms = Set(cluster.vms.map(\.id))
        for step in plan.steps {
            let named: [String]
            switch step.action {
            case .migrate(let migration):
                guard vms.contains(migration.vm) else {
                    throw invalid("step \(step.id) moves VM \(migration.vm), which is not in the cluster")
                }
                named = [migration.from, migration.to]
            case .powerOff(let host), .powerOn(let host), .enterMaintenance(let host), .exitMaintenance(let host),
                .maintain(let host):
                named = [host]
            case .wait: named = []
            }
            if let unknown = named.first(where: { !hosts.contains($0) }) {
                throw invalid("step \(step.id) names host \(unknown), which is not in the cluster")
            }
        }
    }

    private func invalid(_ detail: String) -> ExecutionError {
        ExecutionError(code: .planInvalid, message: "plan \(plan.id) contradicts itself or its cluster: \(detail)")
    }
}
