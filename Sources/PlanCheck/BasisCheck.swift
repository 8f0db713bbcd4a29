import ClusterModel

/// The plan is one for this cluster, as it stood at this moment.
struct BasisCheck {
    let cluster: Cluster
    let plan: Plan
    let snapshotDigest: String?

    func violations() -> [Violation] {
        var messages: [String] = []
        if plan.cluster != cluster.name {
            messages.append("the plan is for cluster \(plan.cluster), this one is \(cluster.name)")
        }
        if plan.basis.takenAt != cluster.takenAt {
            messages.append(
                "the plan rests on a snapshot taken at \(plan.basis.takenAt), this one is of \(cluster.takenAt)")
        }
        if let snapshotDigest, plan.basis.snapshot != snapshotDigest {
            messages.append("the plan rests on snapshot \(plan.basis.snapshot), this one is \(snapshotDigest)")
        }
        return messages.map { Violation(promise: .anotherCluster, message: $0) }
    }
}
