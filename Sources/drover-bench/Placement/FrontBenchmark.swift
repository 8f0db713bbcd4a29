import ClusterModel
import Planning
import Reports

/// What each number of moves buys in evenness, beside other balancers; and what Ganeti's hbal thinks of it.
///
/// Two questions: CPU and memory alone, judged by their standard deviations; and CPU, memory, disk, network and vCPUs,
/// judged by hbal itself, which is given our placement to score.
struct FrontBenchmark {
    static let summary =
        "clusters=FOLDER only=c20,c80,c500 effort=300 hbalMoves=2 directory=/tmp  (hbalMoves: of hbal on c80)"

    private let folder: ClusterFolder
    private let names: [String]
    private let effort: Int
    private let hbalMoves: Int
    private let scratch: ScratchFolder

    init(_ arguments: BenchArguments) throws {
        folder = ClusterFolder(path: try arguments.text("clusters"))
        names = arguments.text("only", absent: "c20,c80,c500").split(separator: ",").map(String.init)
        effort = try arguments.number("effort", absent: BalancePolicy().effort)
        hbalMoves = try arguments.number("hbalMoves", absent: 2)
        scratch = try ScratchFolder(in: arguments.text("directory", absent: "/tmp"))
    }

    func run() throws {
        print(
            "policy: the defaults, effort \(effort); with a budget of moves balance.minimumGainPerMove=0. "
                + "sd: population standard deviation")
        print("over the hosts of the used fraction. CPU s: of planning, the checker included, in this process.")
        let missing = Htools.missing(["hbal"])
        if let missing { print(missing) }
        for name in names {
            let cluster = try folder.cluster(name)
            print("\n\(name): \(cluster.hosts.count) hosts, \(cluster.vms.count) VMs; balancing CPU and memory")
            try showSpread(name, cluster)
            print("\n\(name): balancing CPU, memory (twice), disk, network and vCPUs, scored by hbal")
            if missing == nil { try showScores(name, cluster) } else { print("  not measured: hbal is missing") }
        }
    }

    // MARK: CPU and memory

    private func showSpread(_ name: String, _ cluster: Cluster) throws {
        var table = TextTable([
            .left("program"), .right("moves"), .right("sd memory"), .right("sd CPU"), .right("took"), .left("target"),
        ])
        let figures = ClusterFigures(cluster: cluster, memory: .configured)
        let start = LoadSpread(of: cluster, figures, figures.start)
        table.add(["at the start", "0", start.memory.fixed(4), start.cpu.fixed(4)])
        for budget in budgets(name, cluster) + [nil] {
            let made = try MeasuredPlan(.balance, of: cluster, policy: policy(budget: budget))
            let target = FrontTarget.spread(name, moves: budget)
            table.add([
                budget.map { "drover, \($0) moves at most" } ?? "drover, its own choice",
                "\(made.plan.summary.migrations)",
                made.spread.memory.fixed(4), made.spread.cpu.fixed(4), "\(made.elapsed.cpuSeconds.fixed(3)) CPU s",
                target?.verdict(memory: made.spread.memory, cpu: made.spread.cpu) ?? "",
            ])
        }
        for peer in name == "c20" ? RecordedPeers.c20 : [] {
            table.add(["\(peer.program) *", "\(peer.moves)", peer.memory.fixed(4), peer.cpu.fixed(4), peer.took])
        }
        for line in table.lines(indent: "  ") { print(line) }
        if name == "c20" { print("  * recorded, not run here") }
    }

    // MARK: As hbal sees it

    private func showScores(_ name: String, _ cluster: Cluster) throws {
        let hbal = Htools(cluster: cluster, scratch: scratch)
        let start = ClusterFigures(cluster: cluster, memory: .configured).start.hostOfVM
        let before = try hbal.balance(start, limit: 0)
        var table = TextTable([
            .right("moves"), .right("hbal's score of ours"), .right("hbal's own"), .right("our CPU s"),
            .right("hbal's CPU s"),
            .right("ratio"), .left("target"),
        ])
        table.add(["0", before.scoreBefore.fixed(4)])
        for budget in budgets(name, cluster) + [nil] {
            var policy = policy(budget: budget)
            policy.balance.weights = Self.weightsOfHbal
            let made = try MeasuredPlan(.balance, of: cluster, policy: policy)
            let score = try hbal.balance(made.hostOfVM, limit: 0).scoreBefore
            let own = name == "c20" ? try hbal.balance(start, limit: budget) : nil
            table.add([
                "\(made.plan.summary.migrations)" + (budget == nil ? ", own choice" : ""), score.fixed(4),
                own.map { "\($0.scoreAfter.fixed(4)) in \($0.moves)" } ?? "-", made.elapsed.cpuSeconds.fixed(3),
                own.map { $0.use.cpuSeconds.fixed(2) } ?? "-",
                own.map { ($0.use.cpuSeconds / made.elapsed.cpuSeconds).fixed(1) } ?? "-",
                FrontTarget.score(name, moves: budget)?.verdict(score) ?? "",
            ])
        }
        for line in table.lines(indent: "  ") { print(line) }
        if name == "c20" {
            print("  ratio: hbal's CPU s, its start included, over ours; target \(FrontTarget.cpuRatio.fixed(0))")
        }
        try showSteps(name, hbal, start)
    }

    /// Where hbal takes too long for a whole run: what its first moves cost.
    private func showSteps(_ name: String, _ hbal: Htools, _ start: [String: String]) throws {
        switch name {
        case "c20": print("  " + RecordedPeers.c20Scores)
        case "c80":
            let own = try hbal.balance(start, limit: hbalMoves)
            let each = own.use.cpuSeconds / Double(max(own.moves, 1))
            let recorded = RecordedPeers.hbalSecondsPerMove[name] ?? 0
            print(
                "  hbal: \(own.scoreAfter.fixed(4)) after its first \(own.moves) moves, "
                    + "\(each.fixed(2)) CPU s each (recorded: \(recorded.fixed(1)))")
        default: print("  hbal itself is not run: recorded, no first move in 150 s")
        }
    }

    /// hbal adds up standard deviations of free memory, vCPUs and the loads of CPU, memory, disk and network, each with
    /// weight 1 (`hbal -l 0 -v -v`). With loads of configured memory, memory counts twice.
    private static var weightsOfHbal: BalanceWeights {
        var weights = BalanceWeights()
        (weights.cpu, weights.memory, weights.disk, weights.network, weights.vcpus) = (1, 2, 1, 1, 1)
        return weights
    }

    // MARK: Policy

    private func policy(budget: Int?) -> Policy {
        var policy = Policy()
        policy.balance.effort = effort
        policy.maxMoves = budget
        if budget != nil { policy.balance.minimumGainPerMove = 0 }
        return policy
    }

    private func budgets(_ name: String, _ cluster: Cluster) -> [Int?] {
        if name == "c20" { return [20, 30, 44, 55] }
        return [5, 10, 15, 22, 30].map { $0 * cluster.vms.count / 100 }
    }
}
