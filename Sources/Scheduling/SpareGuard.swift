import ClusterModel
import Placement

/// Keeps spare capacity while VMs move: no move may start that would leave a failing host's VMs without room.
///
/// Small clusters, and requests that ask for it, look at every end of a move under way and ask the exact question. In
/// large ones witnesses answer, with a VM on the move counted at both ends; where they are wrong, the plan's checker
/// finds it and the planner asks for a schedule that looks ahead.
struct SpareGuard: Sendable {
    // One of the two; both optional, so that each is changed in place.
    private var exact: ExactSpareGuard?
    private var witness: WitnessSpareGuard?

    /// `nil` when the policy asks for no spare hosts.
    init?(workload: Workload) {
        guard workload.packed.policy.spareHosts > 0 else { return nil }
        let staysOn = Self.staysOn(workload)
        if workload.request.looksAhead || SpareJudge.isExact(workload.packed) {
            exact = ExactSpareGuard(workload: workload, staysOn: staysOn)
        } else {
            witness = WitnessSpareGuard(workload: workload, staysOn: staysOn)
        }
    }

    /// Walks over all VMs so far: the work that a search has to answer for.
    var exactQuestions: Int { exact?.exactQuestions ?? 0 }

    static func isOn(_ workload: Workload) -> [Bool] {
        workload.packed.cluster.hosts.map { $0.state == .on }
    }

    static func staysOn(_ workload: Workload) -> [Bool] {
        (0..<workload.hostCount).map {
            workload.opensAtMilliseconds[$0] == 0 && workload.packed.host($0).state == .on
                && workload.closingMilliseconds[$0] == nil
        }
    }

    /// Whether the hosts that stay on could take over as well as all that are on now, before anything has moved.
    static func lastsThroughClosings(_ workload: Workload) -> Bool {
        let packed = workload.packed
        guard packed.policy.spareHosts > 0, workload.closingMilliseconds.contains(where: { $0 != nil }) else {
            return true
        }
        func shortfall(_ staysOn: [Bool]) -> Int {
            let residents = packed.residents
            guard !SpareJudge.isExact(packed) else {
                return SpareCapacity(packed: packed).shortfall(
                    residents: residents, load: workload.load, staysOn: staysOn)
            }
            return SpareWitness(packed: packed, load: workload.load, staysOn: staysOn, residents: { residents[$0] })
                .shortfall
        }
        return shortfall(staysOn(workload)) <= shortfall(isOn(workload))
    }

    /// A host has been switched on or opened, and stays so.
    mutating func opened(_ host: Int, load: [Int64]) {
        exact?.opened(host, load: load)
        witness?.opened(host, load: load)
    }

    /// Whether nothing gets worse than the start with the VM at both ends, as `load` has it.
    mutating func allowsMove(of vm: Int32, from source: Int, to host: Int, endsAt: Int64, load: [Int64]) -> Bool {
        exact?.allowsMove(of: vm, from: source, to: host, endsAt: endsAt, load: load)
            ?? witness?.allowsMove(of: vm, to: host, load: load) ?? true
    }

    /// Takes back what `allowsMove` noted, when the move does not start after all.
    mutating func forget(_ host: Int, load: [Int64]) {
        exact?.forget(host, load: load)
        witness?.forget(host, load: load)
    }

    mutating func started(vm: Int32, from source: Int, to host: Int, endsAt: Int64) {
        exact?.started(vm: vm, from: source, to: host, endsAt: endsAt)
    }

    mutating func ended(vm: Int32, from source: Int, to host: Int, load: [Int64]) {
        exact?.ended(vm: vm, from: source, to: host, load: load)
        witness?.ended(vm: vm, from: source, load: load)
    }
}
