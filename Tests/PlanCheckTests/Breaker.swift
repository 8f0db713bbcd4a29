import ClusterModel
import PlanCheck
import Randomness
import TestSupport

/// A way to make a valid case break one promise, and nothing else.
///
/// `prepare` gives the case what the breaking needs and leaves it valid; `damage` breaks it.
struct Breaker: Sendable, CustomStringConvertible {
    let promise: Promise
    let name: String
    /// 0 where spare capacity would be broken along with what is to be broken.
    let spareHosts: Int
    let prepare: @Sendable (inout BaseCase, inout SplitMix64) -> Void
    let damage: @Sendable (inout BaseCase, inout SplitMix64) -> Void

    init(
        _ promise: Promise, _ name: String, spareHosts: Int = 1,
        prepare: @escaping @Sendable (inout BaseCase, inout SplitMix64) -> Void = { _, _ in },
        damage: @escaping @Sendable (inout BaseCase, inout SplitMix64) -> Void
    ) {
        self.promise = promise
        self.name = name
        self.spareHosts = spareHosts
        self.prepare = prepare
        self.damage = damage
    }

    var description: String { "\(promise.rawValue): \(name)" }

    static let all = documentFaults + room + rules + reach + power + time + claims + rolling
}

extension Breaker {
    // MARK: - Faults of the document

    static let documentFaults: [Breaker] = [
        Breaker(.duplicateStep, "a step takes another's id") { test, random in
            let ids = test.steps.indices.shuffled(using: &random)
            test.steps[ids[0]].id = test.steps[ids[1]].id
            for index in test.steps.indices { test.steps[index].after = [] }
        },
        Breaker(.unknownIdentifier, "a name that does not exist") { test, random in
            let id = test.moveIDs.randomElement(using: &random) ?? ""
            switch Int.random(in: 0..<7, using: &random) {
            case 0: test.editMove(id) { $0.vm = "nobody" }
            case 1: test.editMove(id) { $0.from = "nowhere" }
            case 2: test.editMove(id) { $0.to = "nowhere" }
            case 3: test.edit(id) { $0.after.append("never") }
            case 4: test.goal = .evacuate(hosts: ["h0", "nowhere"])
            case 5: test.refusals = [Refusal(subject: .rule(id: "none"), reasons: [])]
            default: test.edit("off") { $0.action = .powerOff(host: "nowhere") }
            }
        },
        Breaker(.invalidFigure, "negative or not a number") { test, random in
            let bad: Double = [-1.0, -Double.infinity, Double.nan, Double.infinity].randomElement(using: &random) ?? -1
            let id = test.moveIDs.randomElement(using: &random) ?? ""
            switch Int.random(in: 0..<5, using: &random) {
            case 0: test.edit(id) { $0.startSeconds = bad }
            case 1: test.edit(id) { $0.durationSeconds = bad }
            case 2: test.editMove(id) { $0.bandwidthBitsPerSecond = bad }
            case 3: test.editMove(id) { $0.downtimeMilliseconds = bad }
            default: test.editMove(id) { $0.transferBytes = bad }
            }
        },
        Breaker(.cyclicAfter, "a step waits for one that waits for it") { test, random in
            let pairs = [("wake", "toSleepy"), ("way1", "way2"), ("leave", "take"), ("e0", "off"), ("off", "off")]
            let pair = pairs.randomElement(using: &random) ?? ("", "")
            test.edit(pair.0) { $0.after.append(pair.1) }
        },
        Breaker(.vmNotAtSource, "taken from where it is not") { test, random in
            let id = test.moveIDs.filter { $0 != "way1" }.randomElement(using: &random) ?? ""
            test.editMove(id) { move in
                let wrong = ["h0", "h1", "h2", "h3", "tight"].filter { $0 != move.from && $0 != move.to }
                move.from = wrong.randomElement(using: &random) ?? ""
            }
        },
        Breaker(.oneMoveAtATime, "the second leg does not wait for the first") { test, random in
            test.edit("way2") { step in
                step.after = Bool.random(using: &random) ? [] : ["e0"]
                step.startSeconds += Double.random(in: -20...20, using: &random)
                step.startSeconds = max(0, step.startSeconds)
            }
        },
        Breaker(.moveToItself, "from a host to the same") { test, random in
            let host = "h\(Int.random(in: 1...5, using: &random))"
            test.steps.append(
                .move(
                    "self", "r\(host.dropFirst())0", from: host, to: host, at: Double.random(in: 0...90, using: &random)
                ))
        },
        Breaker(.tooManySteps, "more than can be proved") { test, random in
            for index in 0...(120_000 + Int.random(in: 0..<9, using: &random)) {
                test.steps.append(.step("wait\(index)", .wait, at: 0))
            }
        },
        Breaker(
            .anotherCluster, "another name, time or snapshot",
            prepare: { test, _ in test.digest = "0" },
            damage: { test, random in
                switch Int.random(in: 0..<3, using: &random) {
                case 0: test.finish = { $0.cluster = "factory" }
                case 1: test.finish = { $0.basis.takenAt = .testMoment.adding(seconds: 60) }
                default: test.digest = "e3b0c442"
                }
            }),
    ]

    // MARK: - Room

