import ClusterModel

/// Profiles from the recorded series of all VMs side by side: slot for slot what each used at the same time as the
/// others.
///
/// - A slot is a quarter of an hour, and a VM's value in it the greatest of its five-minute means.
/// - A gap of up to an hour in a VM's record counts with the greater of the values on both sides of it, a longer one with
///   the VM's percentile of the window. A slot in which no VM recorded anything is no part of the record.
/// - Values are rounded up to a thousandth of a core and to a MiB, which keeps documents short.
struct JointProfiles {
    /// Memory for the series of all VMs: beyond it, adjacent slots become one.
    private static let budgetBytes = 256 << 20
    /// The length of a slot: what was used in the same quarter of an hour counts as used together. Load that peaked at
    /// five past will peak at ten past next week.
    private static let slotSeconds = 900.0
    /// Collectors that are away for a while leave such gaps, for all VMs at once: the percentiles of all, which they
    /// hardly ever reach together, would then be a peak that never was.
    private static let bridgedSeconds = 3600.0
    private static let mebibyte = 1_048_576.0

    /// As long as a slot is here; longer than `Self.slotSeconds` when memory would not do.
    private let slotSeconds: Double
    private let start: Timestamp
    /// The place of each VM's series, by name.
    private let places: [String: Int]
    private let reduction: HistoryReduction
    private let metrics: [SeriesMetric]
    /// Recorded slots, before the reduction.
    private let recordedCount: Int

    /// What the forecaster has to ask for.
    static func request(metrics: [SeriesMetric], vmCount: Int, query: HistoryQuery) -> SeriesRequest {
        let buckets = Int(slotSeconds / HistoryQuery.bucketSeconds)
        let slots = (query.bucketCount + buckets - 1) / buckets
        let bytes = vmCount * metrics.count * slots * MemoryLayout<Float>.size
        let slotsPerValue = max(1, (bytes + budgetBytes - 1) / budgetBytes)
        return SeriesRequest(metrics: Set(metrics), bucketsPerValue: buckets * slotsPerValue)
    }

    /// - Parameter metrics: those that count: CPU, and memory where its demand does.
    init?(
        of inventory: Cluster, histories: [String: EntityHistory], metrics: [SeriesMetric], query: HistoryQuery,
        excessFraction: Double
    ) {
        guard let request = query.series else { return nil }
        let vms = inventory.vms.filter { vm in
            vm.state != .stopped && histories[vm.id]?[.cpuCores] != nil
        }
        guard !vms.isEmpty else { return nil }
        var series: [[Float]] = []
        var substitutes: [Float] = []
        for metric in metrics {
            for vm in vms {
                let history = histories[vm.id]?[metric]
                series.append(history?.series ?? request.empty(buckets: query.bucketCount))
                // A VM without samples of its memory counts as configured, like everywhere.
                substitutes.append(Float(history?.percentile ?? Double(vm.memoryBytes)))
            }
        }
        slotSeconds = HistoryQuery.bucketSeconds * Double(request.bucketsPerValue)
        let recorded = RecordedSlots(
            series: series, substitutes: substitutes, bridgedCount: Int(Self.bridgedSeconds / slotSeconds))
        guard recorded.slotCount > 0 else { return nil }
        var options = HistoryReduction.Options()
        options.excessFraction = excessFraction
        options.vmsPerHost = Self.vmsPerHost(recorded, vmCount: vms.count, hosts: inventory.hosts)
        reduction = HistoryReduction(recorded, resourceCount: metrics.count, options: options)
        recordedCount = recorded.slotCount
        self.metrics = metrics
        places = Dictionary(vms.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        start = query.after
    }

    /// How many VMs it takes to fill a host of average size with CPU, in the slot in which they need the most.
    private static func vmsPerHost(_ recorded: RecordedSlots, vmCount: Int, hosts: [Host]) -> Int {
        let peak = (0..<recorded.slotCount).reduce(0.0) { greatest, slot in
            max(greatest, recorded.withRow(slot) { $0.prefix(vmCount).reduce(0.0) { $0 + Double($1) } })
        }
        let capacity = hosts.reduce(0.0) { $0 + $1.capacityCores } / Double(max(hosts.count, 1))
        guard peak > 0, capacity > 0 else { return HistoryReduction.Options().vmsPerHost }
        return Int(min(capacity / peak * Double(vmCount), Double(vmCount)))
    }

    var note: DemandNote {
        .historyReduced(
            slotSeconds: slotSeconds, recorded: recordedCount, kept: reduction.slots.slotCount,
            omitted: reduction.omittedCount)
    }

    /// A VM's profile; `nil` when it recorded nothing.
    func profile(of vm: String) -> DemandProfile? {
        guard let place = places[vm] else { return nil }
        return DemandProfile(
            slotSeconds: slotSeconds, start: start,
            cpuCores: values(.cpuCores, place) { ($0 * 1000).rounded(.up) / 1000 },
            memoryBytes: values(.memoryBytes, place) { ($0 / Self.mebibyte).rounded(.up) * Self.mebibyte })
    }

    private func values(_ metric: SeriesMetric, _ place: Int, rounded: (Double) -> Double) -> [Double] {
        guard let resource = metrics.firstIndex(of: metric) else { return [] }
        let slots = reduction.slots
        return (0..<slots.slotCount).map { rounded(Double(slots[slot: $0, series: resource * places.count + place])) }
    }
}
