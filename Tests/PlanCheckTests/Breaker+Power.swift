import ClusterModel
import PlanCheck
import Randomness
import TestSupport

extension Breaker {
    /// A move of the base case, whose VM and destination are then made not to fit.
    private static func someMove(_ test: BaseCase, _ random: inout SplitMix64) -> MigrationStep? {
        test.moveIDs.filter { !["way1", "take"].contains($0) }.randomElement(using: &random)
            .flatMap { test.step($0)?.migration }
    }

    // MARK: - Reach

    static let reach: [Breaker] = [
        Breaker(.architecture, "another architecture", spareHosts: 0) { test, random in
            guard let move = someMove(test, &random) else { return }
            test.editVM(move.vm) { $0.architecture = "aarch64" }
            test.editHost(move.to) { $0.architecture = "x86_64" }
        },
        Breaker(
            .cpuModel, "another CPU model, and no features to compare", spareHosts: 0,
            prepare: { test, _ in
                // Both list features: these decide, whatever the models.
                test.editVM("b1") { $0.cpuModel = "A" }
                test.editVM("b1") { $0.cpuFeatures = ["avx"] }
                test.editHost("h5") { $0.cpuFeatures = ["avx", "sse"] }
            },
            damage: { test, random in
                guard let move = someMove(test, &random) else { return }
                test.editVM(move.vm) { $0.cpuModel = "EPYC-Rome" }
                test.editVM(move.vm) { $0.cpuFeatures = Bool.random(using: &random) ? nil : ["avx"] }
                let named = Bool.random(using: &random)
                test.editHost(move.to) { $0.cpuModel = named ? "Cascadelake-Server" : nil }
                test.editHost(move.to) { $0.cpuFeatures = nil }
            }),
        Breaker(.cpuFeatures, "a feature is missing", spareHosts: 0) { test, random in
            guard let move = someMove(test, &random) else { return }
            test.editVM(move.vm) { $0.cpuFeatures = ["sse", "avx512f"] }
            test.editHost(move.to) { $0.cpuFeatures = ["sse", "avx"] }
        },
        Breaker(.datastores, "a datastore is out of reach", spareHosts: 0) { test, random in
            guard let move = someMove(test, &random) else { return }
            test.editVM(move.vm) { $0.datastores = ["nfs1", "nfs2"] }
            test.editHost(move.to) { $0.datastores = Bool.random(using: &random) ? ["nfs1"] : [] }
        },
        Breaker(.networks, "a network is out of reach", spareHosts: 0) { test, random in
            guard let move = someMove(test, &random) else { return }
            test.editVM(move.vm) { $0.networks = ["vlan10"] }
            test.editHost(move.to) { $0.networks = Bool.random(using: &random) ? ["vlan20"] : [] }
        },
        Breaker(.migratability, "a VM that cannot move, or only cold") { test, random in
            guard let move = someMove(test, &random) else { return }
            let cold = Bool.random(using: &random)
            test.editVM(move.vm) { $0.migration = cold ? .cold : .none }
            let id = test.steps.first { $0.migration?.vm == move.vm }?.id ?? ""
            let mode = [MigrationMode.live, .postCopy, .staged].randomElement(using: &random) ?? .live
            test.editMove(id) { $0.mode = mode }
        },
        Breaker(.stoppedVMMoved, "a stopped VM") { test, random in
            let id = ["e0", "e1", "e2", "only1", "toSleepy"].randomElement(using: &random) ?? ""
            test.editVM(test.step(id)?.migration?.vm ?? "") { $0.state = .stopped }
        },
    ]

    // MARK: - Power

