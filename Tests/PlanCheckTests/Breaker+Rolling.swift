import ClusterModel
import PlanCheck
import Randomness
import TestSupport

/// Hosts `a`, `b` and `c` of 64 GiB are maintained in turn: `a` is emptied onto `c`, `b` onto `a`, `c` onto `b`. With
/// one host down the other two can just save each other's VMs.
extension Breaker {
    /// How the three hosts are named, and where the VMs of each go.
    private static let turns = [("a", "c"), ("b", "a"), ("c", "b")]

    private static func rolling(_ test: inout BaseCase, _ random: inout SplitMix64) {
        let each = Int.random(in: 1...3, using: &random)
        let size = Int64.gib([8, 16, 30][3 - each])
        test.cluster = .cluster(
            hosts: turns.map { .host($0.0, cores: 64) },
            vms: turns.flatMap { host, _ in
                (0..<each).map { VirtualMachine.vm("\(host)\($0)", on: host, memory: size / Int64(each) / 2) }
            })
        test.goal = .rolling(hosts: ["a", "b", "c"])
        test.steps = []
        var home = Dictionary(uniqueKeysWithValues: test.cluster.vms.map { ($0.id, $0.host ?? "") })
        var clock = 0.0
        var back: [String] = []
        for (host, next) in turns {
            var moves: [String] = []
            for vm in home.keys.sorted() where home[vm] == host {
                let id = "\(host)>\(vm)"
                // A VM that was moved before waits for its own earlier move.
                let own = test.steps.filter { $0.migration?.vm == vm }.map(\.id)
                test.steps.append(
                    .move(id, vm, from: host, to: next, at: clock, after: own + back, bandwidth: 1e8))
                clock += 10
                moves.append(id)
                home[vm] = next
            }
            test.steps += [
                .step("enter \(host)", .enterMaintenance(host: host), at: clock, lasting: 0, after: moves),
                .step("work \(host)", .maintain(host: host), at: clock, lasting: 600, after: ["enter \(host)"]),
                .step(
                    "exit \(host)", .exitMaintenance(host: host), at: clock + 600, lasting: 0, after: ["work \(host)"]),
            ]
            clock += 600
            back = ["exit \(host)"]
        }
    }

    static let rolling: [Breaker] = [
        Breaker(
            .unsaidRefusal, "a host is not maintained, or not taken into service again", spareHosts: 0, prepare: rolling
        ) {
            test, random in
            let host = ["a", "b", "c"].randomElement(using: &random) ?? ""
            test.status = .partial
            if Bool.random(using: &random) {
                test.edit("exit \(host)") { $0.after = ["enter \(host)"] }
                test.remove("work \(host)")
                test.refusals = [Refusal(subject: .host(id: "nobody"), reasons: [])]
                test.refusals = []
            } else {
                test.remove("exit c")
            }
        },
        Breaker(.powerTransition, "maintained in service", spareHosts: 0, prepare: rolling) { test, random in
            let host = ["a", "b", "c"].randomElement(using: &random) ?? ""
            let moves = test.step("enter \(host)")?.after ?? []
            test.remove("enter \(host)", "exit \(host)")
            test.edit("work \(host)") { $0.after += moves }
            let later = test.steps.filter {
                $0.migration?.to == host && $0.startSeconds > 0 && $0.id.first != host.first
            }
            for step in later where (test.step("work \(host)")?.startSeconds ?? 0) < step.startSeconds {
                test.edit(step.id) { $0.after.append("work \(host)") }
            }
            test.goal = .balance
        },
        Breaker(.poweredOffOnlyWhenEmpty, "maintained before the last has left", spareHosts: 0, prepare: rolling) {
            test, random in
            let move = test.steps.filter { $0.id.hasPrefix("a>") }.map(\.id).randomElement(using: &random) ?? ""
            test.edit("enter a") { $0.after.removeAll { $0 == move } }
            for id in ["enter a", "work a"] { test.edit(id) { $0.startSeconds = 0 } }
            for id in test.steps.filter({ $0.id.hasPrefix("a>") && $0.id != move }).map(\.id) {
                test.edit("enter a") { $0.after.removeAll { $0 == id } }
            }
        },
        Breaker(.powerInEveryOrder, "a VM may come before the host is back", spareHosts: 0, prepare: rolling) {
            test, random in
            for id in test.steps.filter({ $0.id.hasPrefix("b>") }).map(\.id) {
                test.edit(id) { $0.after.removeAll { $0 == "exit a" } }
            }
        },
        Breaker(
            .spareCapacity, "two hosts are down at once",
            prepare: { test, random in
                rolling(&test, &random)
                // Two more that hold nothing, and so may be down together as long as the others save each other.
                test.cluster.vms += (0..<6).map {
                    .vm("big\($0)", on: ["a", "b"][$0 % 2], cores: 0.5, memory: .gib(12))
                }
                test.cluster.hosts += [.host("x", cores: 64), .host("y", cores: 64)]
                test.goal = .rolling(hosts: ["x", "y"])
                test.steps = []
                for (number, host) in ["x", "y"].enumerated() {
                    let start = 700 * Double(number)
                    let earlier = number == 0 ? [] : ["exit x"]
                    test.steps += [
                        .step("enter \(host)", .enterMaintenance(host: host), at: start, lasting: 0, after: earlier),
                        .step("work \(host)", .maintain(host: host), at: start, lasting: 600, after: ["enter \(host)"]),
                        .step(
                            "exit \(host)", .exitMaintenance(host: host), at: start + 600, lasting: 0,
                            after: ["work \(host)"]),
                    ]
                }
                for index in test.cluster.hosts.indices where test.cluster.hosts[index].id == "c" {
                    test.cluster.hosts[index].state = .maintenance
                }
            },
            damage: { test, random in
                let start = Double.random(in: 0...590, using: &random)
                for (id, at) in [("enter y", start), ("work y", start), ("exit y", start + 600)] {
                    test.edit(id) { $0.startSeconds = at }
                }
                test.edit("enter y") { $0.after = [] }
            }),
        Breaker(.status, "complete, and over after its deadline", spareHosts: 0, prepare: rolling) { test, random in
            let end = test.steps.map(\.endSeconds).max() ?? 0
            let early = Double.random(in: 0.01...end, using: &random)
            test.finish = { $0.deadline = $0.startsAt.adding(seconds: end - early) }
        },
    ]
}
