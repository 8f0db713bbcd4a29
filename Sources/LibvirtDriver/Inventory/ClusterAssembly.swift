internal import ClusterModel
internal import Execution
internal import Libvirt

/// Puts a cluster document together from what the hosts say.
struct ClusterAssembly {
    private let settings: HypervisorHosts
    private let previous: Cluster?
    private let previousVMs: [String: VirtualMachine]
    private var hosts: [Host] = []
    private var sightings: [Sighting] = []
    private(set) var notes: [String] = []

    private struct Sighting {
        let host: String
        let facts: HostFacts.Domain
        var vm: VirtualMachine
    }

    init(hosts: HypervisorHosts, previous: Cluster?) {
        settings = hosts
        self.previous = previous
        previousVMs = Dictionary(
            (previous?.vms ?? []).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: - Hosts

    mutating func add(
        _ setting: HypervisorHost, _ facts: HostFacts, first: DemandProbe.Look, second: DemandProbe.Look?,
        state: Host.State
    ) {
        let known = earlier(setting.id)
        var host = Self.host(setting, cpuCores: Double(facts.cpus), memoryBytes: facts.memoryBytes)
        host.extensions = known?.extensions ?? .none
        host.state = stateAsKept(state, of: host)
        host.architecture = facts.architecture
        host.cpuModel = facts.cpuModel
        host.cpuFeatures = facts.cpuFeatures
        // Capacities of the hosts file stand for a part of the machine: its nodes then say nothing.
        if setting.cpuCores == nil, setting.memoryBytes == nil { host.numaNodes = facts.numaNodes }
        host.datastores = facts.pools.sharedNames
        host.networks = Set(facts.networks).union(setting.networks).sorted()
        if facts.pools.localBytes > 0 { host.localDiskBytes = facts.pools.localBytes }
        hosts.append(host)
        for domain in facts.domains {
            let demand = second.flatMap {
                DemandProbe.demand(of: domain.description.uuid, first, $0, coreSpeed: setting.cpuSpeed)
            }
            sightings.append(
                Sighting(
                    host: setting.id, facts: domain,
                    vm: machine(
                        domain, on: setting.id, hostModel: facts.cpuModel, networks: host.networks ?? [], demand)))
        }
    }

    /// A host that does not answer: as it was known before, or as far as the hosts file says.
    mutating func addSilent(_ setting: HypervisorHost, _ message: String, state: Host.State?) {
        let known = earlier(setting.id)
        let isOff = state == .off || state == .standby
        if !isOff { notes.append("host \(setting.id) does not answer: \(message)") }
        guard let cores = setting.cpuCores ?? known?.cpuCores, let memory = setting.memoryBytes ?? known?.memoryBytes
        else {
            notes.append(
                "host \(setting.id) is left out: neither the hosts file nor an earlier inventory tells its size")
            return
        }
        var host = Self.host(setting, cpuCores: cores, memoryBytes: memory)
        host.extensions = known?.extensions ?? .none
        host.state = stateAsKept(isOff ? state ?? .off : .failed, of: host)
        host.architecture = known?.architecture
        host.cpuModel = known?.cpuModel
        host.cpuFeatures = known?.cpuFeatures
        host.datastores = known?.datastores
        host.networks = known?.networks
        hosts.append(host)
    }

    private func earlier(_ id: String) -> Host? { previous?.hosts.first { $0.id == id } }

    /// A host that did not come back is out of use until somebody has looked at it, whatever it answers.
    private mutating func stateAsKept(_ state: Host.State, of host: Host) -> Host.State {
        guard let reason = host.quarantine else { return state }
        notes.append(
            "host \(host.id) is out of use (\(reason)): drover power test \(host.id) tries it, and lets it in again")
        return .failed
    }

    private static func host(_ setting: HypervisorHost, cpuCores: Double, memoryBytes: Int64) -> Host {
        Host(
            id: setting.id, cpuCores: setting.cpuCores ?? cpuCores, cpuSpeed: setting.cpuSpeed,
            memoryBytes: setting.memoryBytes ?? memoryBytes, reservedMemoryBytes: setting.reservedMemoryBytes,
            diskBytesPerSecond: setting.diskBytesPerSecond, networkBitsPerSecond: setting.networkBitsPerSecond,
            migrationBitsPerSecond: setting.migrationBitsPerSecond, maxMigrationsOut: setting.maxMigrationsOut,
            maxMigrationsIn: setting.maxMigrationsIn, site: setting.site, rack: setting.rack, labels: setting.labels,
            power: setting.power, bootSeconds: setting.bootSeconds, shutdownSeconds: setting.shutdownSeconds,
            powerControl: setting.powerControl)
    }

    // MARK: - VMs

    private func machine(
        _ domain: HostFacts.Domain, on host: String, hostModel: String?, networks: [String], _ demand: Demand?
    ) -> VirtualMachine {
        let description = domain.description
        var vm =
            previousVMs[description.name]
            ?? VirtualMachine(
                id: description.name, host: host, vcpus: domain.vcpus, memoryBytes: domain.memoryBytes,
                demand: Demand(cpuCores: 0, memoryBytes: 0))
        vm.host = host
        vm.state = Self.state(domain.state)
        vm.vcpus = max(1, domain.vcpus)
        vm.memoryBytes = domain.memoryBytes
        let idle = Demand(cpuCores: 0, memoryBytes: vm.state == .stopped ? 0 : Double(domain.memoryBytes))
        vm.demand = demand ?? (vm.state == .stopped ? idle : previousVMs[description.name]?.demand ?? idle)
        vm.architecture = description.architecture.isEmpty ? nil : description.architecture
        vm.cpuModel = CPUCheck(description)?.model ?? (description.cpu == nil ? nil : hostModel)
        vm.cpuFeatures = nil
        vm.datastores = domain.pools
        // A bridge that no host lists cannot be compared.
        vm.networks = description.networks.filter(networks.contains)
        vm.localDiskBytes = domain.localDiskBytes
        if let move = domain.lastMove, move.to == host {
            vm.lastMigratedAt = max(move.at, vm.lastMigratedAt ?? move.at)
        }
        let obstacle = description.obstacles.first ?? (domain.hasLocalMedium ? "a medium on local storage" : nil)
        vm.migration = obstacle == nil ? .live : .none
        vm.migrationReason = obstacle
        return vm
    }

    private static func state(_ state: DomainState) -> VirtualMachine.State {
        switch (state.kind, state.detail) {
        case (.running, _), (.paused, .migration), (.paused, .postCopy): .running
        case (.paused, _): .paused
        case (.stopped, _): .stopped
        }
    }

    // MARK: - CPUs

    /// The different CPUs of all guests, in an order that is the same every time.
    var cpuChecks: [CPUCheck] {
        Set(sightings.compactMap { CPUCheck($0.facts.description) }).sorted {
            ($0.model, $0.cpu, $0.machine ?? "", $0.type, $0.emulator ?? "") < (
                $1.model, $1.cpu, $1.machine ?? "", $1.type, $1.emulator ?? ""
            )
        }
    }

    /// How a guest's CPU is called among features: a host that can give it, by libvirt's word, has that feature.
    private func feature(_ index: Int, _ checks: [CPUCheck]) -> String {
        let number = checks[...index].count { $0.model == checks[index].model }
        return Self.featurePrefix + (number == 1 ? checks[index].model : "\(checks[index].model)#\(number)")
    }

    private static let featurePrefix = "runs:"

    /// Of a host that cannot be asked now, what it said of the guests' CPUs before still holds.
    mutating func keepComparison(of id: String) {
        guard let index = hosts.firstIndex(where: { $0.id == id }) else { return }
        let told = (earlier(id)?.cpuFeatures ?? []).filter { $0.hasPrefix(Self.featurePrefix) }
        hosts[index].cpuFeatures = Set(hosts[index].cpuFeatures ?? []).union(told).sorted()
    }

    /// Takes over what a host said of each of `cpuChecks`. One that cannot compare is not ruled out: its libvirt checks
    /// when a migration begins.
    mutating func addComparison(of id: String, _ verdicts: [LibvirtConnection.CPUComparison?]) {
        let checks = cpuChecks
        guard let index = hosts.firstIndex(where: { $0.id == id }) else { return }
        var features = hosts[index].cpuFeatures ?? []
        for (number, verdict) in verdicts.enumerated() where verdict != .incompatible {
            features.append(feature(number, checks))
        }
        hosts[index].cpuFeatures = features.sorted()
        for place in sightings.indices {
            guard let check = CPUCheck(sightings[place].facts.description), let number = checks.firstIndex(of: check)
            else { continue }
            sightings[place].vm.cpuFeatures = [feature(number, checks)]
        }
    }

    // MARK: - The document

    mutating func cluster(takenAt: Timestamp) throws(DriverError) -> Cluster {
        var vms: [VirtualMachine] = []
        for (name, found) in Dictionary(grouping: sightings, by: \.vm.id).sorted(by: { $0.key < $1.key }) {
            let active = found.filter { $0.facts.state.kind != .stopped && $0.facts.state.detail != .migration }
            if let first = active.first, let other = active.dropFirst().first,
                first.facts.description.uuid != other.facts.description.uuid
            {
                throw DriverError(
                    code: .invalid,
                    message:
                        "VM \(name) is on \(first.host) and another of that name on \(other.host): names must be unique"
                )
            }
            let running = active.first { $0.vm.state == .running }
            vms += [(running ?? active.first ?? found.first)?.vm].compactMap { $0 }
        }
        let known = Set(vms.map(\.id))
        let silent = Set(hosts.filter { $0.state == .failed }.map(\.id))
        let hidden = (previous?.vms ?? []).filter { vm in
            !known.contains(vm.id) && vm.host.map(silent.contains) == true
        }
        vms += hidden
        let rules = keptRules(vms: Set(vms.map(\.id)), hosts: Set(hosts.map(\.id)))
        return Cluster(
            name: settings.name, takenAt: takenAt, hosts: hosts.sorted { $0.id < $1.id },
            vms: vms.sorted { $0.id < $1.id },
            rules: rules, links: previous?.links ?? [], extensions: previous?.extensions ?? .none)
    }

    /// The earlier document's rules, without the VMs and hosts that are gone.
    private mutating func keptRules(vms: Set<String>, hosts: Set<String>) -> [Rule] {
        (previous?.rules ?? []).compactMap { rule in
            var kept = rule
            kept.vms = Self.without(rule.vms, but: vms)
            switch rule.kind {
            case .hostAffinity(let selector): kept.kind = .hostAffinity(hosts: Self.without(selector, but: hosts))
            case .hostAntiAffinity(let selector):
                kept.kind = .hostAntiAffinity(hosts: Self.without(selector, but: hosts))
            case .affinity, .antiAffinity: break
            }
            if kept != rule { notes.append("rule \(rule.id) names VMs or hosts that are gone") }
            return kept.isEmpty ? nil : kept
        }
    }

    private static func without(_ selector: Selector, but known: Set<String>) -> Selector {
        guard case .ids(let ids) = selector else { return selector }
        return .ids(ids: ids.filter(known.contains))
    }
}

extension Rule {
    /// Whether nothing is left of what it names.
    fileprivate var isEmpty: Bool {
        if case .ids(let ids) = vms, ids.isEmpty { return true }
        switch kind {
        case .hostAffinity(.ids(let ids)), .hostAntiAffinity(.ids(let ids)): return ids.isEmpty
        case .hostAffinity, .hostAntiAffinity, .affinity, .antiAffinity: return false
        }
    }
}
