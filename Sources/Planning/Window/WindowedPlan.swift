import ClusterModel
import Documents
import Placement

/// A plan that has to be over by the end of a window: whether it is, and otherwise as much of it as is.
struct WindowedPlan {
    /// Ways to empty the hosts that are looked at when the usual one is late, and single placements tried to find them.
    private static let (mostWays, mostTries) = (24, 20_000)
    /// How often moves that are late are taken out before all that are left are.
    private static let mostRounds = 20
    /// Starts that are tried where the time of day makes a difference.
    private static let mostStarts = 4

    let maker: PlanMaker
    let window: TimeWindow

    private var confidence: Double { maker.packed.policy.schedule.confidence }

    /// - Throws: when the checker refuses the plan.
    func plan(_ placement: PlacementResult, namesRelaxations: Bool) throws(PlanningError) -> Plan {
        var whole = try timed(placement)
        if case .evacuate(let hosts) = maker.goal, isLate(whole) { whole = try quicker(than: whole, hosts) }
        let prompt = whole
        if namesRelaxations { whole = QuietHours(maker: maker, window: window).quieter(than: whole) }
        var answer = answer(whole)
        var plan = isLate(whole) ? try inTime(whole).plan : whole.plan
        if namesRelaxations {
            answer.latestStart = try latestStart(prompt)
            if !answer.isYes { answer.unblock = unblocking(of: plan, wholePlan: whole.plan, answer) }
        }
        plan.deadline = window.by
        plan.confidence = confidence
        plan.expiresAt = max(plan.startsAt, min(plan.expiresAt, window.by))
        for index in plan.refusals.indices
        where plan.refusals[index].reasons.contains(where: { $0.constraint == "window" }) {
            plan.refusals[index].unblock = answer.unblock.first.map { $0 + " (verified by planning with it)" }
        }
        plan.extensions = plan.extensions.setting(WindowAnswer.key, answer.json)
        plan.id = PlanDocument.id(of: plan)
        return plan
    }

    // MARK: Times

    private func timed(_ placement: PlacementResult) throws(PlanningError) -> TimedPlan {
        try TimedPlan(of: placement, by: maker)
    }

    private func finish(_ timed: TimedPlan) -> Double { timed.estimate.seconds(at: confidence) }

    private func isLate(_ timed: TimedPlan) -> Bool { finish(timed) > window.seconds }

    private func answer(_ whole: TimedPlan) -> WindowAnswer {
        let isReached = whole.plan.status == .complete || whole.plan.status == .nothingToDo
        var answer = WindowAnswer(
            window: window, confidence: confidence, isYes: isReached && !isLate(whole),
            expectedSeconds: whole.plan.summary.makespanSeconds, finishSeconds: finish(whole))
        answer.late = lateMoves(whole).map { step, end in
            WindowAnswer.Late(vm: step.vm, from: step.from, endsAtSeconds: end)
        }
        if !answer.late.isEmpty {
            let lanes = LaneTable(cluster: maker.packed.cluster, defaults: maker.packed.policy.defaults)
            answer.busyLinks = lanes.busiest(in: whole.plan.steps, usedBy: lateMoves(whole).map(\.step))
        }
        return answer
    }

    /// Moves that are not over by the end of the window, at the confidence; the earliest first. Each of them may be in
    /// time so often and all together not: then the one that is over last.
    private func lateMoves(_ timed: TimedPlan) -> [(step: MigrationStep, end: Double)] {
        let ends = timed.plan.steps.indices.compactMap { index -> (step: MigrationStep, end: Double)? in
            guard let migration = timed.plan.steps[index].migration else { return nil }
            return (migration, timed.estimate.seconds(at: confidence, ofStep: index))
        }.sorted { ($0.end, $0.step.vm) < ($1.end, $1.step.vm) }
        let late = ends.filter { $0.end > window.seconds }
        return late.isEmpty && isLate(timed) ? ends.suffix(1) : late
    }

    // MARK: Earlier

