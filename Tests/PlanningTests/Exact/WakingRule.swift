import ClusterModel
import Placement

/// What power save promises of the hosts that sleep at its end: none of them, switched on, would give room to a VM that
/// finds none after a failure. One that would is switched on by the next plan, so a host that this one switches off for
/// it is not saved.
struct WakingRule {
    private let packed: PackedCluster
    private let spare: SpareCapacity

    init(packed: PackedCluster) {
        self.packed = packed
        spare = SpareCapacity(packed: packed)
    }

    private func asleep(_ staysOn: [Bool]) -> [Int] {
        staysOn.indices.filter {
            !staysOn[$0] && (packed.canWake[$0] || packed.takesVMs[$0] && packed.canSwitchOff[$0])
        }
    }

    /// - Parameter shortfall: VMs without a place after a failure, as things stand.
    func isAtRest(residents: [[Int32]], load: [Int64], staysOn: [Bool], shortfall: Int) -> Bool {
        guard packed.policy.powerSave.wake, shortfall > 0 else { return true }
        return asleep(staysOn).allSatisfy { host in
            var awake = staysOn
            awake[host] = true
            let left = spare.shortfall(residents: residents, load: load, staysOn: awake, stoppingAt: shortfall)
            return left >= shortfall
        }
    }
}
