import ClusterModel
import Forecasting

/// One way to say what a VM will need.
struct DemandModel {
    let name: String
    let policy: DemandPolicy
    /// The mean, which no policy offers: only what a bad answer costs is to be seen.
    let isMean: Bool

    private init(_ name: String, isMean: Bool = false, _ change: (inout DemandPolicy) -> Void = { _ in }) {
        var policy = DemandPolicy()
        policy.staleSeconds = 86400
        change(&policy)
        (self.name, self.policy, self.isMean) = (name, policy, isMean)
    }

    static func all(windowSeconds: Double) -> [DemandModel] {
        func model(
            _ name: String, isMean: Bool = false, _ profile: DemandPolicy.Profile = .none, excess: Double = 0
        ) -> DemandModel {
            DemandModel(name, isMean: isMean) { policy in
                policy.windowSeconds = windowSeconds
                policy.profile = profile
                policy.historyExcessFraction = excess
            }
        }
        return [
            model("mean", isMean: true), model("p95"), model("day profile of p95", .day),
            model("joint history", .history), model("joint history, all but 0.5 %", .history, excess: 0.005),
        ]
    }

    /// The cluster as it is to be packed, seen at a moment.
    func forecast(_ inventory: Cluster, history: some SampleHistory, at moment: Timestamp) throws -> DemandForecast {
        var forecast = try DemandForecaster(policy: policy, memory: .configured)
            .forecast(inventory, history: history, at: moment)
        guard isMean else { return forecast }
        let query = HistoryQuery(policy: policy, at: moment, metrics: [.cpuCores])
        let histories = try history.histories(of: .vm, query)
        for index in forecast.cluster.vms.indices {
            let vm = forecast.cluster.vms[index]
            forecast.cluster.vms[index].demand.cpuCores = histories[vm.id]?[.cpuCores]?.mean ?? vm.demand.cpuCores
        }
        return forecast
    }
}
