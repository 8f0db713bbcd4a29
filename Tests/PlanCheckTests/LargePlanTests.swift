import ClusterModel
import PlanCheck
import Randomness
import TestSupport
import Testing

/// The checker answers in seconds on the largest clusters that Drover is for.
@Suite struct LargePlanTests {
    /// Hosts come in pairs that swap some of their VMs, each arrival after a departure that makes room for it.
    static func swaps(hosts count: Int, vmsPerHost: Int, swapped: Int, slots: Int, fill: Double, spareHosts: Int) -> (
        Cluster, Plan
    ) {
        var random = SplitMix64(seed: 1)
        let memory = Int64(64 * fill / Double(vmsPerHost) * 1024) << 20
        let hosts = (0..<count).map { Host.host("h\($0)", cores: 64) }
        var vms: [VirtualMachine] = []
        for host in 0..<count {
            for index in 0..<vmsPerHost {
                var vm = VirtualMachine.vm("v\(host)-\(index)", on: "h\(host)", cores: 1, memory: memory)
                if slots > 1 {
                    vm.profile = DemandProfile(
                        slotSeconds: 3600, start: .testMoment,
                        cpuCores: (0..<slots).map { _ in Double.random(in: 0...2, using: &random) }, memoryBytes: [])
                }
                vms.append(vm)
            }
        }
        var steps: [PlanStep] = []
        for pair in 0..<count / 2 {
            for index in 0..<swapped {
                let (left, right) = ("h\(2 * pair)", "h\(2 * pair + 1)")
                let (out, back) = ("o\(pair)-\(index)", "b\(pair)-\(index)")
                let start = Double(20 * index)
                let waits = index == 0 ? [] : ["b\(pair)-\(index - 1)"]
                steps.append(.move(out, "v\(2 * pair)-\(index)", from: left, to: right, at: start, after: waits))
                steps.append(
                    .move(back, "v\(2 * pair + 1)-\(index)", from: right, to: left, at: start + 10, after: [out]))
            }
        }
        let cluster = Cluster.cluster(hosts: hosts, vms: vms)
        return (cluster, .plan(for: cluster, policy: .policy(spareHosts: spareHosts), steps))
    }

    /// CPU time of this thread, since the tests run beside others; allowed is some ten times what was measured.
    @Test(arguments: [
        (500, 16, 8, 1, 0.6, 1), (500, 16, 8, 24, 0.85, 1), (500, 16, 8, 1, 0.6, 3), (1000, 10, 10, 1, 0.85, 1),
    ])
    func answersInSeconds(
        hosts: Int, vmsPerHost: Int, swapped: Int, slots: Int, fill: Double, spareHosts: Int
    ) {
        let (cluster, plan) = Self.swaps(
            hosts: hosts, vmsPerHost: vmsPerHost, swapped: swapped, slots: slots, fill: fill, spareHosts: spareHosts)
        var found: [Violation] = []
        let taken = ProcessorTime.seconds { found = PlanChecker(cluster: cluster, plan: plan).violations() }
        print(
            "checked \(hosts) hosts, \(cluster.vms.count) VMs, \(plan.steps.count) steps, \(slots) slots, \(spareHosts) spare in \(taken) CPU s"
        )
        #expect(found.map(\.description).prefix(3) == [])
        #expect(taken < 10)
    }
}
