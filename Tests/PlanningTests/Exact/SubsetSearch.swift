import ClusterModel
import Placement

/// Whether the VMs of a small cluster can end on one set of hosts: depth first, the VM with the fewest hosts left
/// first.
///
/// After every step each VM that has no host yet keeps those where it still fits, and what is left has to fit in sum
/// (`RoomBound`), for the hosts' limits as well as after each single failure.
struct SubsetSearch {
    enum Outcome { case found, none, undecided }

    /// Bounds the proof for one set of hosts.
    private static let nodeLimit = 1_000_000
    private static let leafLimit = 100_000

    private(set) var nodes = 0
    private(set) var leaves = 0
    private let problem: SubsetProblem
    private let spare: SpareCapacity
    private let waking: WakingRule
    private var load: [Int64]
    /// Place of each VM in play; -1 for none yet.
    private var placeOf: [Int]
    private var strangers: [Int]
    private var counts: [[Int]]
    private var bound: RoomBound
    private var isSpreading: Bool

    init(packed: PackedCluster, intact: Intactness, allowed: [UInt64], hosts: [Int]) {
        let problem = SubsetProblem(packed: packed, intact: intact, allowed: allowed, hosts: hosts)
        self.problem = problem
        spare = SpareCapacity(packed: packed)
        waking = WakingRule(packed: packed)
        load = [Int64](repeating: 0, count: problem.hosts.count * problem.columns)
        placeOf = [Int](repeating: -1, count: problem.vms.count)
        strangers = [Int](repeating: 0, count: problem.hosts.count)
        counts = problem.countsOfOthers
        bound = RoomBound(hostCount: problem.hosts.count)
        isSpreading = packed.policy.spareHosts > 0
    }

    mutating func run() -> Outcome {
        if descend(0) { return .found }
        return isOver ? .undecided : .none
    }

    private var isOver: Bool { nodes >= Self.nodeLimit || leaves >= Self.leafLimit }

    private mutating func descend(_ depth: Int) -> Bool {
        if depth == problem.vms.count { return isEnd() }
        nodes += 1
        guard !isOver else { return false }
        guard var domains = domains(), fitsInSum(domains), survives(&domains) else { return false }
        let vm = hardest(domains)
        for place in ranked(domains[vm], for: vm) {
            put(vm, on: place)
            if descend(depth + 1) { return true }
            take(vm, off: place)
        }
        return false
    }

    // MARK: Where a VM may still go

    /// For each VM without a place a bit for every place that is left to it; `nil` when one has none.
    private func domains() -> [UInt32]? {
        var domains = [UInt32](repeating: 0, count: problem.vms.count)
        for vm in problem.vms.indices where placeOf[vm] < 0 {
            for place in problem.hosts.indices where problem.allowed[vm] >> UInt32(place) & 1 == 1 {
                if fits(vm, place), groupsHold(with: vm, on: place) { domains[vm] |= 1 << UInt32(place) }
            }
            if domains[vm] == 0 { return nil }
        }
        return domains
    }

    private func fits(_ vm: Int, _ place: Int) -> Bool {
        if problem.homePlace[vm] == place, problem.mayStayOver[place], strangers[place] == 0 { return true }
        let (row, base) = (vm * problem.columns, place * problem.columns)
        for column in 0..<problem.columns
        where load[base + column] + problem.need[row + column] > problem.limit[base + column] {
            return false
        }
        return true
    }

    /// Violations only grow with the members that are placed.
    private func groupsHold(with vm: Int, on place: Int) -> Bool {
        problem.groupsOfVM[vm].allSatisfy { group in
            let rule = problem.groups[group]
            let domain = Int(rule.domainOfHost[problem.hosts[place]])
            var violations = 0
            switch rule.kind {
            case .apart(let most):
                for (other, count) in counts[group].enumerated() {
                    violations += max(0, count + (other == domain ? 1 : 0) - most)
                }
            case .together:
                var (placed, largest) = (1, 0)
                for (other, count) in counts[group].enumerated() {
                    placed += count
                    largest = max(largest, count + (other == domain ? 1 : 0))
                }
                violations = placed - largest
            }
            return violations <= problem.intact.violations[group]
        }
    }

