import ClusterModel
import PlanCheck
import TestSupport
import Testing

/// Small plans whose order matters, each with the answer written out.
@Suite struct OrderTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let hosts: [Host]
        let vms: [VirtualMachine]
        var rules: [Rule] = []
        let steps: [PlanStep]
        /// Promise and step of each violation.
        let expected: [String]
    }

    @Test(arguments: cases)
    func theAnswerIs(_ test: Case) {
        let cluster = Cluster.cluster(hosts: test.hosts, vms: test.vms, rules: test.rules)
        let found = PlanChecker(cluster: cluster, plan: .plan(for: cluster, test.steps)).violations()
        #expect(found.map { "\($0.promise.rawValue) \($0.step ?? "-")" } == test.expected, "\(found)")
    }

    /// Hosts that hold 10 GiB of VMs each.
    private static func ten(_ names: String...) -> [Host] {
        names.map { .host($0, memory: Int64((Double(Int64.gib(10)) / 0.95).rounded(.up))) }
    }

    private static func vm(_ id: String, _ host: String, _ gib: Int64) -> VirtualMachine {
        .vm(id, on: host, memory: .gib(gib))
    }

    static let cases: [Case] = [
        Case(
            description: "a swap by a way-station, each step after the room it needs",
            hosts: ten("a", "b", "c"), vms: [vm("x", "a", 8), vm("y", "b", 8)],
            steps: [
                .move("1", "x", from: "a", to: "c", at: 0),
                .move("2", "y", from: "b", to: "a", at: 10, after: ["1"]),
                .move("3", "x", from: "c", to: "b", at: 20, after: ["1", "2"]),
            ], expected: []),
        Case(
            description: "the same swap when the way back does not wait: y may still be there, or have failed to leave",
            hosts: ten("a", "b", "c"), vms: [vm("x", "a", 8), vm("y", "b", 8)],
            steps: [
                .move("1", "x", from: "a", to: "c", at: 0),
                .move("2", "y", from: "b", to: "a", at: 10, after: ["1"]),
                .move("3", "x", from: "c", to: "b", at: 20, after: ["1"]),
            ], expected: ["capacityInEveryOrder 3"]),
        Case(
            description: "a way-station is free again before the next VM comes to it",
            hosts: ten("a", "b", "c", "d"), vms: [vm("x", "a", 6), vm("y", "b", 6)],
            steps: [
                .move("1", "x", from: "a", to: "c", at: 0),
                .move("2", "x", from: "c", to: "d", at: 10, after: ["1"]),
                .move("3", "y", from: "b", to: "c", at: 20, after: ["2"]),
            ], expected: []),
        Case(
            description: "two departures, two arrivals, each waits for the wrong one of them",
            hosts: ten("a", "b", "c"), vms: [vm("p", "a", 2), vm("q", "a", 8), vm("x", "b", 2), vm("y", "b", 8)],
            steps: [
                .move("1", "p", from: "a", to: "c", at: 0),
                .move("2", "q", from: "a", to: "c", at: 0),
                .move("3", "x", from: "b", to: "a", at: 10, after: ["2"]),
                .move("4", "y", from: "b", to: "a", at: 10, after: ["1"]),
            ], expected: ["capacityInEveryOrder 4"]),
        Case(
            description: "room by a chain: the last waits for the departure through two others",
            hosts: ten("a", "b", "c", "d"), vms: [vm("x", "a", 8), vm("y", "b", 8), vm("z", "c", 8)],
            steps: [
                .move("1", "x", from: "a", to: "d", at: 0),
                .move("2", "y", from: "b", to: "a", at: 10, after: ["1"]),
                .move("3", "z", from: "c", to: "b", at: 20, after: ["2"]),
            ], expected: []),
        Case(
            description: "apart: the other's place is taken over only when it has left",
            hosts: ten("a", "b", "c"), vms: [vm("x", "a", 1), vm("y", "b", 1)], rules: [.apart("r", ["x", "y"])],
            steps: [
                .move("1", "y", from: "b", to: "c", at: 0),
                .move("2", "x", from: "a", to: "b", at: 10, after: ["1"]),
            ], expected: []),
        Case(
            description: "apart: in time, but nothing says so",
            hosts: ten("a", "b", "c"), vms: [vm("x", "a", 1), vm("y", "b", 1)], rules: [.apart("r", ["x", "y"])],
            steps: [
                .move("1", "y", from: "b", to: "c", at: 0),
                .move("2", "x", from: "a", to: "b", at: 10),
            ], expected: ["ruleInEveryOrder 2"]),
        Case(
            description: "a soft rule is broken on the way",
            hosts: ten("a", "b", "c"), vms: [vm("x", "a", 1), vm("y", "b", 1)],
            rules: [.apart("r", ["x", "y"], required: false)],
            steps: [
                .move("1", "y", from: "b", to: "c", at: 0),
                .move("2", "x", from: "a", to: "b", at: 5),
            ], expected: []),
        Case(
            description: "a stopped VM is outside rules and does not hold up a power-off",
            hosts: ten("a", "b", "c"),
            vms: [vm("x", "a", 1), .vm("y", on: "b", state: .stopped), .vm("s", on: "a", state: .stopped)],
            rules: [.apart("r", ["x", "y"])],
            steps: [
                .move("1", "x", from: "a", to: "b", at: 0),
                .step("2", .powerOff(host: "a"), at: 10, after: ["1"]),
            ], expected: []),
        Case(
            description: "a host that goes off is used again after it is back on",
            hosts: ten("a", "b"), vms: [vm("x", "a", 1)],
            steps: [
                .move("1", "x", from: "a", to: "b", at: 0),
                .step("2", .powerOff(host: "a"), at: 10, after: ["1"]),
                .step("3", .powerOn(host: "a"), at: 70, after: ["2"]),
                .move("4", "x", from: "b", to: "a", at: 130, after: ["1", "3"]),
            ], expected: []),
        Case(
            description: "a host above its limit may stay so but gets nothing",
            hosts: ten("a", "b"), vms: [vm("x", "a", 8), vm("y", "a", 8), vm("z", "b", 1)],
            steps: [
                .move("1", "x", from: "a", to: "b", at: 0),
                .move("2", "z", from: "b", to: "a", at: 0, pause: 100),
            ], expected: ["limits 2"]),
        Case(
            description: "a group is apart while it moves, and together at the end",
            hosts: ten("a", "b"), vms: [vm("x", "a", 1), vm("y", "a", 1)], rules: [.together("r", ["x", "y"])],
            steps: [
                .move("1", "x", from: "a", to: "b", at: 0),
                .move("2", "y", from: "a", to: "b", at: 500),
            ], expected: []),
    ]
}
