import ClusterModel

/// All figures of a capacity report, before any form.
struct CapacityFigures {
    struct HostFigures {
        let host: Host
        let use: PlanOutcome.Use
        /// Fractions of capacity.
        let cpu: Double
        let memory: Double
        /// What is left up to the limits.
        let headroomCores: Double
        let headroomBytes: Double
        let fits: Int
        let bound: String
    }

    /// How many more fit when something is done first.
    struct Scenario {
        let key: String
        let name: String
        let hostsOn: Int
        let fits: Int
        let fitsWithSpare: Int?
        let homelessNow: Int
    }

    let size: MachineSize
    /// What one VM of the size counts with.
    let cores: Double
    let bytes: Double
    let hosts: [HostFigures]
    let scenarios: [Scenario]
    let limitCores: Double
    let limitBytes: Double
    let usedCores: Double
    let usedBytes: Double
    let cpuTrend: CapacityTrend?
    let memoryTrend: CapacityTrend?

    init(_ request: CapacityRequest) {
        let (cluster, policy) = (request.cluster, request.policy)
        size = request.size
        cores = request.size.cpuCores ?? Double(request.size.vcpus) * Self.coresPerVCPU(cluster)
        let ratio = policy.memory == .configured ? 1 : Self.memoryRatio(cluster)
        bytes = Double(request.size.memoryBytes) * ratio
        let vm = VirtualMachine(
            id: "", host: nil, vcpus: request.size.vcpus, memoryBytes: request.size.memoryBytes,
            demand: Demand(cpuCores: cores, memoryBytes: bytes))
        let now = CapacityCounter(cluster: cluster, policy: policy, at: request.startsAt, vm: vm)
        let outcome = PlanOutcome(still: cluster, policy: policy, from: request.startsAt)
        hosts = zip(outcome.hosts, now.rooms).map { change, room in
            Self.figures(of: change, room: room, limits: policy.limits)
        }
        scenarios = Self.scenarios(request, now: now, vm: vm)
        let on = hosts.filter { $0.host.state == .on }
        limitCores = on.reduce(0) { $0 + $1.host.capacityCores * policy.limits.cpu }
        limitBytes = on.reduce(0) { $0 + Double($1.host.capacityMemoryBytes) * policy.limits.memory }
        usedCores = on.reduce(0) { $0 + $1.use.cores }
        usedBytes = on.reduce(0) { $0 + $1.use.memoryBytes }
        cpuTrend = CapacityTrend(request.history) { $0.cpuCores }
        memoryTrend = CapacityTrend(request.history) { $0.memoryBytes }
    }

    /// What a vCPU of the running VMs uses: their demand (the highest slot of those with a profile) over their vCPUs.
    /// With a store the demand is the policy's percentile, so this is too. A whole core when there is no VM.
    private static func coresPerVCPU(_ cluster: Cluster) -> Double {
        let running = cluster.vms.filter { $0.state == .running }
        let vcpus = running.reduce(0) { $0 + Double($1.vcpus) }
        guard vcpus > 0 else { return 1 }
        return running.reduce(0) { $0 + max($1.demand.cpuCores, $1.profile?.cpuCores.max() ?? 0) } / vcpus
    }

    private static func memoryRatio(_ cluster: Cluster) -> Double {
        let held = cluster.vms.filter { $0.state != .stopped }
        let configured = held.reduce(0) { $0 + Double($1.memoryBytes) }
        guard configured > 0 else { return 1 }
        return min(held.reduce(0) { $0 + $1.demand.memoryBytes } / configured, 1)
    }

    private static func figures(
        of change: PlanOutcome.HostChange, room: CapacityCounter.HostRoom, limits: ResourceLimits
    ) -> HostFigures {
        let host = change.host
        let isOn = host.state == .on
        let freeCores = host.capacityCores * limits.cpu - (change.before.peakCores ?? change.before.cores)
        let freeBytes = Double(host.capacityMemoryBytes) * limits.memory - change.before.memoryBytes
        return HostFigures(
            host: host, use: change.before, cpu: change.cpu(change.before, peak: true),
            memory: change.memory(change.before), headroomCores: isOn ? max(freeCores, 0) : 0,
            headroomBytes: isOn ? max(freeBytes, 0) : 0, fits: room.fits, bound: room.bound)
    }

    // MARK: - Scenarios

    private static func scenarios(
        _ request: CapacityRequest, now: CapacityCounter, vm: VirtualMachine
    ) -> [Scenario] {
        func scenario(
            _ key: String, _ name: String, _ cluster: Cluster, _ counter: CapacityCounter? = nil
        ) -> Scenario {
            let counter =
                counter ?? CapacityCounter(cluster: cluster, policy: request.policy, at: request.startsAt, vm: vm)
            return Scenario(
                key: key, name: name, hostsOn: cluster.hosts.count { $0.state == .on }, fits: counter.total,
                fitsWithSpare: counter.totalWithSpare, homelessNow: counter.homelessNow)
        }
        let cluster = request.cluster
        let sleeping = Set(switchable(cluster).filter { $0.state == .off || $0.state == .standby }.map(\.id))
        var scenarios = [scenario("now", "now", cluster, now)]
        scenarios.append(scenario("sleepingHostsWoken", "with sleeping hosts woken", waking(sleeping, in: cluster)))
        guard let plan = request.consolidation else { return scenarios }
        let outcome = PlanOutcome(plan: plan, cluster: cluster)
        var after = cluster
        for index in after.hosts.indices { after.hosts[index].state = outcome.hosts[index].stateAfter }
        for index in after.vms.indices { after.vms[index].host = outcome.finalHost[after.vms[index].id] }
        scenarios.append(scenario("consolidated", "after consolidation, on the hosts left on", after))
        let switchedOff = Set(outcome.hosts.filter { $0.stateAfter == .off && $0.host.state == .on }.map(\.host.id))
        scenarios.append(
            scenario(
                "consolidatedAllWoken", "after consolidation, with all hosts woken",
                waking(sleeping.union(switchedOff), in: after)))
        return scenarios
    }

    /// Hosts that may be switched: all when none names its power control, else those that do.
    private static func switchable(_ cluster: Cluster) -> [Host] {
        let anyControl = cluster.hosts.contains { $0.powerControl != nil }
        return cluster.hosts.filter { !anyControl || $0.powerControl != nil }
    }

    private static func waking(_ ids: Set<String>, in cluster: Cluster) -> Cluster {
        var cluster = cluster
        for index in cluster.hosts.indices where ids.contains(cluster.hosts[index].id) {
            cluster.hosts[index].state = .on
        }
        return cluster
    }
}