    /// The plan that is over first, of the usual one and of those with other destinations; it has to reach as much.
    private func quicker(than usual: TimedPlan, _ hosts: [String]) throws(PlanningError) -> TimedPlan {
        guard usual.plan.status == .complete else { return usual }
        let tries = max(Self.mostTries / max(maker.packed.hostCount, 1), 200)
        var search = PromptEvacuation(hosts: hosts, packed: maker.packed, most: Self.mostWays, tries: tries)
        var best = usual
        for way in search.ways() {
            guard isLate(best), way.boundSeconds < best.plan.summary.makespanSeconds else { break }
            guard let other = try? timed(way.placement), other.plan.status == .complete else { continue }
            if finish(other) < finish(best) { best = other }
        }
        return best
    }

    /// The plan without the moves that are late: what can be done.
    private func inTime(_ whole: TimedPlan) throws(PlanningError) -> TimedPlan {
        let pool = UnitPool(packed: maker.packed, honoursCoolDown: false)
        var maker = maker
        maker.leavesBehind = true
        var current = whole
        for round in 0...Self.mostRounds {
            let late = lateMoves(current)
            guard !late.isEmpty else { break }
            var units = Set(late.compactMap { maker.packed.vmIndex[$0.step.vm].map { Int(pool.unitOfVM[$0]) } })
            if round == Self.mostRounds { units = Set(0..<pool.count) }
            let reason = lateReason(whole)
            var placement = current.placement
            for unit in units.sorted() {
                for vm in pool.members[unit].map({ Int($0) }) where placement.target[vm] != maker.packed.home[vm] {
                    placement.target[vm] = maker.packed.home[vm]
                    placement.unreached.append(Unreached(vm: vm, reasons: [reason]))
                }
            }
            let occupied = Set(placement.target)
            placement.enterMaintenance.removeAll { occupied.contains(Int32($0)) }
            current = try TimedPlan(of: placement, by: maker)
        }
        return current
    }

    private func lateReason(_ whole: TimedPlan) -> Unreached.Reason {
        let lanes = LaneTable(cluster: maker.packed.cluster, defaults: maker.packed.policy.defaults)
        let busy = lanes.busiest(in: whole.plan.steps, usedBy: lateMoves(whole).map(\.step)).first
        let held = busy.map { "; \($0.name) is busy for \(Int($0.busySeconds.rounded(.up))) s" } ?? ""
        let over = Int((finish(whole) - window.seconds).rounded(.up))
        return Unreached.Reason(
            constraint: "window", hosts: [],
            detail: "the whole plan ends \(over) s after the window, with a confidence of \(confidence)" + held)
    }

    // MARK: What would do

    /// The latest start with which the whole plan would be over in time. Where loads or dirty rates depend on the time
    /// of day it is verified by planning from there.
    private func latestStart(_ whole: TimedPlan) throws(PlanningError) -> Timestamp? {
        guard whole.plan.status == .complete else { return nil }
        var start = window.by.adding(seconds: -finish(whole))
        guard maker.packed.cluster.vms.contains(where: { $0.profile != nil || $0.extensions["dirtyProfile"] != nil })
        else {
            return start
        }
        for _ in 0..<Self.mostStarts {
            guard let later = planned(TimeWindow(from: start, by: window.by)) else { return nil }
            if later.isYes { return start }
            let earlier = window.by.adding(seconds: -later.finishSeconds)
            guard earlier < start else { return nil }
            start = earlier
        }
        return nil
    }

    private func planned(_ window: TimeWindow) -> WindowAnswer? {
        guard window.from < window.by else { return nil }
        let planner = Planner(policy: maker.packed.policy, namesRelaxations: false)
        let plan = try? planner.plan(cluster: maker.packed.cluster, goal: maker.goal, window: window)
        return plan.flatMap { WindowAnswer(of: $0) }
    }

    private func unblocking(of plan: Plan, wholePlan: Plan, _ answer: WindowAnswer) -> [String] {
        let finder = RelaxationFinder(
            cluster: maker.packed.cluster, policy: maker.packed.policy, goal: maker.goal, startsAt: window.from,
            window: window)
        var words = finder.wholeRemedies(beside: answer.busyLinks).map(\.words)
        // The whole plan is itself the plan with the longer window.
        if wholePlan.status == .complete {
            let end = window.from.adding(seconds: (answer.finishSeconds / 60).rounded(.up) * 60)
            words.append("end the window at \(end) instead of \(window.by)")
        }
        return words
    }
}
