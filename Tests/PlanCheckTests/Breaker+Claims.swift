import ClusterModel
import PlanCheck
import TestSupport

extension Breaker {
    // MARK: - Time

    static let time: [Breaker] = [
        Breaker(.startTimes, "before what it waits for has ended", spareHosts: 0) { test, random in
            let id = ["off", "toSleepy", "way2", "take", "apart2"].randomElement(using: &random) ?? ""
            let ends = test.step(id)?.after.compactMap { test.step($0)?.endSeconds }.max() ?? 0
            test.edit(id) { $0.startSeconds = ends - Double.random(in: 0.01...4, using: &random) }
        },
        Breaker(.startTimes, "before its notBefore") { test, random in
            let id = test.moveIDs.randomElement(using: &random) ?? ""
            let start = test.step(id)?.startSeconds ?? 0
            let early = Double.random(in: 0.01...100, using: &random)
            test.edit(id) { $0.notBefore = Timestamp.testMoment.adding(seconds: start + early) }
        },
        Breaker(.migrationLink, "two moves need more than the source has") { test, random in
            for id in ["e0", "e1"] {
                test.edit(id) { $0.startSeconds = 0 }
                test.editMove(id) { $0.bandwidthBitsPerSecond = Double.random(in: 5.1e9...9e9, using: &random) }
            }
        },
        Breaker(.migrationLink, "the destination's own link is slower") { test, random in
            let host = ["h1", "h2", "tight", "sleepy"].randomElement(using: &random) ?? ""
            test.editHost(host) { $0.migrationBitsPerSecond = Double.random(in: 1e7...9e7, using: &random) }
        },
        Breaker(.sharedLink, "two moves cross from site to site", spareHosts: 0) { test, random in
            let start = test.step("apart2")?.startSeconds ?? 0
            test.edit("e2") { $0.startSeconds = start + Double.random(in: 0...4, using: &random) }
            test.reschedule()
            let rate = Double.random(in: 1.1e8...1.9e8, using: &random)
            let (paris, lyon) = (Link.Endpoint.site(name: "paris"), Link.Endpoint.site(name: "lyon"))
            let turned = Bool.random(using: &random)
            test.cluster.links = [
                Link(first: turned ? lyon : paris, second: turned ? paris : lyon, bitsPerSecond: rate)
            ]
        },
        Breaker(.migrationsPerHost, "more at once than the host takes") { test, random in
            for id in ["e0", "e1"] { test.edit(id) { $0.startSeconds = 0 } }
            switch Int.random(in: 0..<3, using: &random) {
            case 0: test.editHost("h0") { $0.maxMigrationsOut = 1 }
            case 1: test.editHost("h2") { $0.maxMigrationsIn = 0 }
            default: test.policy.defaults.maxMigrationsOut = 1
            }
        },
        spareCapacity("a host is switched off", .powerOff(host: "c"), spareHosts: 1),
        spareCapacity("a host goes into maintenance", .enterMaintenance(host: "c"), spareHosts: 1),
        spareCapacity("two must be survived", .powerOff(host: "c"), spareHosts: 2),
        Breaker(.pause, "longer than the VM or the policy allows") { test, random in
            let id = test.moveIDs.randomElement(using: &random) ?? ""
            let vm = test.step(id)?.migration?.vm ?? ""
            switch Int.random(in: 0..<3, using: &random) {
            case 0: test.editMove(id) { $0.downtimeMilliseconds = Double.random(in: 1001...9000, using: &random) }
            case 1: test.editVM(vm) { $0.maxDowntimeMilliseconds = Double.random(in: 1...99, using: &random) }
            default:
                test.editVM(vm) { $0.maxDowntimeMilliseconds = 5000 }
                test.editMove(id) { $0.mode = .cold }
                test.editMove(id) { $0.downtimeMilliseconds = 5001 }
            }
        },
    ]

