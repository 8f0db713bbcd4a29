import Placement

/// Spare capacity of a large cluster while VMs move: a VM on the move needs room when either of its hosts fails.
struct WitnessSpareGuard: Sendable {
    private var witness: SpareWitness
    private var staysOn: [Bool]
    private var residents: [[Int32]]
    /// VMs without room before anything is switched; what the plan may not exceed.
    private let allowedShortfall: Int

    init(workload: Workload, staysOn: [Bool]) {
        let residents = workload.packed.residents
        self.residents = residents
        self.staysOn = staysOn
        func witness(_ staysOn: [Bool]) -> SpareWitness {
            SpareWitness(
                packed: workload.packed, load: workload.load, staysOn: staysOn, residents: { residents[$0] })
        }
        self.witness = witness(staysOn)
        allowedShortfall = max(self.witness.shortfall, witness(SpareGuard.isOn(workload)).shortfall)
    }

    private mutating func refresh(_ host: Int, load: [Int64]) {
        witness.refresh([host], load: load, staysOn: staysOn, residents: { residents[$0] })
    }

    mutating func opened(_ host: Int, load: [Int64]) {
        staysOn[host] = true
        refresh(host, load: load)
    }

    mutating func allowsMove(of vm: Int32, to host: Int, load: [Int64]) -> Bool {
        residents[host].append(vm)
        refresh(host, load: load)
        if witness.shortfall <= allowedShortfall { return true }
        residents[host].removeLast()
        return false
    }

    mutating func forget(_ host: Int, load: [Int64]) { refresh(host, load: load) }

    mutating func ended(vm: Int32, from source: Int, load: [Int64]) {
        if let position = residents[source].firstIndex(of: vm) { residents[source].remove(at: position) }
        refresh(source, load: load)
    }
}