    static let power: [Breaker] = [
        Breaker(
            .poweredOffOnlyWhenEmpty, "a VM stays behind", spareHosts: 0,
            damage: { test, random in
                let id = ["e0", "e1", "e2"].randomElement(using: &random) ?? ""
                let vm = test.step(id)?.migration?.vm ?? ""
                if Bool.random(using: &random) { test.editVM(vm) { $0.state = .paused } }
                test.remove(id)
                test.refusals = [Refusal(subject: .vm(id: vm, from: "h0"), reasons: [])]
                test.status = .partial
            }),
        Breaker(.poweredOffOnlyWhenEmpty, "before the last has left", spareHosts: 0) { test, random in
            let id = ["e0", "e1", "e2"].randomElement(using: &random) ?? ""
            let end = test.step("off")?.startSeconds ?? 0
            test.edit(id) { $0.startSeconds = end - Double.random(in: 0.1...4, using: &random) }
            test.edit("off") { $0.after.removeAll { $0 == id } }
        },
        Breaker(.poweredOffOnlyWhenEmpty, "maintained with VMs on it", spareHosts: 0) { test, random in
            let host = "h\(Int.random(in: 1...2, using: &random))"
            let moves = test.steps.filter { $0.migration?.to == host || $0.migration?.from == host }.map(\.id)
            let start = Double.random(in: 500...600, using: &random)
            test.steps.append(.step("close", .enterMaintenance(host: host), at: start, lasting: 0, after: moves))
            test.steps.append(.step("repair", .maintain(host: host), at: start, after: ["close"]))
        },
        Breaker(.usedOnlyWhenOn, "before it has booted", spareHosts: 0) { test, random in
            test.edit("toSleepy") { $0.after = [] }
            test.edit("toSleepy") { $0.startSeconds = Double.random(in: 0...179, using: &random) }
        },
        Breaker(.usedOnlyWhenOn, "never on", spareHosts: 0) { test, random in
            let state = [Host.State.maintenance, .standby, .off, .failed].randomElement(using: &random) ?? .off
            test.cluster.hosts.append(.host("spare", state: state))
            test.editMove("only1") { $0.to = "h1" }
            test.steps.append(
                .move(
                    "lost", "r10", from: "h1", to: "spare", at: Double.random(in: 0...99, using: &random),
                    bandwidth: 1e8))
        },
        Breaker(.usedOnlyWhenOn, "from a host that is not powered", spareHosts: 0) { test, random in
            let state = [Host.State.standby, .off, .failed].randomElement(using: &random) ?? .off
            test.cluster.hosts.append(.host("spare", state: state))
            test.cluster.vms.append(.vm("stuck", on: "spare"))
            test.steps.append(
                .move(
                    "free", "stuck", from: "spare", to: "h1", at: Double.random(in: 0...99, using: &random),
                    bandwidth: 1e8))
        },
        Breaker(.powerInEveryOrder, "the boot is not waited for", spareHosts: 0) { test, random in
            test.edit("toSleepy") { $0.after = [] }
            test.edit("toSleepy") { $0.startSeconds += Double.random(in: 0...50, using: &random) }
        },
        Breaker(.powerInEveryOrder, "a departure is not waited for", spareHosts: 0) { test, random in
            let id = ["e0", "e1", "e2"].randomElement(using: &random) ?? ""
            test.edit("off") { $0.after.removeAll { $0 == id } }
        },
        Breaker(.powerInEveryOrder, "an arrival races with the host's maintenance", spareHosts: 0) { test, random in
            test.steps.append(
                .step("close", .enterMaintenance(host: "h5"), at: Double.random(in: 500...600, using: &random)))
            let late = ["both1", "both2", "way2"].randomElement(using: &random) ?? ""
            test.edit("close") { $0.after = ["both1", "both2", "way2"].filter { $0 != late } }
            let evacuated = test.steps.filter { $0.migration?.to == "h5" && $0.id.hasPrefix("e") }.map(\.id)
            test.edit("close") { $0.after += evacuated }
        },
        Breaker(
            .powerControl, "a host that has none is switched",
            prepare: { test, _ in
                test.editHost("h0") { $0.powerControl = PowerControl(kind: .redfish) }
                test.editHost("sleepy") { $0.powerControl = PowerControl(kind: .ipmi) }
            },
            damage: { test, random in
                let host = Bool.random(using: &random) ? "h0" : "sleepy"
                test.editHost(host) { $0.powerControl = nil }
            }),
        Breaker(.powerTransition, "switched to what it is", spareHosts: 0) { test, random in
            let start = Double.random(in: 0...50, using: &random)
            test.cluster.hosts.append(.host("other", state: .on))
            test.cluster.hosts.append(.host("dark", state: Bool.random(using: &random) ? .off : .standby))
            test.cluster.hosts.append(.host("closed", state: .maintenance))
            let actions: [PlanStep.Action] = [
                .powerOn(host: "other"), .exitMaintenance(host: "other"), .powerOff(host: "dark"),
                .enterMaintenance(host: "closed"), .powerOn(host: "closed"),
            ]
            test.steps.append(.step("odd", actions.randomElement(using: &random) ?? .wait, at: start))
            // What a summary should say of such a step is not the question here.
            let cluster = test.cluster
            test.finish = { plan in
                let others = plan.steps.filter { $0.id != "odd" }
                plan.summary = PlanSummary(of: others, on: cluster, policy: plan.policy)
                plan.summary.makespanSeconds = plan.steps.map(\.endSeconds).max() ?? 0
            }
        },
    ]
}
