public import ClusterModel

/// What a capacity report is asked.
public struct CapacityRequest: Sendable {
    public var cluster: Cluster
    /// Its limits, its way to count memory, and `spareHosts`: the failures to survive.
    public var policy: Policy
    public var size: MachineSize
    /// Profiles are looked at from here to the policy's horizon.
    public var startsAt: Timestamp
    /// A power-save plan of this cluster; `nil`: nothing is said about consolidation.
    public var consolidation: Plan?
    /// What all VMs used, hour by hour or finer, for the trend; empty: no trend.
    public var history: [UsagePoint]

    public init(
        cluster: Cluster, policy: Policy, size: MachineSize = .standard, startsAt: Timestamp? = nil,
        consolidation: Plan? = nil, history: [UsagePoint] = []
    ) {
        self.cluster = cluster
        self.policy = policy
        self.size = size
        self.startsAt = startsAt ?? cluster.takenAt
        self.consolidation = consolidation
        self.history = history
    }
}

/// How full the hosts are, how many more VMs of a size they take, and when they will be full.
public struct CapacityReport: Sendable {
    private let request: CapacityRequest
    private let figures: CapacityFigures

    public init(_ request: CapacityRequest) {
        self.request = request
        figures = CapacityFigures(request)
    }

    // MARK: - Text

