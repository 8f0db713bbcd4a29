import ClusterModel
import Forecasting
import Generation
import Glibc
import Randomness
import Store

/// How many hosts each way of foretelling demand needs, and how often they were overloaded in the week after.
///
/// Plans on the first weeks of the Bitbrains traces and judges the week after them, which the plan has not seen.
struct PackingBenchmark {
    static let summary =
        "traces=FOLDER from=1 weeks=3 limit=0.9 starts=20 packer=drover|firstFit|all directory=/tmp  (weeks=2: the validation)"

    private static let weekSeconds: Double = 7 * 86400
    private static let sizes: [(megahertz: Double, hosts: Int)] = [(166_400, 12), (83_200, 24), (41_600, 48)]

    private let traces: String
    private let firstWeek: Int
    private let weeks: Int
    private let limit: Double
    private let starts: Int
    private let packers: [Packer]
    private let directory: String

    init(_ arguments: BenchArguments) throws {
        traces = arguments.text("traces", absent: "../shared/traces/bitbrains-rnd")
        firstWeek = try arguments.number("from", absent: 1)
        weeks = try arguments.number("weeks", absent: 3)
        limit = try arguments.fraction("limit", absent: 0.9)
        starts = try arguments.number("starts", absent: 20)
        directory = arguments.text("directory", absent: "/tmp")
        let packer = arguments.text("packer", absent: "all")
        packers = packer == "all" ? Packer.allCases : Packer.allCases.filter { $0.rawValue == packer }
        guard !packers.isEmpty else { throw BenchError("packer=\(packer): drover, firstFit or all") }
    }

    /// Hosts, and host-minutes above their full capacity in the week that is judged.
    private struct Figures {
        let hosts: Int
        let overloadMinutes: Int
    }

    func run() throws {
        let store = try TraceStore(traces: traces, directory: directory)
        let begin = store.start.adding(seconds: Double(firstWeek - 1) * Self.weekSeconds)
        let end = begin.adding(seconds: Double(weeks) * Self.weekSeconds)
        let judged = try store.usage(from: end, seconds: Self.weekSeconds)
        print(
            "\(store.vms.count) VMs, planned from weeks \(firstWeek) to \(firstWeek + weeks - 1), judged on the week after; "
                + "CPU limit \((limit * 100).fixed(0)) %")
        print("each cell: hosts, host-minutes above 100 % in the judged week")
        print("in parentheses: hosts, and mean host-minutes, over \(starts) starting placements")
        for packer in packers {
            print("\n\(packer == .drover ? "packed by drover plan power-save" : "packed by first-fit decreasing")")
            try show(packer, store, before: end, judged)
        }
        if weeks == 3, firstWeek == 1 { print("\n" + PeerFigures.text) }
    }

    private func show(_ packer: Packer, _ store: TraceStore, before end: Timestamp, _ judged: [[Float]]) throws {
        print(Self.row("demand of a VM", Self.sizes.map { "\(Int($0.megahertz)) MHz" }))
        let order = try percentiles(store, before: end)
        for model in DemandModel.all(windowSeconds: Double(weeks) * Self.weekSeconds) {
            var cells: [String] = []
            var notes: [String] = []
            for (megahertz, hosts) in Self.sizes {
                let inventory = Self.inventory(store.vms, hosts: hosts, megahertz: megahertz)
                var forecast: DemandForecast?
                let forecasting = try Elapsed.of {
                    forecast = try model.forecast(
                        inventory, history: store.cluster.history, at: end.adding(seconds: -300))
                }
                guard var cluster = forecast?.cluster else { continue }
                var figures: [Figures] = []
                let packing = try Elapsed.of {
                    for start in 0..<(packer == .drover ? starts : 1) {
                        Self.deal(&cluster, start: start)
                        let placed = try packer.hosts(of: cluster, order: order, policy: policy)
                        figures.append(
                            judge(placed, store.vms, judged, capacityCores: megahertz / TraceStore.megahertzPerCore))
                    }
                }
                cells.append(Self.cell(figures))
                let slots = cluster.vms.first?.profile?.slotCount ?? 1
                notes.append(
                    "\(slots) slots \(forecasting.cpuSeconds.fixed(1)) + \(packing.cpuSeconds.fixed(1)) s")
            }
            print(Self.row(model.name, cells) + "  " + notes.joined(separator: "; "))
        }
    }

    /// From the first start, and in parentheses the mean over all.
    private static func cell(_ figures: [Figures]) -> String {
        let hosts = figures.map(\.hosts)
        let overload = figures.map(\.overloadMinutes)
        guard let first = figures.first, let least = hosts.min(), let most = hosts.max() else { return "" }
        let one = "\(first.hosts), \(first.overloadMinutes)"
        guard figures.count > 1 else { return one }
        let mean = Double(overload.reduce(0, +)) / Double(overload.count)
        return "\(one) (\(least == most ? "\(least)" : "\(least)-\(most)"), \(mean.fixed(1)))"
    }

    /// Deals the VMs out to the hosts, in another order for each start.
    private static func deal(_ cluster: inout Cluster, start: Int) {
        var source = SeededGenerator(seed: UInt64(start))
        let order = start == 0 ? Array(cluster.vms.indices) : cluster.vms.indices.shuffled(using: &source)
        for (place, vm) in order.enumerated() { cluster.vms[vm].host = cluster.hosts[place % cluster.hosts.count].id }
    }

    private var policy: Policy {
        var policy = Policy()
        policy.limits.cpu = limit
        policy.spareHosts = 0
        return policy
    }

    /// Hosts whose memory holds everything, with the VMs dealt out one after the other.
    private static func inventory(_ vms: [VirtualMachine], hosts: Int, megahertz: Double) -> Cluster {
        let cores = megahertz / TraceStore.megahertzPerCore
        return Cluster(
            name: "traces", takenAt: Timestamp(secondsSinceEpoch: 0),
            hosts: (0..<hosts).map { host in
                Host(
                    id: "h\(host)", cpuCores: cores, memoryBytes: 1 << 48,
                    power: PowerModel(idleWatts: 200, peakWatts: 500))
            }, vms: vms)
    }

    private func percentiles(_ store: TraceStore, before end: Timestamp) throws -> [Double] {
        let upTo = end.adding(seconds: -300)
        let query = HistoryQuery(
            after: upTo.adding(seconds: -Double(weeks) * Self.weekSeconds), upTo: upTo, metrics: [.cpuCores],
            percentile: 95)
        let histories = try store.cluster.history.histories(of: .vm, query)
        return store.vms.map { histories[$0.id]?[.cpuCores]?.percentile ?? 0 }
    }

    private func judge(
        _ placed: [String: String], _ vms: [VirtualMachine], _ judged: [[Float]], capacityCores: Double
    ) -> Figures {
        var loads: [String: [Double]] = [:]
        for (vm, series) in zip(vms, judged) {
            guard let host = placed[vm.id] else { continue }
            var load = loads[host] ?? [Double](repeating: 0, count: series.count)
            for slot in series.indices { load[slot] += Double(series[slot]) }
            loads[host] = load
        }
        let slots = loads.values.reduce(0) { $0 + $1.count { $0 > capacityCores } }
        return Figures(hosts: loads.count, overloadMinutes: slots * 5)
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return "  " + padded(name, 30) + cells.map { padded($0, 22) }.joined()
    }
}