    private func hardest(_ domains: [UInt32]) -> Int {
        var best = -1
        for vm in problem.vms.indices where placeOf[vm] < 0 {
            guard best >= 0 else {
                best = vm
                continue
            }
            let (ours, theirs) = (domains[vm].nonzeroBitCount, domains[best].nonzeroBitCount)
            if ours < theirs || (ours == theirs && problem.size[vm] > problem.size[best]) { best = vm }
        }
        return best
    }

    /// With failures to survive the emptiest first: an even spread leaves every failing host's VMs the most room.
    private func ranked(_ domain: UInt32, for vm: Int) -> [Int] {
        let places = problem.hosts.indices.filter { domain >> UInt32($0) & 1 == 1 }
        guard places.count > 1 else { return places }
        let fill = places.map { place in
            (0..<problem.columns).reduce(0.0) {
                let index = place * problem.columns + $1
                return max($0, Double(load[index]) / Double(max(problem.limit[index], 1)))
            }
        }
        let sign = isSpreading ? 1.0 : -1.0
        return places.indices.sorted { (sign * fill[$0], $0) < (sign * fill[$1], $1) }.map { places[$0] }
    }

    // MARK: Bounds

    private mutating func fitsInSum(_ domains: [UInt32]) -> Bool {
        let columns = problem.columns
        for column in problem.scarce {
            bound.clear()
            for place in problem.hosts.indices {
                bound.add(
                    room: max(0, problem.ceiling[place * columns + column] - load[place * columns + column]), at: place)
            }
            for vm in problem.vms.indices where placeOf[vm] < 0 {
                bound.add(need: problem.need[vm * columns + column], in: domains[vm])
            }
            if bound.shortage() > 0 { return false }
        }
        return true
    }

    /// Takes places away from VMs that could not be restarted from there, when no more VMs may be without a place.
    ///
    /// - Returns: `false` when more would be than may.
    private mutating func survives(_ domains: inout [UInt32]) -> Bool {
        guard problem.survivesFailures else { return true }
        let refuges = problem.vms.indices.map { vm in
            problem.restarts[vm] ? places(withRoomFor: problem.vms[vm], of: problem.reach[vm]) : .max
        }
        var lost = problem.outside.reduce(0) { $0 + lostOutside($1, domains) }
        for vm in problem.vms.indices {
            let places: UInt32 = placeOf[vm] < 0 ? domains[vm] : 1 << UInt32(placeOf[vm])
            if safePlaces(places, refuges[vm]) == 0 { lost += 1 }
        }
        guard lost <= problem.intact.shortfall else { return false }
        if lost == problem.intact.shortfall {
            for vm in problem.vms.indices where placeOf[vm] < 0 {
                let safe = safePlaces(domains[vm], refuges[vm])
                if safe != 0 { domains[vm] = safe }
            }
        }
        for failed in problem.hosts.indices where lost <= problem.intact.shortfall {
            lost += lostInSum(failed, domains, refuges)
        }
        return lost <= problem.intact.shortfall
    }

    /// How many VMs of a host that takes none itself are without a place, when it fails, at least.
    private mutating func lostOutside(_ outsiders: [SubsetProblem.Outsider], _ domains: [UInt32]) -> Int {
        let open = outsiders.map { places(withRoomFor: $0.vm, of: $0.reach) }
        var short = 0
        for column in problem.scarceAfterFailure {
            startBound(column, without: -1)
            for vm in problem.vms.indices where placeOf[vm] < 0 {
                bound.add(need: problem.need[vm * problem.columns + column], in: domains[vm])
            }
            for (outsider, places) in zip(outsiders, open) where places != 0 {
                bound.add(need: problem.packed.load[outsider.vm * problem.columns + column], in: places)
            }
            short = max(short, missingVMs(column))
        }
        return short + open.count { $0 == 0 }
    }

