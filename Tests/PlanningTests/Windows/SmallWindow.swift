import ClusterModel
import MigrationModel
import Randomness
import TestSupport

/// A small cluster of which one host is to be emptied: few enough VMs that every way to do it can be looked at.
struct SmallWindow {
    let cluster: Cluster
    let policy: Policy
    let evacuated = "h0"

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed &* 977 &+ 5)
        var policy = Policy()
        policy.spareHosts = 0
        policy.defaults.maxMigrationsOut = Int.random(in: 1...3, using: &random)
        policy.defaults.maxMigrationsIn = Int.random(in: 1...2, using: &random)
        self.policy = policy
        let rates: [Double] = [1e9, 2.5e9, 5e9, 1e10]
        let count = Int.random(in: 2...4, using: &random)
        let hosts = (0..<count).map { index in
            var host = Host.host(
                "h\(index)", memory: .gib(Int64.random(in: 20...40, using: &random)), rack: "r\(index % 2)")
            host.migrationBitsPerSecond = rates.randomElement(using: &random)
            return host
        }
        let leaving = (0..<Int.random(in: 2...4, using: &random)).map { index in
            Self.vm("v\(index)", on: "h0", from: 1...7, &random)
        }
        let others = (0..<min(Int.random(in: 0...2, using: &random), 5 - leaving.count)).map { index in
            Self.vm("w\(index)", on: "h\(Int.random(in: 1..<count, using: &random))", from: 1...9, &random)
        }
        let links =
            Bool.random(using: &random)
            ? [
                Link(
                    first: .rack(name: "r0"), second: .rack(name: "r1"),
                    bitsPerSecond: rates.randomElement(using: &random) ?? 1e9)
            ] : []
        cluster = .cluster(hosts: hosts, vms: leaving + others, links: links)
    }

    private static func vm(
        _ id: String, on host: String, from sizes: ClosedRange<Int64>, _ random: inout SplitMix64
    ) -> VirtualMachine {
        var vm = VirtualMachine.vm(id, on: host, memory: .gib(Int64.random(in: sizes, using: &random)))
        vm.dirty = DirtyRate(hotBytes: 5e7, bytesPerSecond: Double.random(in: 1e6...2e7, using: &random))
        return vm
    }
}

/// Looks at every placement in which each VM moves at most once, and at every order of the moves; shares no code with
/// the planner but the migration model.
struct EveryWay {
    /// A move as the search sees it.
    private struct Move {
        let vm: Int
        let to: Int
        let rate: Double
        let seconds: Double
        let deviation: Double
    }

    private let cluster: Cluster
    private let policy: Policy
    private let home: [Int]
    private let evacuated: Int
    private let size: [Double]
    private let room: [Double]
    private let rates: [Double]
    private var best = Double.infinity
    /// Schedules that are nearly the shortest, each once: the moves in the order of their starts.
    private var short: [[Int]: (seconds: Double, moves: [Move])] = [:]

    /// The share by which a schedule may be longer than the shortest and still be the surest; and how many are looked
    /// at.
    private static let (nearly, mostLookedAt, runs) = (1.03, 12, 500)

    init(_ window: SmallWindow) {
        cluster = window.cluster
        policy = window.policy
        let numbers = Dictionary(uniqueKeysWithValues: window.cluster.hosts.enumerated().map { ($1.id, $0) })
        home = window.cluster.vms.map { numbers[$0.host ?? ""] ?? 0 }
        evacuated = numbers[window.evacuated] ?? 0
        size = window.cluster.vms.map { Double($0.memoryBytes) }
        let limit = window.policy.limits.memory
        room = window.cluster.hosts.map { Double($0.capacityMemoryBytes) * limit }
        let usual = window.policy.defaults.migrationBitsPerSecond
        rates = window.cluster.hosts.map { $0.migrationBitsPerSecond ?? usual }
    }

    /// Seconds by which the hosts are empty in 95 of 100 runs, with the best of all schedules; infinite when none
    /// empties them.
    mutating func bestFinish(at confidence: Double) -> Double {
        var places = home
        assign(0, &places)
        let close = short.sorted { ($0.value.seconds, $0.key.description) < ($1.value.seconds, $1.key.description) }
            .prefix(Self.mostLookedAt)
        return close.filter { $0.value.seconds <= best * Self.nearly }.map { quantile(of: $0.value.moves, confidence) }
            .min()
            ?? .infinity
    }

    // MARK: Placements

    private mutating func assign(_ vm: Int, _ places: inout [Int]) {
        guard vm < home.count else { return order(places) }
        for host in rates.indices where host != evacuated {
            places[vm] = host
            assign(vm + 1, &places)
        }
        places[vm] = home[vm]
    }

