import ClusterModel
import Generation
import Placement
import Scheduling

/// What it takes to schedule very many moves, and how near the makespan is to its bound.
struct ScheduleScaleBenchmark {
    static let summary = "hosts=1000 moves=10000 vms=20000 spare=1 seed=1 kind=plain"

    private let options: ClusterOptions
    private let moves: Int
    private let spareHosts: Int
    private let seed: Int

    init(_ arguments: BenchArguments) throws {
        moves = try arguments.number("moves", absent: 10_000)
        let name = arguments.text("kind", absent: "plain")
        guard let kind = ClusterOptions.Kind(rawValue: name) else {
            throw BenchError("kind=\(name): " + ClusterOptions.Kind.allCases.map(\.rawValue).joined(separator: " | "))
        }
        options = ClusterOptions(
            kind: kind, hosts: try arguments.number("hosts", absent: 1000),
            vms: try arguments.number("vms", absent: 2 * moves))
        spareHosts = try arguments.number("spare", absent: 1)
        seed = try arguments.number("seed", absent: 1)
    }

    func run() throws {
        let cluster = ClusterGenerator(options: options).cluster(seed: UInt64(seed))
        var policy = Policy()
        policy.spareHosts = spareHosts
        let packed = PackedCluster(cluster: cluster, policy: policy, startsAt: cluster.takenAt)
        let target = RandomTarget(packed: packed, moves: moves, seed: UInt64(seed)).hosts
        var schedule: Schedule?
        let elapsed = Elapsed.of { schedule = Scheduler(ScheduleRequest(packed: packed, target: target)).schedule() }
        guard let schedule else { throw BenchError("no schedule") }
        print("\(cluster.name): \(cluster.hosts.count) hosts, \(cluster.vms.count) VMs, \(spareHosts) spare")
        print(
            "\(schedule.steps.count) steps, \(schedule.dropped.count) moves left out; scheduled in "
                + "\(elapsed.wallSeconds.fixed(2)) s (\(elapsed.cpuSeconds.fixed(2)) s of CPU)")
        print(
            "makespan \(schedule.makespanSeconds.fixed(1)) s, bound \(schedule.lowerBoundSeconds.fixed(1)) s, "
                + "\((schedule.makespanSeconds / schedule.lowerBoundSeconds).fixed(4)) of it")
        var places: [String: String] = [:]
        for vm in 0..<packed.vmCount where target[vm] != packed.home[vm] {
            places[packed.vm(vm).id] = packed.host(Int(target[vm])).id
        }
        let whole = try MeasuredPlan(.place(target: places), of: cluster, policy: policy)
        print(
            "the whole plan, accepted by the checker: \(whole.elapsed.wallSeconds.fixed(2)) s, "
                + "\(whole.elapsed.cpuSeconds.fixed(2)) s of CPU, \(whole.plan.status.rawValue)")
    }
}
