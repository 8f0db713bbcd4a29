public import ClusterModel

/// An inventory with the demand that the samples foretell.
public struct DemandForecast: Sendable, Hashable {
    /// Taken at the moment of the forecast.
    public var cluster: Cluster
    /// Hosts first, then VMs, each in the inventory's order.
    public var notes: [DemandNote]
    /// Running VMs whose CPU demand rests on samples.
    public var sampledVMs: Int

    /// The notes as sentences for a plan or a terminal.
    public var sentences: [String] { DemandNote.sentences(notes) }
}

/// Turns samples into what each VM will need.
///
/// - Demand is the policy's percentile over its window. With a profile it is the newest value, the load now, and the
///   profile has the percentile within each hour of the day or week.
/// - A running VM without CPU samples counts with its configured size: `vcpus` cores of its host, `memoryBytes`. A
///   metric without samples counts as configured: memory with `memoryBytes`, disk and network as the inventory says.
/// - What a VM rewrites is the percentile of the window; where samples of several hours exist, also one for each hour of
///   the day (of the week with the profile `week`), as a ``DirtyProfile`` in the VM's extensions.
/// - A slot of a profile without samples counts with the percentile of the whole window.
/// - With the profile `history` the slots are those of the recorded history that can matter (``HistoryReduction``): what
///   the VMs used at the same time.
/// - What a host itself uses beside its VMs is taken off its CPU capacity: the percentile of what was sampled, the
///   policy's fraction when nothing was. It also stands in `extensions.cpuOverheadCores`, in reference cores.
/// - A host that is on, once had an agent and is silent for longer than the policy's `staleSeconds` gets
///   `extensions.noDestination` with the reason: neither the planner nor the checker lets a VM move there.
public struct DemandForecaster: Sendable {
    /// The key in a host's extensions that says why it takes no VMs.
    public static let noDestinationKey = "noDestination"
    /// The key in a host's extensions that says how many reference cores were taken off for the host itself.
    public static let overheadKey = "cpuOverheadCores"
    /// However busy a host is with itself, this part of its CPU stays: a capacity of nothing would be no document.
    static let smallestRemainingFraction = 0.05

    private static let metrics: [SeriesMetric] = [
        .cpuCores, .memoryBytes, .diskBytesPerSecond, .networkBitsPerSecond, .hotBytes, .dirtyBytesPerSecond,
    ]

    public let policy: DemandPolicy
    private let memory: MemoryCounting

    /// - Parameter memory: where it counts as configured, a history leaves its demand out, which makes for fewer slots.
    public init(policy: DemandPolicy, memory: MemoryCounting = .demand) {
        self.policy = policy
        self.memory = memory
    }

    /// The inventory as it will be needed, seen at a moment.
    public func forecast(
        _ inventory: Cluster, history: some SampleHistory, at moment: Timestamp
    ) throws -> DemandForecast {
        let hosts = try history.histories(
            of: .host, HistoryQuery(policy: withoutProfile, at: moment, metrics: [.overheadCores]))
        let query = vmQuery(inventory, at: moment)
        let vms = try history.histories(of: .vm, query)
        let agents = try history.agents()

        var result = DemandForecast(cluster: inventory, notes: [], sampledVMs: 0)
        result.cluster.takenAt = moment
        result.cluster.hosts = inventory.hosts.map { host in
            var host = withOverhead(host, sampled: hosts[host.id]?[.overheadCores])
            if let since = silence(of: host, agent: agents[host.id], at: moment) {
                host.extensions = host.extensions.setting(
                    Self.noDestinationKey, .string(value: "its agent is silent since \(since)"))
                result.notes.append(.hostSilent(host: host.id, since: since))
            }
            return host
        }
        let joint = JointProfiles(
            of: result.cluster, histories: vms, metrics: jointMetrics, query: query,
            excessFraction: policy.historyExcessFraction)
        if let joint { result.notes.append(joint.note) }
        let speeds = Dictionary(inventory.hosts.map { ($0.id, $0.cpuSpeed) }, uniquingKeysWith: { first, _ in first })
        result.cluster.vms = inventory.vms.map { vm in
            let speed = vm.host.flatMap { speeds[$0] } ?? 1
            return forecast(vm, history: vms[vm.id], cpuSpeed: speed, joint: joint, at: moment, into: &result)
        }
        return result
    }

    private var withoutProfile: DemandPolicy {
        var changed = policy
        changed.profile = .none
        return changed
    }

    private func vmQuery(_ inventory: Cluster, at moment: Timestamp) -> HistoryQuery {
        var query = HistoryQuery(policy: policy, at: moment, metrics: Self.metrics)
        if query.slots == nil {
            query.slots = ProfileSlots(profile: .day, at: moment)
            query.slotMetrics = [.hotBytes, .dirtyBytesPerSecond]
        }
        if policy.profile == .history {
            query.series = JointProfiles.request(metrics: jointMetrics, vmCount: inventory.vms.count, query: query)
        }
        return query
    }