    static let room: [Breaker] = [
        Breaker(
            .limits, "the destination has too little of something", spareHosts: 0,
            damage: { test, random in
                // Nothing leaves h1 before sleepy is awake; all that comes there comes earlier.
                let here = test.cluster.vms.filter { $0.host == "h1" }
                for index in test.cluster.vms.indices {
                    test.cluster.vms[index].demand.diskBytesPerSecond = 10
                    test.cluster.vms[index].demand.networkBitsPerSecond = 10
                }
                let resource = Int.random(in: 0..<4, using: &random)
                test.editHost("h1") { host in
                    switch resource {
                    case 0: host.memoryBytes = Int64(Double(here.reduce(0) { $0 + $1.memoryBytes }) / 0.95) + .gib(1)
                    case 1: host.cpuCores = 0.1
                    case 2: host.diskBytesPerSecond = Double(here.count) * 10 + 5
                    default: host.networkBitsPerSecond = Double(here.count) * 10 + 5
                    }
                }
            }),
        Breaker(
            .limits, "no room for a local disk", spareHosts: 0,
            prepare: { test, random in
                test.editVM("w") { $0.localDiskBytes = 100 }
                test.editHost("h4") { $0.localDiskBytes = 100 }
            },
            damage: { test, random in
                let size = Int64.random(in: 1...99, using: &random)
                test.editVM("b1") { $0.localDiskBytes = size }
                test.edit("both1") { $0.startSeconds += 300 }
            }),
        Breaker(
            .limits, "the source of the room has not left yet", spareHosts: 0,
            damage: { test, random in
                let start = test.step("leave")?.startSeconds ?? 0
                test.edit("take") { $0.after = [] }
                test.edit("take") { $0.startSeconds = start + Double.random(in: 0...4, using: &random) }
            }),
        Breaker(.capacityInEveryOrder, "the room is not waited for", spareHosts: 0) { test, _ in
            test.edit("take") { $0.after = [] }
        },
        Breaker(
            .capacityInEveryOrder, "only one of two departures is waited for", spareHosts: 0,
            prepare: { test, random in
                // tight: 8 + 8 of 19 GiB; what comes needs both to be gone.
                let ready = test.step("leave")?.endSeconds ?? 0
                test.steps.append(.move("leave2", "t1", from: "tight", to: "h4", at: 1, lasting: 9, bandwidth: 1e8))
                test.edit("take") { $0.after = ["leave", "leave2"] }
                test.edit("take") { $0.startSeconds = max(ready, 10) }
                test.editVM("u") { $0.memoryBytes = .gib(16) }
                test.editVM("u") { $0.demand.memoryBytes = Double(Int64.gib(16)) }
                test.editVM("u") { $0.profile = nil }
            },
            damage: { test, random in
                let kept = Bool.random(using: &random) ? "leave" : "leave2"
                test.edit("take") { $0.after = [kept] }
            }),
        Breaker(
            .needlessAfter, "a step waits for one that does nothing for it", spareHosts: 0,
            damage: { test, random in
                let pairs = [
                    ("e0", "only1"), ("e1", "both1"), ("way1", "apart1"), ("leave", "both2"), ("e2", "leave"),
                    ("e0", "way1"),
                ]
                let pair = pairs.randomElement(using: &random) ?? ("", "")
                test.edit(pair.1) { $0.after.append(pair.0) }
                test.reschedule()
            }),
    ]

    // MARK: - Rules

    static let rules: [Breaker] = [
        Breaker(.ruleOnTheWay, "both at once on one host") { test, random in
            let start = test.step("apart1")?.startSeconds ?? 0
            test.edit("apart2") { $0.after = [] }
            test.edit("apart2") { $0.startSeconds = start + Double.random(in: 0...4, using: &random) }
        },
        Breaker(.ruleOnTheWay, "by way of a host that is not allowed") { test, random in
            let way = "h\(Int.random(in: 2...4, using: &random))"
            let start = test.step("only1")?.endSeconds ?? 0
            test.editMove("only1") { $0.to = way }
            test.steps.append(
                .move("only2", "c", from: way, to: "h1", at: start, lasting: 5, after: ["only1"], bandwidth: 1e8))
        },
        Breaker(
            .ruleOnTheWay, "four in a rack where three may be",
            prepare: { test, _ in
                // h2 and h3 are the rack; w leaves it.
                test.cluster.rules.append(.apart("rack", ["w", "r20", "r30", "r10"], scope: .rack, atMost: 3))
                test.edit("way1") { $0.startSeconds += 5 }
                test.edit("way2") { $0.startSeconds += 5 }
            },
            damage: { test, random in
                let start = Double.random(in: 0...1, using: &random)
                test.steps += [
                    .move("up", "r10", from: "h1", to: "h2", at: start, lasting: 1, bandwidth: 1e8),
                    .move("down", "r10", from: "h2", to: "h1", at: 60, lasting: 2, after: ["up"], bandwidth: 1e8),
                ]
            }),
        Breaker(.ruleInEveryOrder, "the rule is kept by luck of timing") { test, _ in
            test.edit("apart2") { $0.after = [] }
        },
        Breaker(.ruleAtEnd, "a group ends apart") { test, random in
            test.remove(Bool.random(using: &random) ? "both1" : "both2")
        },
        Breaker(.ruleAtEnd, "two end on one host") { test, random in
            test.remove("apart1")
        },
        Breaker(.ruleAtEnd, "ends on a host that is not allowed") { test, random in
            test.editMove("only1") { $0.to = "h\(Int.random(in: 2...4, using: &random))" }
        },
        Breaker(
            .ruleAtEnd, "a rule that stays broken is not refused aloud",
            prepare: { test, random in
                let rules: [Rule] = [
                    .apart("broken", ["frozen", "r20"]), .apart("broken", ["r10", "r20"], scope: .site),
                    .together("broken", ["r10", "r20"]), .together("broken", ["r10", "r40"], scope: .rack),
                    .never("broken", ["r30", "asleep"], on: ["h3"]), .only("broken", ["r40"], on: ["h0"]),
                ]
                test.cluster.rules.append(rules[Int.random(in: 0..<rules.count, using: &random)])
                test.refusals = [Refusal(subject: .rule(id: "broken"), reasons: [])]
            },
            damage: { test, _ in test.refusals = [] }),
    ]
}
