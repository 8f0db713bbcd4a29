public import ClusterModel
import Documents
import Placement
import PlanCheck
import Scheduling

/// Plans the maintenance of hosts in turn: groups emptied, maintained and refilled, within nights.
///
/// Each group is placed and scheduled from the cluster as the groups before it have left it. VMs go to hosts that are
/// already maintained, or need not be, where these have room: in a chain of hosts through one that is empty every VM
/// then moves about once. What steps of different groups owe each other is worked out when all are known
/// (`RollingDraft`).
public struct RollingPlanner: Sendable {
    private let policy: Policy

    public init(policy: Policy) { self.policy = policy }

    /// - Parameters:
    ///   - startsAt: the planner's clock, where the request names no windows; by default the moment of the snapshot.
    /// - Throws: when a host does not exist, or the checker refuses the plan.
    public func plan(
        cluster: Cluster, request: RollingRequest, startsAt: Timestamp? = nil, createdAt: Timestamp? = nil
    ) throws(PlanningError) -> Plan {
        let known = Set(cluster.hosts.map(\.id))
        let unknown = request.hosts.filter { !known.contains($0) }
        guard unknown.isEmpty else { throw .unknown(kind: "host", ids: unknown) }
        let startsAt = request.windows.first?.from ?? startsAt ?? cluster.takenAt
        let snapshot = ClusterDocument.digest(of: cluster)
        func made(overlaps: Bool) throws(PlanningError) -> Plan {
            var violations: [Violation] = []
            for looksAhead in [false, true] {
                var search = RollingSearch(
                    cluster: cluster, policy: policy, request: request, startsAt: startsAt, looksAhead: looksAhead,
                    overlaps: overlaps)
                search.run()
                let plan = RollingDraft(search: search, snapshot: snapshot).plan(createdAt: createdAt ?? startsAt)
                violations = PlanChecker(cluster: cluster, plan: plan, snapshotDigest: snapshot).violations()
                if violations.isEmpty { return plan }
                guard violations.contains(where: { $0.promise == .spareCapacity }) else { break }
            }
            throw .broken(violations: violations)
        }
        let usual = try made(overlaps: false)
        guard !policy.rolling.restorePlacement, let overlapping = try? made(overlaps: true) else { return usual }
        return overlapping.isBetter(than: usual) ? overlapping : usual
    }
}

extension Plan {
    /// More hosts, then fewer moves, then less time.
    fileprivate func isBetter(than other: Plan) -> Bool {
        let (own, others) = (summary, other.summary)
        return (refusals.count, own.migrations, own.makespanSeconds)
            < (other.refusals.count, others.migrations, others.makespanSeconds)
    }
}