    private var jointMetrics: [SeriesMetric] {
        switch memory {
        case .configured: [.cpuCores]
        case .demand: [.cpuCores, .memoryBytes]
        }
    }

    // MARK: Hosts

    private func withOverhead(_ host: Host, sampled: MetricHistory?) -> Host {
        let capacity = host.capacityCores
        let wanted = sampled?.percentile ?? policy.hostOverheadFraction * capacity
        let overhead = min(max(wanted, 0), capacity * (1 - Self.smallestRemainingFraction))
        guard overhead > 0, host.cpuSpeed > 0 else { return host }
        var changed = host
        changed.cpuCores -= overhead / host.cpuSpeed
        changed.extensions = host.extensions.setting(Self.overheadKey, .number(value: overhead))
        return changed
    }

    private func silence(of host: Host, agent: AgentPresence?, at moment: Timestamp) -> Timestamp? {
        guard host.state == .on, let agent, agent.firstSeen <= moment,
            moment.seconds(since: agent.lastSeen) > policy.staleSeconds
        else { return nil }
        return agent.lastSeen
    }

    // MARK: VMs

    private func forecast(
        _ vm: VirtualMachine, history: EntityHistory?, cpuSpeed: Double, joint: JointProfiles?, at moment: Timestamp,
        into result: inout DemandForecast
    ) -> VirtualMachine {
        guard vm.state != .stopped else { return vm.withoutProfile }
        var changed = vm.withoutProfile
        changed.demand.cpuCores = Double(vm.vcpus) * cpuSpeed
        changed.demand.memoryBytes = Double(vm.memoryBytes)
        guard let history, let cpu = history[.cpuCores] else {
            result.notes.append(.vmWithoutSamples(vm: vm.id))
            return changed
        }
        result.sampledVMs += vm.state == .running ? 1 : 0
        changed.demand.cpuCores = demand(cpu)
        if let memory = history[.memoryBytes] {
            changed.demand.memoryBytes = demand(memory)
        } else {
            result.notes.append(.vmWithoutMetric(vm: vm.id, metric: .memoryBytes))
        }
        if let disk = history[.diskBytesPerSecond] { changed.demand.diskBytesPerSecond = demand(disk) }
        if let network = history[.networkBitsPerSecond] { changed.demand.networkBitsPerSecond = demand(network) }
        if let hot = history[.hotBytes], let rate = history[.dirtyBytesPerSecond] {
            changed.dirty = DirtyRate(hotBytes: hot.percentile, bytesPerSecond: rate.percentile)
            changed.extensions = dirtyExtensions(of: changed, hot: hot, rate: rate, at: moment)
        }
        // A five-minute value is as old as its begin, though it may hold a sample taken at its end.
        if moment.seconds(since: cpu.latestAt) > policy.staleSeconds + HistoryQuery.bucketSeconds {
            result.notes.append(.vmStale(vm: vm.id, newestSample: cpu.latestAt))
        }
        changed.profile = joint?.profile(of: vm.id) ?? profile(of: history, at: moment)
        return changed
    }

    private func demand(_ metric: MetricHistory) -> Double {
        policy.profile == .none ? metric.percentile : metric.latest
    }

    private func profile(of history: EntityHistory, at moment: Timestamp) -> DemandProfile? {
        guard let slots = ProfileSlots(profile: policy.profile, at: moment) else { return nil }
        return DemandProfile(
            slotSeconds: ProfileSlots.slotSeconds, start: slots.start,
            cpuCores: filled(history[.cpuCores]), memoryBytes: filled(history[.memoryBytes]))
    }

    /// With what the VM rewrites at each hour, once samples of more than one hour can tell.
    private func dirtyExtensions(
        of vm: VirtualMachine, hot: MetricHistory, rate: MetricHistory, at moment: Timestamp
    ) -> Extensions {
        let slots = ProfileSlots(profile: policy.profile, at: moment) ?? ProfileSlots(profile: .day, at: moment)
        let sampled = zip(hot.slotPercentiles, rate.slotPercentiles).count { $0 != nil && $1 != nil }
        guard let slots, sampled > 1,
            let profile = DirtyProfile(
                slotSeconds: ProfileSlots.slotSeconds, start: slots.start,
                slots: zip(filled(hot), filled(rate)).map { DirtyRate(hotBytes: $0, bytesPerSecond: $1) })
        else { return vm.extensions }
        return vm.extensions.setting(DirtyProfile.key, profile.value)
    }

    private func filled(_ metric: MetricHistory?) -> [Double] {
        guard let metric else { return [] }
        return metric.slotPercentiles.map { $0 ?? metric.percentile }
    }
}

extension VirtualMachine {
    fileprivate var withoutProfile: VirtualMachine {
        var changed = self
        changed.profile = nil
        return changed
    }
}
