import ClusterModel
import MigrationModel
public import Placement

/// The hard cases: a row of safe moves, one at a time, to a placement that the moves which lead there directly do not
/// reach.
///
/// Any VM may move, any number of times, over any host. A* over placements (Hart, Nilsson and Raphael, 1968), where
/// each VM that is not yet where it is to be costs at least one move; when half of the work is spent without an answer,
/// those that remain count four times as much, which finds longer rows sooner. On a cluster of a few hosts and VMs it
/// sees every placement that can be reached, so that no answer means that there is none.
public struct RouteSearch: Sendable {
    /// Where a route ends.
    public enum Goal: Sendable {
        /// Every VM is on its host of the request's target.
        case target
        /// No VM that can move is on any of these hosts.
        case empty(hosts: Set<Int>)
    }

    /// Hosts times VMs, at most: beyond it there is no looking around.
    private static let largestCluster = 20_000
    /// Tried moves for each unit of the request's effort.
    private static let triesPerEffort = 150

    private let work: Workload
    private let goal: Goal
    private let movable: [Int]
    private let effort: Int

    public init(_ request: ScheduleRequest, goal: Goal) {
        let packed = request.packed
        self.goal = goal
        effort = request.effort * Self.triesPerEffort
        let predict: Scheduler.Predictor = { packed.model.choice(for: packed.vm($0), bandwidthBitsPerSecond: $1) }
        work = Workload(request: Scheduler.withoutUnsafeClosings(request, predict).request, predict: predict)
        movable = (0..<packed.vmCount).filter { vm in
            let home = Int(packed.home[vm])
            return packed.vm(vm).migration != .none && packed.paths.isMovable(vm: vm)
                && request.powerOn.isEmpty && [.on, .maintenance].contains(packed.host(home).state)
        }
    }

    /// The moves in order; `nil` when none was found within the work, or the cluster is too large to look around in.
    public func steps() -> [PlacementResult.Move]? {
        let packed = work.packed
        guard packed.hostCount * packed.vmCount <= Self.largestCluster, SpareJudge.isExact(packed), effort > 0 else {
            return nil
        }
        var tries = effort
        for weight in [1, 4] {
            var wave = RouteWave(work: work, goal: goal, movable: movable, weight: weight)
            var left = weight == 1 ? tries / 2 : tries
            tries -= left
            switch wave.run(tries: &left) {
            case .found(let steps): return steps
            case .exhausted: return nil
            case .outOfWork: tries += max(left, 0)
            }
        }
        return nil
    }
}
