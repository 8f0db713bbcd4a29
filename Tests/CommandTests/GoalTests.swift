import ClusterModel
import Documents
import Foundation
import ProgramSupport
import Testing

/// Plans as the built program makes them, judged by the checker's own program and by figures written out here.
@Suite struct GoalTests {
    static let sharedIsThere = Programs.hasShared
    static let why: Comment = "the shared clusters are not beside the package (../shared, or $DROVER_SHARED)"

    // MARK: What must show

    @Test(.enabled(if: sharedIsThere, why), arguments: [("q10", 3), ("q20", 6)])
    func consolidates(_ name: String, hostsLeft: Int) async throws {
        let scratch = try Scratch()
        let outcome = try await scratch.drover(
            "plan", "power-save", "--set", "spareHosts=0", "--cluster", Self.cluster(name), "-o", "plan.json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.seconds < 5 * slack)
        let plan = try Self.plan(scratch)
        #expect(plan.summary.hostsOn.after == hostsLeft)
        #expect(
            plan.steps.count { if case .powerOff = $0.action { true } else { false } }
                == plan.summary.hostsOn.before - hostsLeft)
        try await expectSound(scratch, cluster: Self.cluster(name))
    }

    @Test(.enabled(if: sharedIsThere, why)) func balances() async throws {
        let scratch = try Scratch()
        let outcome = try await scratch.drover("plan", "balance", "--cluster", Self.cluster("c20"), "-o", "plan.json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.seconds < 5 * slack)
        let plan = try Self.plan(scratch)
        #expect(plan.summary.migrations <= 44)
        let cluster = try ClusterDocument.read(try Self.bytes(Self.cluster("c20")), name: "c20").value
        let spread = Spread(of: cluster, after: plan)
        #expect(spread.memory < 0.03, "memory \(spread.memory)")
        #expect(spread.cpu < 0.03, "CPU \(spread.cpu)")
        try await expectSound(scratch, cluster: Self.cluster("c20"))
    }

    @Test(.enabled(if: sharedIsThere, why)) func empties() async throws {
        let document = try ClusterDocument.read(try Self.bytes(Self.cluster("c20")), name: "c20").value
        for host in document.hosts.map(\.id) {
            let scratch = try Scratch()
            let outcome = try await scratch.drover(
                "plan", "evacuate", host, "--cluster", Self.cluster("c20"), "-o", "plan.json")
            #expect(outcome.status == 0, "\(host): \(outcome.output)\(outcome.errors)")
            let moved = Set(try Self.plan(scratch).steps.compactMap(\.migration).filter { $0.from == host }.map(\.vm))
            let there = document.vms.filter { $0.host == host && $0.state != .stopped }.map(\.id)
            #expect(Set(there).isSubset(of: moved), "\(host) keeps \(Set(there).subtracting(moved).sorted())")
        }
    }

    @Test(.enabled(if: sharedIsThere, why), .timeLimit(.minutes(4))) func plansALargeCluster() async throws {
        let scratch = try Scratch()
        let outcome = try await scratch.drover(
            "plan", "power-save", "--set", "spareHosts=0", "--cluster", Self.cluster("c500"), "-o", "plan.json")
        #expect([0, 2].contains(outcome.status), "\(outcome.errors)")
        #expect(outcome.seconds < 60 * slack, "\(outcome.seconds) s")
        let summary = try Self.plan(scratch).summary
        #expect(summary.hostsOn.after < summary.hostsOn.before)
        try await expectSound(scratch, cluster: Self.cluster("c500"))
    }

    // MARK: Every plan is sound, and the same again

    @Test(arguments: ["balance", "power-save"])
    func everyTinyClusterGivesASoundPlan(_ goal: String) async throws {
        let folder = "\(Programs.root)/data/clusters"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
            .sorted()
        #expect(files.count >= 20)
        for file in files {
            let scratch = try Scratch()
            let outcome = try await scratch.drover("plan", goal, "--cluster", "\(folder)/\(file)", "-o", "plan.json")
            #expect([0, 2].contains(outcome.status), "\(file): \(outcome.errors)")
            try await expectSound(scratch, cluster: "\(folder)/\(file)")
        }
    }

    @Test(
        .enabled(if: sharedIsThere, why),
        arguments: [
            "balance", "consolidate", "dirty", "evacuate", "mixed", "profiles", "rules", "sites", "tight",
        ])
    func everyKindOfClusterGivesSoundPlans(_ kind: String) async throws {
        let cluster = Self.cluster("\(kind)-12x80")
        for goal in [["balance"], ["power-save"], ["evacuate", "h03"]] {
            let scratch = try Scratch()
            let outcome = try await scratch.drover(["plan"] + goal + ["--cluster", cluster, "-o", "plan.json"])
            #expect([0, 2].contains(outcome.status), "\(goal): \(outcome.errors)")
            guard [0, 2].contains(outcome.status) else { continue }
            try await expectSound(scratch, cluster: cluster)
        }
    }

    @Test func theSameInputGivesTheSameBytes() async throws {
        let scratch = try Scratch()
        _ = try await scratch.drover(
            "generate", "cluster", "--seed", "5", "--hosts", "16", "--vms", "120", "-o", "lab.json")
        var plans: [String] = []
        for name in ["first.json", "second.json"] {
            let outcome = try await scratch.drover("plan", "power-save", "--cluster", "lab.json", "-o", name)
            #expect([0, 2].contains(outcome.status), "\(outcome.errors)")
            let lines = try scratch.read(name).split(separator: "\n").map(String.init)
            plans.append(lines.map(Self.withoutCreation).joined(separator: "\n"))
        }
        #expect(plans[0] == plans[1])
    }

    @Test func aPlanCanBeTakenBack() async throws {
        let scratch = try Scratch()
        try scratch.write(SmallCluster.document, to: "small.json")
        _ = try await scratch.drover("plan", "evacuate", "h01", "--cluster", "small.json", "-o", "plan.json")
        let plan = try Self.plan(scratch)
        var moved = try ClusterDocument.read(Array(SmallCluster.document.utf8), name: "small").value
        for migration in plan.steps.compactMap(\.migration) {
            for index in moved.vms.indices where moved.vms[index].id == migration.vm {
                moved.vms[index].host = migration.to
            }
        }
        try scratch.write(ClusterDocument.write(moved), to: "moved.json")
        for source in ["plan.json", "small.json"] {
            let back = try await scratch.drover("plan", "place", source, "--cluster", "moved.json", "--format", "json")
            #expect(back.status == 0, "\(back.errors)")
            let plan = try PlanDocument.read(Array(back.output.utf8), name: "back").value
            let targets = plan.steps.compactMap(\.migration).map { "\($0.vm) \($0.to)" }.sorted()
            #expect(targets == ["v1 h01", "v2 h01"], "\(source)")
        }
    }

    // MARK: -

    /// Other programs may run beside the tests; the figures hold for a machine that is otherwise idle.
    private var slack: Double { ProcessInfo.processInfo.environment["CI"] == nil ? 1.5 : 3 }

    private static func cluster(_ name: String) -> String { "\(Programs.shared)/clusters/\(name).cluster.json" }

    private static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private static func plan(_ scratch: Scratch) throws -> Plan {
        try PlanDocument.read(try scratch.bytes("plan.json"), name: "plan.json").value
    }

    private func expectSound(_ scratch: Scratch, cluster: String) async throws {
        let check = try await scratch.drover("check", "--cluster", cluster, "--plan", "plan.json")
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }

    private static func withoutCreation(_ line: String) -> String {
        guard let start = line.range(of: "\"createdAt\": \""), let end = line[start.upperBound...].firstIndex(of: "\"")
        else { return line }
        return String(line[..<start.upperBound]) + String(line[end...])
    }
}

/// How unevenly hosts are used after a plan: worked out here, from the documents alone.
struct Spread {
    let cpu: Double
    let memory: Double

    init(of cluster: Cluster, after plan: Plan) {
        var hostOfVM = Dictionary(uniqueKeysWithValues: cluster.vms.map { ($0.id, $0.host) })
        for step in plan.steps.sorted(by: { $0.endSeconds < $1.endSeconds }) {
            if let migration = step.migration { hostOfVM[migration.vm] = migration.to }
        }
        var used: [String: (cpu: Double, memory: Double)] = [:]
        for vm in cluster.vms where vm.state == .running {
            guard let host = hostOfVM[vm.id] ?? nil else { continue }
            used[host, default: (0, 0)].cpu += vm.demand.cpuCores
            used[host, default: (0, 0)].memory += Double(vm.memoryBytes)
        }
        let on = cluster.hosts.filter { $0.state == .on }
        cpu = Self.deviation(on.map { (used[$0.id]?.cpu ?? 0) / $0.capacityCores })
        memory = Self.deviation(on.map { (used[$0.id]?.memory ?? 0) / Double($0.capacityMemoryBytes) })
    }

    private static func deviation(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)).squareRoot()
    }
}
