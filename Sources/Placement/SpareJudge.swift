import ClusterModel

/// Whether a placement under search keeps spare capacity: the exact question in small clusters, witnesses in large
/// ones.
package struct SpareJudge: Sendable {
    /// Up to this many hosts the exact question is cheap enough to be asked at every step.
    package static let exactHosts = 64

    private let exact: SpareCapacity
    private var witness: SpareWitness?

    package static func isExact(_ packed: PackedCluster) -> Bool {
        packed.hostCount <= exactHosts || packed.policy.spareHosts != 1
    }

    package init(state: PlacementState) {
        exact = SpareCapacity(packed: state.packed)
        guard !Self.isExact(state.packed) else { return }
        witness = SpareWitness(
            packed: state.packed, load: state.load, staysOn: state.isOpen, residents: { state.residents(on: $0) })
    }

    /// Asked once.
    package static func shortfall(of state: PlacementState) -> Int {
        var judge = SpareJudge(state: state)
        return judge.shortfall(of: state, changed: [])
    }

    /// VMs without a place, each with the host whose failure leaves it so; none where only their number is known.
    func homeless() -> [(failed: Int, vm: Int)] { witness?.homeless() ?? [] }

    /// Whether opening a host could give any VM without a place one.
    func mayHelp(_ host: Int) -> Bool { witness?.couldTakeHomeless(host) ?? true }

    /// VMs without a place, summed over the failures.
    ///
    /// - Parameters:
    ///   - changed: hosts that may differ from the last question.
    ///   - limit: counting may stop here.
    package mutating func shortfall(of state: PlacementState, changed: [Int], stoppingAt limit: Int = .max) -> Int {
        guard witness != nil else { return exact.shortfall(of: state, staysOn: state.isOpen, stoppingAt: limit) }
        witness?.refresh(
            changed, load: state.load, staysOn: state.isOpen, residents: { state.residents(on: $0) })
        return witness?.shortfall ?? 0
    }

    // MARK: Sleeping hosts

    /// Opens a host if fewer VMs are then without a place; otherwise everything stays as it is.
    ///
    /// - Parameter shortfall: VMs without a place now.
    /// - Returns: VMs without a place when the host is open, `nil` when it is not.
    mutating func open(_ host: Int, of state: inout PlacementState, lessening shortfall: Int) -> Int? {
        guard mayHelp(host) else { return nil }
        state.isOpen[host] = true
        let left = self.shortfall(of: state, changed: [host], stoppingAt: shortfall)
        if left < shortfall { return left }
        close(host, of: &state)
        return nil
    }

    /// Whether hosts may sleep: none of them, were it open, would give room to a VM that finds none after a failure.
    ///
    /// - Parameter shortfall: VMs without a place now.
    mutating func maySleep(_ hosts: [Int], in state: inout PlacementState, shortfall: Int) -> Bool {
        guard shortfall > 0 else { return true }
        for host in hosts where !state.isOpen[host] && open(host, of: &state, lessening: shortfall) != nil {
            close(host, of: &state)
            return false
        }
        return true
    }

    private mutating func close(_ host: Int, of state: inout PlacementState) {
        state.isOpen[host] = false
        _ = shortfall(of: state, changed: [host], stoppingAt: 1)
    }
}