    private mutating func order(_ places: [Int]) {
        var load = [Double](repeating: 0, count: room.count)
        for (vm, host) in places.enumerated() { load[host] += size[vm] }
        guard zip(load, room).allSatisfy({ $0 <= $1 }) else { return }
        let model = MigrationModel(policy: policy)
        var moves: [Move] = []
        for (vm, host) in places.enumerated() where host != home[vm] {
            let rate = self.rate(from: home[vm], to: host)
            guard let how = model.choice(for: cluster.vms[vm], bandwidthBitsPerSecond: rate).prediction else { return }
            let deviation = LogTable.logarithm(how.durationP95Seconds / how.durationSeconds) / 1.6449
            moves.append(
                Move(
                    vm: vm, to: host, rate: rate, seconds: (how.durationSeconds * 1000).rounded(.up) / 1000,
                    deviation: deviation))
        }
        // The longest work on any one host's link cannot be undercut.
        let out = moves.reduce(0) { home[$1.vm] == evacuated ? $0 + $1.seconds * $1.rate / rates[evacuated] : $0 }
        guard out <= best * Self.nearly else { return }
        permute(&moves, from: 0)
    }

    private func rate(from: Int, to: Int) -> Double {
        let (near, far) = (cluster.hosts[from], cluster.hosts[to])
        let crossed = cluster.links.filter {
            ($0.first.holds(near) && $0.second.holds(far)) || ($0.second.holds(near) && $0.first.holds(far))
        }
        return min(rates[from], rates[to], crossed.map(\.bitsPerSecond).min() ?? .infinity)
    }

    // MARK: Orders

    private mutating func permute(_ moves: inout [Move], from position: Int) {
        guard position < moves.count else {
            var starts = [Int](repeating: -1, count: home.count)
            let end = run(moves, durations: moves.map(\.seconds)) { move, at in
                starts[move.vm] = Int((at * 1000).rounded()) * room.count + move.to
            }
            guard end <= best * Self.nearly else { return }
            best = min(best, end)
            short[starts] = (end, moves)
            return
        }
        for other in position..<moves.count {
            moves.swapAt(position, other)
            permute(&moves, from: position + 1)
            moves.swapAt(position, other)
        }
    }

    /// Starts whatever can start, in this order, whenever something has ended; when the last has ended.
    private func run(_ moves: [Move], durations: [Double], starting: (Move, Double) -> Void = { _, _ in }) -> Double {
        var load = [Double](repeating: 0, count: room.count)
        for (vm, host) in home.enumerated() { load[host] += size[vm] }
        var waiting = Array(moves.indices)
        var running: [(end: Double, move: Int)] = []
        var now = 0.0
        while true {
            waiting.removeAll { index in
                guard canStart(moves[index], beside: running.map { moves[$0.move] }, load) else { return false }
                load[moves[index].to] += size[moves[index].vm]
                running.append((now + durations[index], index))
                starting(moves[index], now)
                return true
            }
            guard let next = running.min(by: { $0.end < $1.end }) else { return waiting.isEmpty ? now : .infinity }
            now = next.end
            for ended in running where ended.end <= now + 1e-9 {
                load[home[moves[ended.move].vm]] -= size[moves[ended.move].vm]
            }
            running.removeAll { $0.end <= now + 1e-9 }
        }
    }

    private func canStart(_ move: Move, beside running: [Move], _ load: [Double]) -> Bool {
        let from = home[move.vm]
        guard load[move.to] + size[move.vm] <= room[move.to] else { return false }
        let out = running.filter { home[$0.vm] == from }
        let into = running.filter { $0.to == move.to }
        guard out.count < policy.defaults.maxMigrationsOut, into.count < policy.defaults.maxMigrationsIn else {
            return false
        }
        func fits(_ others: [Move], _ capacity: Double) -> Bool {
            others.reduce(move.rate) { $0 + $1.rate } <= capacity * (1 + 1e-9)
        }
        guard fits(out, rates[from]), fits(into, rates[move.to]) else { return false }
        return cluster.links.allSatisfy { link in
            func crosses(_ from: Int, _ to: Int) -> Bool {
                link.first.holds(cluster.hosts[from]) && link.second.holds(cluster.hosts[to])
            }
            // Both directions have the whole rate.
            if crosses(from, move.to) {
                return fits(running.filter { crosses(home[$0.vm], $0.to) }, link.bitsPerSecond)
            }
            if crosses(move.to, from) {
                return fits(running.filter { crosses($0.to, home[$0.vm]) }, link.bitsPerSecond)
            }
            return true
        }
    }

    // MARK: Chances

    /// As many runs with durations of their own: half of each deviation is common to a run.
    private func quantile(of moves: [Move], _ confidence: Double) -> Double {
        var random = SplitMix64(seed: 4711)
        let ends = (0..<Self.runs).map { _ -> Double in
            let common = LogTable.normal(&random)
            let durations = moves.map { move in
                move.seconds
                    * LogTable.exponential(
                        move.deviation * (0.5 * common + 0.75.squareRoot() * LogTable.normal(&random)))
            }
            return run(moves, durations: durations)
        }
        return ends.sorted()[Int(confidence * Double(Self.runs)) - 1]
    }
}