    public func text() -> String {
        let sections = [head(), scenarioLines(), hostLines(), trendLines()]
        return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private func head() -> [String] {
        let limits = request.policy.limits
        let on = figures.hosts.count { $0.host.state == .on }
        let hosts = "\(on) of \(Figures.count(figures.hosts.count, "host")) on"
        return [
            "Capacity of cluster \(request.cluster.name) as of \(request.cluster.takenAt)",
            "Policy:  \(request.policy.name); limits CPU \(Figures.percent(limits.cpu)), memory "
                + "\(Figures.percent(limits.memory)); \(Figures.count(request.policy.spareHosts, "spare host"))",
            "In use:  \(hosts); \(Figures.cores(figures.usedCores)) of \(Figures.cores(figures.limitCores)) cores, "
                + "\(Figures.bytes(figures.usedBytes)) of \(Figures.bytes(figures.limitBytes)) up to the limits",
        ].map(TextTable.oneLine)
    }

    private var sizeSentence: String {
        let size = figures.size
        let source = size.cpuCores == nil ? " (what a vCPU uses here, times its vCPUs)" : ""
        return "A VM of \(size.description) counts with \(Figures.short(figures.cores)) cores\(source) and "
            + "\(Figures.bytes(figures.bytes))."
    }

    private var sparing: String { "and survive \(Figures.count(request.policy.spareHosts, "failure"))" }

    private func scenarioLines() -> [String] {
        let hasSpare = request.policy.spareHosts > 0
        var table = TextTable(
            [.left("how many more fit"), .right("hosts on"), .right("VMs")] + (hasSpare ? [.right(sparing)] : []))
        for scenario in figures.scenarios {
            var cells = [scenario.name, "\(scenario.hostsOn)", Self.number(scenario.fits)]
            if hasSpare { cells.append(Self.number(scenario.fitsWithSpare ?? 0)) }
            table.add(cells)
        }
        return [sizeSentence] + table.lines(indent: "  ") + (homelessSentence.map { ["  " + $0] } ?? [])
    }

    private var homelessSentence: String? {
        guard let homeless = figures.scenarios.first?.homelessNow, homeless > 0 else { return nil }
        let words = homeless == 1 ? "1 VM finds" : "\(homeless) VMs find"
        return "As it stands \(words) no other place when a host fails; the new ones add none to that."
    }

    private static func number(_ count: Int) -> String {
        count >= CapacityCounter.most ? "\(CapacityCounter.most) or more" : "\(count)"
    }

    private func hostLines() -> [String] {
        var table = TextTable([
            .left("host"), .left("state"), .right("VMs"), .right("CPU"), .right("cores left"), .right("memory"),
            .right("left"), .right("more fit"), .left("bound by"),
        ])
        for host in figures.hosts {
            let isOn = host.host.state == .on
            table.add([
                host.host.id, host.host.state.rawValue, "\(host.use.vms)", Figures.percent(host.cpu),
                isOn ? Figures.cores(host.headroomCores) : "", Figures.percent(host.memory),
                isOn ? Figures.bytes(host.headroomBytes) : "", "\(host.fits)", host.bound,
            ])
        }
        return ["Hosts (left: up to the limits)"] + table.lines(indent: "  ")
    }

    private func trendLines() -> [String] {
        ["Trend", "  CPU:    " + trendSentence(.cpu), "  memory: " + trendSentence(.memory)]
    }

    // MARK: - Trend in words

    enum TrendOf { case cpu, memory }

    func trend(_ which: TrendOf) -> (trend: CapacityTrend?, limit: Double) {
        switch which {
        case .cpu: (figures.cpuTrend, figures.limitCores)
        case .memory: (figures.memoryTrend, figures.limitBytes)
        }
    }

    private func trendSentence(_ which: TrendOf) -> String {
        let (trend, limit) = trend(which)
        guard let trend else { return "no history of three days or more" }
        func amount(_ value: Double) -> String {
            switch which {
            case .cpu: "\(Figures.short(value)) cores"
            case .memory: Figures.bytes(value)
            }
        }
        let base = "\(amount(trend.level)) on a busy day, \(amount(limit)) up to the limits"
        guard let days = trend.daysUntil(limit) else {
            let direction = trend.isClear ? "falling by \(amount(-trend.slope)) a day" : "no clear direction"
            return "\(base); \(direction) in \(Figures.count(trend.days.count, "day"))"
        }
        if days == 0 { return "\(base); full" }
        let until = days > 3650 ? "full in more than ten years" : "full in \(Figures.fixed(days, 0)) days"
        return "\(base); growing by \(amount(trend.slope)) a day: \(until)"
    }

    // MARK: - JSON

    public func json() -> String {
        let hosts = figures.hosts.map { host -> JSONValue in
            .object(fields: [
                "id": .string(value: host.host.id), "state": .string(value: host.host.state.rawValue),
                "vms": .count(host.use.vms), "cpuUsedFraction": .figure(host.cpu, decimals: 4),
                "memoryUsedFraction": .figure(host.memory, decimals: 4),
                "cpuHeadroomCores": .figure(host.headroomCores),
                "memoryHeadroomBytes": .figure(host.headroomBytes, decimals: 0),
                "fits": .count(host.fits), "boundBy": .string(value: host.bound),
            ])
        }
        let scenarios = figures.scenarios.map { scenario -> JSONValue in
            .object(fields: [
                "scenario": .string(value: scenario.key), "hostsOn": .count(scenario.hostsOn),
                "fits": .count(scenario.fits), "homelessNow": .count(scenario.homelessNow),
                "fitsWithSpareHosts": .optional(scenario.fitsWithSpare, JSONValue.count),
            ])
        }
        return ReportJSON.text(
            .object(fields: [
                "cluster": .string(value: request.cluster.name),
                "takenAt": .string(value: request.cluster.takenAt.description),
                "policy": .string(value: request.policy.name), "spareHosts": .count(request.policy.spareHosts),
                "size": .object(fields: [
                    "vcpus": .count(figures.size.vcpus), "memoryBytes": .integer(value: figures.size.memoryBytes),
                    "countsCpuCores": .figure(figures.cores), "countsMemoryBytes": .figure(figures.bytes, decimals: 0),
                ]),
                "cpu": usage(used: figures.usedCores, limit: figures.limitCores, .cpu, decimals: 3),
                "memory": usage(used: figures.usedBytes, limit: figures.limitBytes, .memory, decimals: 0),
                "hosts": .array(values: hosts), "scenarios": .array(values: scenarios),
            ]))
    }

    private func usage(used: Double, limit: Double, _ which: TrendOf, decimals: Int) -> JSONValue {
        var fields: [String: JSONValue] = [
            "used": .figure(used, decimals: decimals), "limit": .figure(limit, decimals: decimals),
        ]
        if let trend = trend(which).trend {
            fields["trend"] = .object(fields: [
                "perDay": .figure(trend.slope, decimals: decimals), "days": .count(trend.days.count),
                "busyDay": .figure(trend.level, decimals: decimals), "isClear": .bool(value: trend.isClear),
                "daysUntilFull": .optional(trend.daysUntil(limit)) { .figure($0, decimals: 1) },
            ])
        }
        return .object(fields: fields)
    }

    // MARK: - HTML

    public func html() -> String {
        let page = CapacityPage(
            request: request, figures: figures, sizeSentence: sizeSentence, sparing: sparing,
            homelessSentence: homelessSentence)
        return page.html(trends: [("CPU", trendSentence(.cpu)), ("Memory", trendSentence(.memory))])
    }
}
