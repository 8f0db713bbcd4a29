import ClusterModel
import Documents
import Generation
import PlanCheck
import Planning
import TestSupport
import Testing

/// VMs of one site on another, over the links between them.
@Suite struct RelocateTests {
    private static let goal = Goal.relocate(from: "paris", to: "lyon")

    private static func cluster(vms: [VirtualMachine], rules: [Rule] = [], lyon: Host? = nil) -> Cluster {
        var hosts = ["p1", "p2"].map { Host.host($0, memory: .gib(128), site: "paris") }
        hosts += ["l1", "l2"].map { Host.host($0, memory: .gib(128), site: "lyon") }
        hosts.append(.host("n1", memory: .gib(256), site: "nice"))
        if let lyon { hosts[2] = lyon }
        return .cluster(
            hosts: hosts, vms: vms, rules: rules,
            links: [Link(first: .site(name: "paris"), second: .site(name: "lyon"), bitsPerSecond: 2e9)])
    }

    private static func plan(_ cluster: Cluster, _ settings: String...) throws -> Plan {
        let policy = try PolicyDocument.applying(settings: ["spareHosts=0"] + settings, to: Policy())
        return try Planner(policy: policy).plan(cluster: cluster, goal: goal)
    }

    private static func reasons(_ plan: Plan, _ vm: String) -> [String] {
        plan.refusals.flatMap { refusal in
            if case .vm(vm, _) = refusal.subject { refusal.reasons.map(\.constraint) } else { [String]() }
        }
    }

    @Test func allGoOverTheLinkAndNobodyElseMoves() throws {
        var vms = (0..<6).map { VirtualMachine.vm("v\($0)", on: "p\(1 + $0 % 2)") }
        vms.append(.vm("stays", on: "n1"))
        let plan = try Self.plan(Self.cluster(vms: vms))
        let moves = plan.steps.compactMap(\.migration)
        #expect(plan.status == .complete && moves.count == 6)
        #expect(moves.allSatisfy { $0.to.hasPrefix("l") && $0.bandwidthBitsPerSecond == 2e9 })
        // The link takes one at its whole rate: the plan is as long as all moves together.
        let total = plan.steps.reduce(0) { $0 + $1.durationSeconds }
        #expect(abs(plan.summary.makespanSeconds - total) < 0.01)
    }

    @Test func aDatastoreThatDoesNotReachTheOtherSiteHoldsItsVMs() throws {
        var vms = [VirtualMachine.vm("bound", on: "p1"), .vm("free", on: "p1")]
        vms[0].datastores = ["nfs-paris"]
        vms[1].datastores = ["nfs-both"]
        var cluster = Self.cluster(vms: vms)
        for index in cluster.hosts.indices {
            cluster.hosts[index].datastores =
                cluster.hosts[index].site == "paris" ? ["nfs-paris", "nfs-both"] : ["nfs-both"]
        }
        let plan = try Self.plan(cluster)
        #expect(plan.status == .partial && plan.steps.compactMap { $0.migration?.vm } == ["free"])
        #expect(Self.reasons(plan, "bound") == ["datastore"])
        // Only hosts that could have taken it are named.
        let hosts = plan.refusals.flatMap { $0.reasons.flatMap(\.hosts) }
        #expect(Set(hosts) == ["l1", "l2"])
    }

    @Test func localDisksCountInTimeAndRoom() throws {
        var vms = [VirtualMachine.vm("disk", on: "p1"), .vm("big", on: "p1")]
        vms[0].localDiskBytes = 100_000_000_000
        vms[1].localDiskBytes = 900_000_000_000
        var cluster = Self.cluster(vms: vms)
        for index in cluster.hosts.indices { cluster.hosts[index].localDiskBytes = 1_000_000_000_000 }
        for index in [2, 3] { cluster.hosts[index].localDiskBytes = 500_000_000_000 }
        let plan = try Self.plan(cluster)
        let move = try #require(plan.steps.first)
        #expect(move.migration?.vm == "disk")
        // 100 GB at 2 Gbit/s are 400 s, and the payload is 95 % of the link.
        #expect(move.durationSeconds > 420 && (move.migration?.transferBytes ?? 0) > 1.04e11)
        #expect(Self.reasons(plan, "big") == ["localDisk"])
    }

    @Test func groupsAreApartForAsShortAsPossible() throws {
        var vms = (0..<12).map { number -> VirtualMachine in
            VirtualMachine.vm(
                "v\(number)", on: "p\(1 + number % 2)", memory: .gib([2, 5, 3, 7][number % 4]),
                labels: number < 9 ? ["app": "app\(number % 3)"] : [:])
        }
        vms.append(.vm("r1", on: "p1", memory: .gib(1)))
        vms.append(.vm("r2", on: "p2", memory: .gib(9)))
        let cluster = Self.cluster(vms: vms, rules: [.together("pair", ["r1", "r2"], scope: .site)])
        let plan = try Self.plan(cluster)
        #expect(plan.status == .complete)
        var groups = Dictionary(grouping: vms.filter { $0.labels["app"] != nil }) { $0.labels["app"] ?? "" }.mapValues {
            $0.map(\.id)
        }
        groups["pair"] = ["r1", "r2"]
        for (name, members) in groups {
            let steps = plan.steps.filter { members.contains($0.migration?.vm ?? "") }
            let apart = (steps.map(\.endSeconds).max() ?? 0) - (steps.map(\.startSeconds).min() ?? 0)
            let own = steps.reduce(0) { $0 + $1.durationSeconds }
            #expect(abs(apart - own) < 0.01, "\(name) is apart for \(apart) s, its moves take \(own) s")
        }
    }

    @Test func unknownSitesAreNamed() {
        let cluster = Self.cluster(vms: [])
        let error = #expect(throws: PlanningError.self) {
            try Planner(policy: Policy()).plan(cluster: cluster, goal: .relocate(from: "paris", to: "lille"))
        }
        #expect(error.map { "\($0)" } == "the cluster has no site 'lille'")
    }

    @Test("Clusters of several sites: what can go goes, in plans that the checker accepts", arguments: UInt64(0)..<20)
    func generated(seed: UInt64) throws {
        let options = ClusterOptions(kind: .sites, hosts: 6 + Int(seed % 5), vms: 12 + Int(seed))
        let cluster = ClusterGenerator(options: options).cluster(seed: seed)
        let sites = Set(cluster.hosts.compactMap(\.site)).sorted()
        guard sites.count > 1 else { return }
        let policy = try Policy.with("spareHosts=\(seed % 2)", "balance.effort=10")
        let plan = try Planner(policy: policy).plan(cluster: cluster, goal: .relocate(from: sites[0], to: sites[1]))
        let site = Dictionary(uniqueKeysWithValues: cluster.hosts.map { ($0.id, $0.site ?? "") })
        var moved: Set<String> = []
        for move in plan.steps.compactMap(\.migration) where site[move.to] == sites[1] { moved.insert(move.vm) }
        for vm in cluster.vms where vm.state != .stopped && site[vm.host ?? ""] == sites[0] {
            #expect(moved.contains(vm.id) || !Self.reasons(plan, vm.id).isEmpty, "seed \(seed), VM \(vm.id)")
        }
    }
}
