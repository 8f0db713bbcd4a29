public import ClusterModel

/// Hosts on, watts and imbalance of a cluster, before and after steps, as the contract defines them: all from `demand`
/// now.
public struct ClusterFigures: Sendable {
    /// Where the VMs are and what state the hosts are in.
    public struct State: Sendable {
        public var hostOfVM: [String: String]
        public var hostState: [Host.State]

        public var isOn: [Bool] { hostState.map { $0 == .on } }
    }

    private let cluster: Cluster
    private let memory: MemoryCounting
    private let hostIndex: [String: Int]
    public let start: State

    public init(cluster: Cluster, memory: MemoryCounting) {
        self.cluster = cluster
        self.memory = memory
        hostIndex = Dictionary(cluster.hosts.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        let placed = cluster.vms.compactMap { vm in vm.host.map { (vm.id, $0) } }
        start = State(
            hostOfVM: Dictionary(placed, uniquingKeysWith: { first, _ in first }), hostState: cluster.hosts.map(\.state)
        )
    }

    /// The state after all steps went well.
    public func state(after steps: [PlanStep]) -> State {
        var state = start
        for step in steps.sorted(by: { ($0.endSeconds, $0.id) < ($1.endSeconds, $1.id) }) {
            switch step.action {
            case .migrate(let migration): state.hostOfVM[migration.vm] = migration.to
            case .powerOff(let host): set(host, .off, &state)
            case .powerOn(let host), .exitMaintenance(let host): set(host, .on, &state)
            case .enterMaintenance(let host): set(host, .maintenance, &state)
            case .maintain, .wait: break
            }
        }
        return state
    }

    private func set(_ host: String, _ value: Host.State, _ state: inout State) {
        if let index = hostIndex[host] { state.hostState[index] = value }
    }

    /// CPU cores and memory bytes used on each host.
    public func used(_ state: State) -> (cpuCores: [Double], memoryBytes: [Double]) {
        var cpu = [Double](repeating: 0, count: cluster.hosts.count)
        var bytes = cpu
        for vm in cluster.vms where vm.state != .stopped {
            guard let host = state.hostOfVM[vm.id].flatMap({ hostIndex[$0] }) else { continue }
            if vm.state == .running { cpu[host] += vm.demand.cpuCores }
            bytes[host] += memory == .configured ? Double(vm.memoryBytes) : vm.demand.memoryBytes
        }
        return (cpu, bytes)
    }

    /// Watts of the whole cluster: hosts in maintenance draw their idle watts, those asleep or off their off watts.
    public func watts(_ state: State) -> Double {
        wattsOfHosts(state).reduce(0, +)
    }

    /// The same of each host.
    public func wattsOfHosts(_ state: State) -> [Double] {
        let cpu = used(state).cpuCores
        return cluster.hosts.indices.map { cluster.hosts[$0].modelWatts(cpuCores: cpu[$0], in: state.hostState[$0]) }
    }

    /// Mean, over CPU and memory, of the population standard deviation of the used fraction over the hosts on.
    public func imbalance(_ state: State) -> Double {
        let (cpu, bytes) = used(state)
        let on = cluster.hosts.indices.filter { state.hostState[$0] == .on }
        let cpuFractions = on.map { cpu[$0] / max(cluster.hosts[$0].capacityCores, 1e-9) }
        let memoryFractions = on.map { bytes[$0] / max(Double(cluster.hosts[$0].capacityMemoryBytes), 1) }
        return (Self.deviation(cpuFractions) + Self.deviation(memoryFractions)) / 2
    }

    private static func deviation(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count)).squareRoot()
    }
}