    /// Hosts `a`, `b` and `c` (and `d` when two must be survived); all VMs of `c` go to `a` and `b`. What is left
    /// holds the VMs of a failed host to the last byte; one VM more is too many.
    private static func spareCapacity(_ name: String, _ action: PlanStep.Action, spareHosts: Int) -> Breaker {
        Breaker(
            .spareCapacity, name,
            prepare: { test, random in
                var hosts = ["a", "b", "c"].map { Host.host($0, cores: 64) }
                if spareHosts > 1 { hosts.append(.host("d", cores: 64)) }
                var vms: [VirtualMachine] = []
                let size = [Int64.gib(4), .gib(2), .gib(8)].randomElement(using: &random) ?? .gib(4)
                let each = Int(Int64.gib(32) / size)
                for index in 0..<each {
                    vms.append(.vm("a\(index)", on: index < each / 2 ? "a" : "c", memory: size))
                    vms.append(.vm("b\(index)", on: index < each / 2 ? "b" : "c", memory: size))
                }
                test.cluster = .cluster(hosts: hosts, vms: vms)
                test.goal = .powerSave
                test.policy.spareHosts = spareHosts
                test.steps = vms.filter { $0.host == "c" }.enumerated().map { index, vm in
                    .move(
                        "m\(index)", vm.id, from: "c", to: String(vm.id.prefix(1)), at: Double(20 * index),
                        lasting: Double.random(in: 5...20, using: &random), bandwidth: 1e8)
                }
                let end = test.steps.map(\.endSeconds).max() ?? 0
                test.steps.append(.step("off", action, at: end, after: test.steps.map(\.id)))
            },
            damage: { test, random in
                let size = Int64.random(in: 1...Int64.gib(4), using: &random)
                // Two hosts of 64 GiB with 32 GiB each: a VM more on either, and the other cannot take all of them.
                let host = ["a", "b"].randomElement(using: &random) ?? ""
                test.cluster.vms.append(.vm("more", on: host, cores: 0.1, memory: size))
                if test.policy.spareHosts > 1 { test.cluster.vms.append(.vm("most", on: "d", memory: .gib(1))) }
            })
    }

    // MARK: - Claims

    static let claims: [Breaker] = [
        Breaker(
            .unsaidRefusal, "a VM stays where it should not", spareHosts: 0,
            prepare: { test, _ in
                test.remove("off")
            },
            damage: { test, random in
                switch Int.random(in: 0..<4, using: &random) {
                case 0: test.remove(["e0", "e1", "e2"].randomElement(using: &random) ?? "")
                case 1: test.goal = .place(target: ["v0": "h1", "c": "h1", "w": "h4"])
                case 2: test.goal = .relocate(from: "lyon", to: "paris")
                default: test.goal = .rolling(hosts: ["h0"])
                }
                test.status = .partial
            }),
        Breaker(
            .status, "says what is not so", spareHosts: 0,
            prepare: { test, _ in
                test.remove("off")
            },
            damage: { test, random in
                let vm = test.step("e1")?.migration?.vm ?? ""
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    test.remove("e1")
                    test.refusals = [Refusal(subject: .vm(id: vm, from: "h0"), reasons: [])]
                case 1: test.status = .nothingToDo
                case 2: test.status = .infeasible
                case 3: test.status = .partial
                default:
                    test.steps = []
                    test.goal = .place(target: ["c": "h1"])
                    test.refusals = [Refusal(subject: .vm(id: "c", from: "h5"), reasons: [])]
                    test.status = .nothingToDo
                }
            }),
        Breaker(.summary, "a wrong figure") { test, random in
            let which = Int.random(in: 0..<10, using: &random)
            let off = Double.random(in: 0.03...0.5, using: &random)
            test.finish = { plan in
                switch which {
                case 0: plan.summary.makespanSeconds *= 1 + off
                case 1: plan.summary.migrations += 1
                case 2: plan.summary.transferBytes *= 1 - off
                case 3: plan.summary.hostsOn.before -= 1
                case 4: plan.summary.hostsOn.after += 1
                case 5: plan.summary.hostsOn.lowerBound = plan.summary.hostsOn.after + 1
                case 6: plan.summary.watts.before *= 1 + off
                case 7: plan.summary.watts.after *= 1 - off
                case 8: plan.summary.imbalance.before += off
                default: plan.summary.imbalance.after = .nan
                }
            }
        },
    ]
}
