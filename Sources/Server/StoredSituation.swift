public import ClusterModel
import Forecasting
import MigrationModel
public import Store

/// A stored cluster as it is to be planned and reported on: the inventory as agents have seen it since, with the demand
/// that its samples foretell.
public struct StoredSituation: Sendable {
    public let cluster: Cluster
    /// The planner's clock.
    public let moment: Timestamp
    public let newestSample: Timestamp?
    /// On what data it rests, in sentences.
    public let notes: [String]
    public let runningVMs: Int
    /// Running VMs whose demand rests on samples.
    public let sampledVMs: Int

    /// - Parameter moment: `nil`: the time of the newest sample, or of the inventory when there are no samples.
    public init(of store: ClusterStore, policy: Policy, at moment: Timestamp? = nil) throws {
        let inventory = try store.currentCluster()
        newestSample = try store.newestSampleTime()
        self.moment = moment ?? newestSample ?? inventory.takenAt
        let forecast = try DemandForecaster(policy: policy.demand, memory: policy.memory)
            .forecast(inventory, history: store.history, at: self.moment)
        // What ended after the newest sample counts too, unless a moment was asked for.
        let newest = try moment ?? store.newestMigrationTime()
        let correction = try store.migrationCorrection(policy: policy, at: max(self.moment, newest ?? self.moment))
        cluster = forecast.cluster.corrected(by: correction)
        notes = forecast.sentences + (correction.sentence.map { [$0] } ?? [])
        sampledVMs = forecast.sampledVMs
        runningVMs = inventory.vms.count { $0.state == .running }
    }
}
