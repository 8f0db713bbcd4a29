import ClusterModel
import Documents
import Generation
import PlanCheck
import Planning
import Reports
import TestSupport

/// Whether what `drover explain` names really unblocks: for clusters from seeds of which a host cannot be emptied,
/// every named set of relaxations is followed in the documents' text, planned with anew, and judged by the checker.
struct RelaxationBenchmark {
    static let summary = "seeds=200 first=1"

    private static let kinds: [ClusterOptions.Kind] = [
        .tight, .rules, .evacuate, .mixed, .consolidate, .dirty, .sites, .balance, .profiles,
    ]

    private let wanted: Int
    private let first: Int

    init(_ arguments: BenchArguments) throws {
        wanted = try arguments.number("seeds", absent: 200)
        first = try arguments.number("first", absent: 1)
    }

    func run() throws {
        var rows: [String: Tally] = [:]
        var found = 0
        var seed = first
        while found < wanted {
            let kind = Self.kinds[seed % Self.kinds.count]
            if let situation = try blockedSituation(kind, seed: UInt64(seed)) {
                found += 1
                try judge(situation, &rows[kind.rawValue, default: Tally()])
            }
            seed += 1
        }
        print("seeds \(first)...\(seed - 1): \(found) clusters with an evacuation that is partial or infeasible")
        print(
            "kind          clusters  all VMs fixed  helped  host emptied  VMs blocked  fixed  helped  named  hold  fail  s CPU"
        )
        for kind in Self.kinds { if let tally = rows[kind.rawValue] { print(tally.line(kind.rawValue)) } }
        print(rows.values.reduce(Tally()) { $0.adding($1) }.line("all"))
    }

    // MARK: One cluster

    private struct Blocked {
        let cluster: Cluster
        let policy: Policy
        let host: String
        let plan: Plan
    }

    /// The first host of the seed's cluster, from one that the seed picks, that cannot be emptied.
    private func blockedSituation(_ kind: ClusterOptions.Kind, seed: UInt64) throws -> Blocked? {
        let hosts = 6 + Int(seed / 9 % 7)
        let options = ClusterOptions(
            kind: kind, hosts: hosts, vms: hosts * (4 + Int(seed % 4)), memoryFill: seed % 3 == 0 ? 0.8 : nil)
        let cluster = ClusterGenerator(options: options).cluster(seed: seed)
        let policy = try PolicyDocument.applying(settings: ["spareHosts=\(seed % 3)"], to: Policy())
        let on = cluster.hosts.filter { $0.state == .on }.map(\.id)
        for offset in on.indices {
            let host = on[(Int(seed) + offset) % on.count]
            let plan = try Planner(policy: policy).plan(cluster: cluster, goal: .evacuate(hosts: [host]))
            if plan.status == .partial || plan.status == .infeasible {
                return Blocked(cluster: cluster, policy: policy, host: host, plan: plan)
            }
        }
        return nil
    }

    private func judge(_ situation: Blocked, _ tally: inout Tally) throws {
        var told: JSONValue = .null
        let elapsed = try Elapsed.of {
            let report = ExplainReport(plan: situation.plan, cluster: situation.cluster, policy: situation.policy)
            told = try JSONText.read(Array(report.json(about: situation.host).utf8), name: "explanation")
        }
        let section = told["host"]?["unblocking"]
        let blocked = section?["blocked"]?.list ?? []
        let fixed = section?["fixed"]?.list ?? []
        tally.clusters += 1
        tally.seconds += elapsed.cpuSeconds
        tally.vms += blocked.count
        tally.fixedVMs += fixed.count
        if fixed.count == blocked.count { tally.allFixed += 1 }
        let whole = section?["remedies"]?.list ?? []
        if !whole.isEmpty { tally.emptied += 1 }
        for remedy in whole { try judge(remedy, situation, leaving: blocked.compactMap(\.text), &tally) }
        guard case .object(let byVM)? = section?["byVM"] else { return }
        var helped = false
        for (vm, remedies) in byVM.sorted(by: { $0.key < $1.key }) {
            for remedy in remedies.list { try judge(remedy, situation, leaving: [vm], &tally) }
            if !remedies.list.isEmpty {
                helped = true
                tally.helpedVMs += 1
            }
        }
        if helped { tally.helped += 1 }
    }

    /// Follows the edits in the documents' text, plans anew, lets the checker judge, and looks where the VMs end.
    private func judge(_ remedy: JSONValue, _ situation: Blocked, leaving vms: [String], _ tally: inout Tally) throws {
        tally.named += 1
        let (cluster, policy) = try DocumentEdits.follow(
            remedy["edits"]?.list ?? [], cluster: situation.cluster, policy: situation.policy)
        let plan = try Planner(policy: policy).plan(cluster: cluster, goal: situation.plan.goal)
        let violations = PlanChecker(
            cluster: cluster, plan: plan, snapshotDigest: ClusterDocument.digest(of: cluster)
        ).violations()
        var end = Dictionary(uniqueKeysWithValues: cluster.vms.map { ($0.id, $0.host) })
        for step in plan.steps { if let move = step.migration { end[move.vm] = move.to } }
        if violations.isEmpty, vms.allSatisfy({ end[$0] != situation.host }) {
            tally.hold += 1
        } else {
            tally.fail += 1
            print("does not hold: \(situation.cluster.name), \(situation.host): \(remedy["words"]?.text ?? "")")
        }
    }
}

/// What was counted over some clusters.
private struct Tally {
    var clusters = 0
    /// Clusters of which all blocked VMs have `migration: none`, so that nothing can help.
    var allFixed = 0
    /// Clusters with a relaxation for at least one VM, and for the whole host.
    var helped = 0
    var emptied = 0
    var vms = 0
    var fixedVMs = 0
    var helpedVMs = 0
    /// Sets of relaxations named, and what became of them.
    var named = 0
    var hold = 0
    var fail = 0
    var seconds = 0.0

    func adding(_ other: Tally) -> Tally {
        var sum = self
        for key in [
            \Tally.clusters, \.allFixed, \.helped, \.emptied, \.vms, \.fixedVMs, \.helpedVMs, \.named, \.hold, \.fail,
        ] { sum[keyPath: key] += other[keyPath: key] }
        sum.seconds += other.seconds
        return sum
    }

    func line(_ name: String) -> String {
        let widths = [10, 15, 8, 14, 13, 7, 8, 7, 6, 6]
        let figures = [clusters, allFixed, helped, emptied, vms, fixedVMs, helpedVMs, named, hold, fail]
        var line = name + String(repeating: " ", count: max(0, 12 - name.count))
        for (width, figure) in zip(widths, figures) { line += Self.right("\(figure)", width) }
        return line + Self.right(seconds.fixed(1), 7)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension JSONValue {
    fileprivate subscript(key: String) -> JSONValue? {
        if case .object(let fields) = self { fields[key] } else { nil }
    }

    fileprivate var list: [JSONValue] { if case .array(let values) = self { values } else { [] } }

    fileprivate var text: String? { if case .string(let value) = self { value } else { nil } }
}
