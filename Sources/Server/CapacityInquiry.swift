public import ClusterModel
import Planning
public import Reports
public import Store

/// Puts a capacity report together: the cluster, a power-save plan of it, and what its VMs used in the past weeks.
public struct CapacityInquiry: Sendable {
    /// A trend over less says little, one over more is of another time: 35 days is what five-minute values are kept.
    private static let trendDays = 35.0

    public var policy: Policy
    public var size: MachineSize
    /// Whether the VMs that fit after consolidation are counted too, which takes the time of a plan.
    public var consolidates: Bool

    public init(policy: Policy, size: MachineSize = .standard, consolidates: Bool = true) {
        self.policy = policy
        self.size = size
        self.consolidates = consolidates
    }

    /// - Parameter store: where the trend comes from; `nil`: no trend.
    public func report(on cluster: Cluster, at moment: Timestamp, trendFrom store: ClusterStore?) throws
        -> CapacityReport
    {
        var plan: Plan?
        if consolidates {
            plan = try Planner(policy: policy).plan(cluster: cluster, goal: .powerSave, startsAt: moment)
        }
        let from = moment.adding(seconds: -Self.trendDays * 86400)
        let usage = try store?.usage(from: from, before: moment.adding(seconds: 1)) ?? []
        return CapacityReport(
            CapacityRequest(
                cluster: cluster, policy: policy, size: size, startsAt: moment, consolidation: plan,
                history: usage.map {
                    Reports.UsagePoint(at: $0.at, cpuCores: $0.cpuCores, memoryBytes: $0.memoryBytes)
                }))
    }
}