    /// What is left of full capacity, but for that of a host that fails.
    private mutating func startBound(_ column: Int, without failed: Int) {
        bound.clear()
        for place in problem.hosts.indices where place != failed {
            let index = place * problem.columns + column
            bound.add(room: max(0, problem.capacity[index] - load[index]), at: place)
        }
    }

    /// As many VMs as the shortage takes at least.
    private mutating func missingVMs(_ column: Int) -> Int {
        let largest = problem.largest[column]
        return Int((bound.shortage() + largest - 1) / largest)
    }

    /// Those of some places from which a VM with these refuges could be restarted.
    private func safePlaces(_ places: UInt32, _ refuges: UInt32) -> UInt32 {
        refuges.nonzeroBitCount == 1 ? places & ~refuges : refuges == 0 ? 0 : places
    }

    /// How many VMs that have a refuge each are without a place after a failure at least, because in sum they do not
    /// fit.
    private mutating func lostInSum(_ failed: Int, _ domains: [UInt32], _ refuges: [UInt32]) -> Int {
        let columns = problem.columns
        let gone: UInt32 = 1 << UInt32(failed)
        var lost = 0
        for column in problem.scarceAfterFailure {
            startBound(column, without: failed)
            for vm in problem.vms.indices {
                var places: UInt32 = 0
                if placeOf[vm] == failed {
                    if problem.restarts[vm] { places = refuges[vm] & ~gone }
                } else if placeOf[vm] < 0 {
                    if domains[vm] & gone == 0 {
                        places = domains[vm]
                    } else if problem.restarts[vm], refuges[vm] & ~gone != 0 {
                        places = (domains[vm] | refuges[vm]) & ~gone
                    }
                }
                if places != 0 { bound.add(need: problem.need[vm * columns + column], in: places) }
            }
            lost = max(lost, missingVMs(column))
        }
        return lost
    }

    /// Those of some places that have, as things stand, the room in full for a packed VM.
    private func places(withRoomFor vm: Int, of reach: UInt32) -> UInt32 {
        let columns = problem.columns
        var places: UInt32 = 0
        for place in problem.hosts.indices where reach >> UInt32(place) & 1 == 1 {
            let fits = problem.scarceAfterFailure.allSatisfy {
                load[place * columns + $0] + problem.packed.load[vm * columns + $0]
                    <= problem.capacity[place * columns + $0]
            }
            if fits { places |= 1 << UInt32(place) }
        }
        return places
    }

    // MARK: Changing

    private mutating func put(_ vm: Int, on place: Int) {
        placeOf[vm] = place
        count(vm, on: place, sign: 1)
    }

    private mutating func take(_ vm: Int, off place: Int) {
        placeOf[vm] = -1
        count(vm, on: place, sign: -1)
    }

    private mutating func count(_ vm: Int, on place: Int, sign: Int) {
        let (row, base) = (vm * problem.columns, place * problem.columns)
        for column in 0..<problem.columns { load[base + column] += Int64(sign) * problem.need[row + column] }
        if problem.homePlace[vm] != place { strangers[place] += sign }
        for group in problem.groupsOfVM[vm] {
            counts[group][Int(problem.groups[group].domainOfHost[problem.hosts[place]])] += sign
        }
    }

    private mutating func isEnd() -> Bool {
        leaves += 1
        guard problem.packed.policy.spareHosts > 0 else { return true }
        let most = problem.intact.shortfall
        let limit = most == .max ? Int.max : most + 1
        let (residents, load) = problem.whole(placeOf, load: load)
        let shortfall = spare.shortfall(residents: residents, load: load, staysOn: problem.isOn, stoppingAt: limit)
        guard shortfall < limit else { return false }
        return waking.isAtRest(residents: residents, load: load, staysOn: problem.isOn, shortfall: shortfall)
    }
}
