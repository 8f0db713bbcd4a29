import ClusterModel
import Documents
import Generation
import Glibc
import Reports

/// What the whole program takes on large clusters, from its start until the plan is written.
struct ScaleBenchmark {
    static let summary = "drover=PATH seed=5 directory=/tmp"

    /// Sizes, and the seconds by the clock in which a plan is to be there.
    private static let sizes: [(hosts: Int, vms: Int, targetSeconds: Double)] = [
        (1000, 10_000, 3), (10_000, 100_000, 60),
    ]
    /// The program's exit code when some VM could not be moved; the plan is written all the same.
    private static let incomplete: Int32 = 2
    private static let targetKibibytes = 2 << 20
    /// Ten times the hosts and VMs are to take at most this many times as long.
    private static let targetRatio = 20.0

    private let program: String
    private let seed: Int
    private let scratch: ScratchFolder

    init(_ arguments: BenchArguments) throws {
        program = try arguments.text("drover")
        seed = try arguments.number("seed", absent: 5)
        scratch = try ScratchFolder(in: arguments.text("directory", absent: "/tmp"))
        guard ChildProcess.isInstalled(program) else { throw BenchError("\(program): no program") }
    }

    func run() throws {
        print("generated clusters, seed \(seed); the program's defaults; wall: from its start until it has ended")
        var table = TextTable([
            .left("plan"), .left("cluster"), .right("hosts"), .right("VMs"), .left("result"), .right("wall s"),
            .right("CPU s"),
            .right("peak MiB"), .left("target"),
        ])
        for goal in Goal.allCases {
            var walls: [Double] = []
            for size in Self.sizes {
                let use = try plan(goal, hosts: size.hosts, vms: size.vms)
                walls.append(use.wallSeconds)
                let met = use.wallSeconds <= size.targetSeconds && use.peakKibibytes <= Self.targetKibibytes
                table.add([
                    goal.rawValue, goal.kind.rawValue, "\(size.hosts)", "\(size.vms)",
                    use.exitCode == Self.incomplete ? "incomplete" : "complete", use.wallSeconds.fixed(2),
                    use.cpuSeconds.fixed(2), "\(use.peakKibibytes >> 10)",
                    "\(size.targetSeconds.fixed(0)) s, \(Self.targetKibibytes >> 10) MiB: \(met ? "met" : "missed")",
                ])
            }
            let ratio = walls[1] / walls[0]
            table.add([
                goal.rawValue, "large / small", "", "", "", ratio.fixed(1), "", "",
                "\(Self.targetRatio.fixed(0)): \(ratio <= Self.targetRatio ? "met" : "missed")",
            ])
        }
        for line in table.lines() { print(line) }
        print(
            "peak: never shown below what this program held when it started the other (\(ownPeakMebibytes) MiB at the end)"
        )
    }

    private var ownPeakMebibytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss >> 10
    }

    /// What is planned, and on which kind of cluster.
    private enum Goal: String, CaseIterable {
        case balance
        case powerSave = "power-save"
        case evacuate

        var kind: ClusterOptions.Kind { self == .balance ? .balance : .consolidate }
    }

    private func plan(_ goal: Goal, hosts: Int, vms: Int) throws -> ChildProcess.Use {
        let options = ClusterOptions(kind: goal.kind, hosts: hosts, vms: vms)
        let (file, evacuated) = try document(options)
        let subject = goal == .evacuate ? [evacuated] : []
        let output = "\(scratch.path)/plan.json"
        defer {
            unlink(file)
            unlink(output)
        }
        let command = [program, "plan", goal.rawValue] + subject + ["--cluster", file, "-o", output]
        let use = try ChildProcess(command, output: "/dev/null")
            .waitForEnd(accepting: [0, Self.incomplete])
        guard access(output, R_OK) == 0 else { throw BenchError("\(program) wrote no plan") }
        return use
    }

    /// A file with a generated cluster, and, of the hosts all of whose VMs move live, the one that runs the most.
    /// Others hold VMs that nothing can move: passed-through devices, or cold ones whose pause is longer than they
    /// allow.
    private func document(_ options: ClusterOptions) throws -> (file: String, fullestHost: String) {
        let cluster = ClusterGenerator(options: options).cluster(seed: UInt64(seed))
        var running: [String: Int] = [:]
        for vm in cluster.vms where vm.state == .running { running[vm.host ?? "", default: 0] += 1 }
        let bound = Set(cluster.vms.filter { $0.migration != .live }.map { $0.host ?? "" })
        let fullest = cluster.hosts.filter { $0.state == .on && !bound.contains($0.id) }
            .max { running[$0.id, default: 0] < running[$1.id, default: 0] }
        guard let fullest else { throw BenchError("no host that is on can be emptied") }
        return (try scratch.write(ClusterDocument.write(cluster), as: "\(options.kind).json"), fullest.id)
    }
}
