import ClusterModel
import Placement

/// For each moved VM: the best other host that would take it when the plan is done, beside the one that was chosen,
/// both in the measure that the goal lowers. Recorded in the plan, since only the planner's full policy gives these
/// numbers.
struct RunnerUps {
    /// Moves times hosts times dimensions, at most; beyond it only the first moves get one.
    private static let mostWork = 100_000_000

    let packed: PackedCluster
    let goal: Goal
    let after: ClusterFigures.State
    /// Host of each packed VM at the end.
    let hostOf: [Int32]

    /// Writes `choice` into the extensions of the last step of each moved VM.
    /// - Returns: what the plan says of moves that got none; `nil` when all did.
    /// - Complexity: O(moves x hosts x dimensions), up to a fixed amount.
    func record(in steps: inout [PlanStep]) -> String? {
        var lastStep: [String: Int] = [:]
        for (index, step) in steps.enumerated() {
            guard let vm = step.migration?.vm else { continue }
            if let known = lastStep[vm], steps[known].startSeconds > step.startSeconds { continue }
            lastStep[vm] = index
        }
        guard !lastStep.isEmpty else { return nil }
        let end = EndOfPlan(packed: packed, goal: goal, hostOf: hostOf, isOn: after.isOn)
        guard let measure = GoalMeasure(goal: goal, end: end, isOn: after.isOn) else { return nil }
        let most = max(Self.mostWork / max(packed.hostCount * packed.dimensionCount, 1), 1)
        for index in lastStep.values.sorted().prefix(most) {
            guard let vm = steps[index].migration?.vm, let number = packed.vmIndex[vm] else { continue }
            let unit = Int(end.pool.unitOfVM[number])
            steps[index].extensions = .object(fields: ["choice": choice(of: unit, measure, end.state)])
        }
        guard lastStep.count > most else { return nil }
        return
            "a runner-up is recorded for the first \(most) of \(lastStep.count) moved VMs only: more would take too long"
    }

    private func choice(of unit: Int, _ measure: GoalMeasure, _ state: PlacementState) -> JSONValue {
        var fields: [String: JSONValue] = [
            "measure": .string(value: measure.kind.rawValue),
            "score": .exact(Self.rounded(measure.score(of: unit, on: Int(state.hostOf[unit])))),
        ]
        if let (host, score) = measure.runnerUp(for: unit) {
            fields["runnerUp"] = .string(value: packed.host(host).id)
            fields["runnerUpScore"] = .exact(Self.rounded(score))
        }
        return .object(fields: fields)
    }

    /// Six decimals: a plan is read by people, too.
    private static func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
}
