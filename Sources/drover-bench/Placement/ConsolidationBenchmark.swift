import ClusterModel
import Planning
import Reports

/// How few hosts power saving leaves on, and in how many moves, beside other programs.
struct ConsolidationBenchmark {
    static let summary =
        "clusters=FOLDER only=q10,q20,c80,c500 hsqueeze=yes|no directory=/tmp  (hsqueeze: on q10 and q20)"

    private let folder: ClusterFolder
    private let names: [String]
    private let runsHsqueeze: Bool
    private let scratch: ScratchFolder

    /// Hosts left and moves at most.
    private static let targets: [String: (hosts: Int, moves: Int)] = [
        "q10": (3, 36), "q20": (6, 112), "c80": (45, 400), "c500": (278, .max),
    ]

    init(_ arguments: BenchArguments) throws {
        folder = ClusterFolder(path: try arguments.text("clusters"))
        names = arguments.text("only", absent: "q10,q20,c80,c500").split(separator: ",").map(String.init)
        runsHsqueeze = arguments.text("hsqueeze", absent: "yes") == "yes"
        scratch = try ScratchFolder(in: arguments.text("directory", absent: "/tmp"))
    }

    func run() throws {
        print(
            "policy: limits.cpu=1 limits.memory=1 spareHosts=0, else the defaults; CPU s: of planning, in this process")
        let missing = Htools.missing(["hsqueeze"])
        if let missing { print(missing) }
        var table = TextTable([
            .left("cluster"), .left("program"), .right("hosts left"), .right("bound"), .right("moves"), .right("took"),
            .left("checker"), .left("target"),
        ])
        for name in names {
            let cluster = try folder.cluster(name)
            try addOurs(name, cluster, to: &table)
            if runsHsqueeze, missing == nil, name.hasPrefix("q") { try addHsqueeze(name, cluster, to: &table) }
            for peer in RecordedPeers.consolidation[name] ?? [] {
                table.add([name, "\(peer.program) *", peer.hosts, "", peer.moves, peer.took])
            }
        }
        for line in table.lines() { print(line) }
        print("* recorded, not run here")
    }

    private func addOurs(_ name: String, _ cluster: Cluster, to table: inout TextTable) throws {
        var policy = Policy()
        policy.limits.cpu = 1
        policy.limits.memory = 1
        policy.spareHosts = 0
        let made = try MeasuredPlan(.powerSave, of: cluster, policy: policy)
        let (hosts, moves) = (made.plan.summary.hostsOn, made.plan.summary.migrations)
        // The planner throws when the independent checker refuses a plan.
        table.add([
            name, "drover", "\(hosts.after)", hosts.lowerBound.map { "\($0)" } ?? "-", "\(moves)",
            "\(made.elapsed.cpuSeconds.fixed(2)) CPU s", "accepted", verdict(name, hosts: hosts.after, moves: moves),
        ])
    }

    private func verdict(_ name: String, hosts: Int, moves: Int) -> String {
        guard let target = Self.targets[name] else { return "" }
        let wanted = target.moves == .max ? "\(target.hosts)" : "\(target.hosts) in \(target.moves)"
        return "\(wanted): \(hosts <= target.hosts && moves <= target.moves ? "met" : "missed")"
    }

    private func addHsqueeze(_ name: String, _ cluster: Cluster, to table: inout TextTable) throws {
        let start = ClusterFigures(cluster: cluster, memory: .configured).start.hostOfVM
        let found = try Htools(cluster: cluster, scratch: scratch).squeeze(start)
        table.add([
            name, "hsqueeze", "\(found.hostsLeft)", "", "\(found.moves)", "\(found.use.cpuSeconds.fixed(2)) CPU s",
        ])
    }
}
