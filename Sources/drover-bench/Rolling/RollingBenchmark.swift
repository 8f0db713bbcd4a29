import ClusterModel
import Generation
import MigrationModel
import Placement
import Planning
import Reports

/// Rolling maintenance beside Ganeti's `hroller` and a naive way, host by host: groups, moves and time.
struct RollingBenchmark {
    static let summary =
        "clusters=FOLDER hosts=200 reboot=600 directory=/tmp  (c20 of the folder, and a generated cluster of so many hosts)"

    private let folder: ClusterFolder
    private let hosts: Int
    private let rebootSeconds: Double
    private let scratch: ScratchFolder

    init(_ arguments: BenchArguments) throws {
        folder = ClusterFolder(path: try arguments.text("clusters"))
        hosts = try arguments.number("hosts", absent: 200)
        rebootSeconds = Double(try arguments.number("reboot", absent: 600))
        scratch = try ScratchFolder(in: arguments.text("directory", absent: "/tmp"))
    }

    func run() throws {
        print("policy: the defaults; CPU s: of planning, in this process; a reboot takes \(Int(rebootSeconds)) s")
        print(
            "free: memory on the hosts that are up, while the worst group is down; spare: host failures that are provided for"
        )
        print("time of hroller and of the naive way: for each group the busiest host link, out and back, and a reboot")
        let missing = Htools.missing(["hroller"])
        if let missing { print(missing) }
        var table = TextTable([
            .left("cluster"), .left("way"), .right("spare"), .right("groups"), .right("at once"), .right("free"),
            .right("moves"),
            .right("bound"), .right("time h"), .right("refused"), .right("took"),
        ])
        let options = ClusterOptions(kind: .plain, hosts: hosts, vms: 8 * hosts)
        let clusters = [try folder.cluster("c20"), ClusterGenerator(options: options).cluster(seed: 1)]
        for cluster in clusters {
            var atOnce: Set<Int> = [1, 4, 8]
            if missing == nil { atOnce.insert(try addHroller(cluster, to: &table)) }
            addNaive(cluster, to: &table)
            for parallel in atOnce.sorted() {
                for spareHosts in [0, 1] { try addOurs(cluster, parallel, spareHosts, to: &table) }
            }
        }
        for line in table.lines() { print(line) }
    }

    private func addOurs(_ cluster: Cluster, _ parallel: Int, _ spareHosts: Int, to table: inout TextTable) throws {
        var policy = Policy()
        policy.spareHosts = spareHosts
        let all = cluster.hosts.filter { $0.state == .on }.map(\.id)
        let request = RollingRequest(hosts: all, rebootSeconds: rebootSeconds, parallel: parallel)
        var made: Plan?
        let elapsed = try Elapsed.of {
            made = try RollingPlanner(policy: policy).plan(cluster: cluster, request: request)
        }
        guard let plan = made, let figures = RollingFigures(of: plan) else {
            throw BenchError("\(cluster.name): no plan")
        }
        table.add([
            cluster.name, "drover, \(parallel) at once", "\(spareHosts)", "\(figures.groups.count)",
            "\(figures.groups.map(\.hosts.count).max() ?? 0)", leastFree(figures.groups.map(\.hosts), cluster),
            "\(plan.summary.migrations)", "\(figures.leastMoves)",
            (plan.summary.makespanSeconds / 3600).fixed(2), "\(plan.refusals.count)",
            "\(elapsed.cpuSeconds.fixed(2)) CPU s",
        ])
    }

    /// Every VM out and back, one host after the other.
    private func addNaive(_ cluster: Cluster, to table: inout TextTable) {
        let groups = cluster.hosts.filter { $0.state == .on }.map { [$0.id] }
        let (moves, seconds) = outAndBack(groups, cluster)
        table.add([
            cluster.name, "naive", "-", "\(groups.count)", "1", leastFree(groups, cluster), "\(moves)", "",
            (seconds / 3600).fixed(2), "0", "",
        ])
    }

    /// `hroller` assumes that each group's VMs are back before the next.
    ///
    /// - Returns: the hosts in its largest group.
    private func addHroller(_ cluster: Cluster, to table: inout TextTable) throws -> Int {
        let start = ClusterFigures(cluster: cluster, memory: .configured).start.hostOfVM
        let (groups, use) = try Htools(cluster: cluster, scratch: scratch).rebootGroups(start)
        let (moves, seconds) = outAndBack(groups, cluster)
        let largest = groups.map(\.count).max() ?? 0
        table.add([
            cluster.name, "hroller", "-", "\(groups.count)", "\(largest)", leastFree(groups, cluster),
            "\(moves)", "", (seconds / 3600).fixed(2), "0", "\(use.cpuSeconds.fixed(2)) CPU s",
        ])
        return largest
    }

    /// The share of memory that is free on the hosts that are up when the worst group is down.
    private func leastFree(_ groups: [[String]], _ cluster: Cluster) -> String {
        let used = cluster.vms.reduce(0.0) { $1.state == .stopped || $1.host == nil ? $0 : $0 + Double($1.memoryBytes) }
        let shares = groups.map { group -> Double in
            let up = cluster.hosts.filter { $0.state == .on && !group.contains($0.id) }
            return 1 - used / max(up.reduce(0.0) { $0 + Double($1.capacityMemoryBytes) }, 1)
        }
        return "\(Int(((shares.min() ?? 0) * 100).rounded())) %"
    }

    private func outAndBack(_ groups: [[String]], _ cluster: Cluster) -> (moves: Int, seconds: Double) {
        let policy = Policy()
        let model = MigrationModel(policy: policy)
        var (moves, seconds) = (0, 0.0)
        for group in groups {
            var longest = 0.0
            for host in group {
                let rate =
                    cluster.hosts.first { $0.id == host }?.migrationBitsPerSecond
                    ?? policy.defaults.migrationBitsPerSecond
                let leaving = cluster.vms.filter { $0.host == host && $0.state != .stopped }
                let busy = leaving.reduce(0.0) {
                    $0 + (model.choice(for: $1, bandwidthBitsPerSecond: rate).prediction?.durationSeconds ?? 0)
                }
                longest = max(longest, busy)
                moves += 2 * leaving.count
            }
            seconds += 2 * longest + rebootSeconds
        }
        return (moves, seconds)
    }
}
