import ClusterModel
import Placement

/// Moves of VMs whose rewriting is known by the hour, put off to the hour at which they rewrite least, as far as the
/// plan is still over by the end of its window.
struct QuietHours {
    /// A move is put off only where the rate is lower by a fifth.
    private static let worthwhile = 0.8

    let maker: PlanMaker
    let window: TimeWindow

    /// The plan with moves put off; the plan itself where that would make it late, or gain nothing.
    func quieter(than prompt: TimedPlan) -> TimedPlan {
        guard prompt.plan.status == .complete, maker.predict == nil else { return prompt }
        let confidence = maker.packed.policy.schedule.confidence
        var starts = quietStarts(of: prompt.plan)
        while !starts.isEmpty {
            var later = maker
            later.quietStarts = starts
            // A plan that the checker refuses is as good as one that is late.
            if let quiet = try? TimedPlan(of: prompt.placement, by: later), quiet.plan.status == .complete,
                quiet.estimate.seconds(at: confidence) <= window.seconds
            {
                let missed = missed(starts, by: quiet.plan)
                if missed.isEmpty { return quiet }
                for vm in missed { starts[vm] = nil }
                continue
            }
            // Those that are put off longest are given up first.
            let order = starts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
            for entry in order.prefix((order.count + 1) / 2) { starts[entry.key] = nil }
        }
        return prompt
    }

    /// By packed VM, seconds after the window's beginning; of VMs that move once.
    private func quietStarts(of plan: Plan) -> [Int: Double] {
        let moves = Dictionary(grouping: plan.steps.filter { $0.migration != nil }) { $0.migration?.vm ?? "" }
        var starts: [Int: Double] = [:]
        for (id, steps) in moves {
            guard steps.count == 1, let step = steps.first, let vm = maker.packed.vmIndex[id],
                let profile = maker.packed.vm(vm).dirtyProfile
            else { continue }
            let seconds = step.durationP95Seconds ?? step.durationSeconds
            guard let quiet = profile.quietestStart(from: window.from, to: window.by, lastingSeconds: seconds) else {
                continue
            }
            let least = profile.rate(from: quiet, lastingSeconds: seconds)
            let usual = profile.rate(from: window.from.adding(seconds: step.startSeconds), lastingSeconds: seconds)
            guard quiet > window.from, least.bytesPerSecond <= Self.worthwhile * usual.bytesPerSecond else { continue }
            starts[vm] = quiet.seconds(since: window.from)
        }
        return starts
    }

    /// VMs whose moves, held up by others, run into an hour at which they rewrite more than they were put off for.
    private func missed(_ starts: [Int: Double], by plan: Plan) -> [Int] {
        plan.steps.compactMap { step in
            guard let vm = step.migration.flatMap({ maker.packed.vmIndex[$0.vm] }), let start = starts[vm],
                let profile = maker.packed.vm(vm).dirtyProfile
            else { return nil }
            let seconds = step.durationP95Seconds ?? step.durationSeconds
            let meant = profile.rate(from: window.from.adding(seconds: start), lastingSeconds: seconds)
            let met = profile.rate(from: window.from.adding(seconds: step.startSeconds), lastingSeconds: seconds)
            return met.bytesPerSecond > meant.bytesPerSecond ? vm : nil
        }
    }
}
