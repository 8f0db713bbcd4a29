internal import ClusterModel

/// A move that the platform may be working on; its VM counts in full at both ends.
struct MoveUnderWay: Sendable, Hashable {
    let step: String
    let vm: String
    let from: String
    let to: String
    let bandwidthBitsPerSecond: Double
}

/// The newest state of the cluster: the document corrected by the platform's inventory, plus what is promised to moves.
struct ClusterView: Sendable {
    let now: Timestamp
    let policy: PlanPolicy
    private(set) var hosts: [String: Host] = [:]
    private(set) var vms: [String: VirtualMachine] = [:]
    /// VMs that are there or on the move from or to there, stopped ones too; sorted, once each.
    private(set) var residents: [String: [String]] = [:]
    private(set) var moves: [String: MoveUnderWay] = [:]
    /// Hosts that a power or maintenance step under way takes out of use.
    private(set) var leaving: Set<String> = []
    let rules: [Rule]
    let links: [Link]
    /// Which slots of the profiles must fit from `now` on; `nil`: there are no profiles.
    let slots: [Int]?

    init(cluster: Cluster, policy: PlanPolicy, inventory: PlatformInventory) {
        now = inventory.takenAt
        self.policy = policy
        rules = cluster.rules.filter(\.required)
        links = cluster.links
        slots = Self.slots(of: cluster, from: inventory.takenAt, horizonSeconds: policy.horizonSeconds)
        let seen = cluster.asSeen(by: inventory)
        let listed = Set(inventory.hosts.map(\.id))
        for host in seen.hosts where listed.contains(host.id) { hosts[host.id] = host }
        for vm in seen.vms {
            vms[vm.id] = vm
            if let host = vm.host { residents[host, default: []].append(vm.id) }
        }
    }

    private static func slots(of cluster: Cluster, from now: Timestamp, horizonSeconds: Double?) -> [Int]? {
        guard let profile = cluster.vms.lazy.compactMap(\.profile).first(where: { $0.slotCount > 0 }),
            profile.slotSeconds > 0
        else { return nil }
        let count = profile.slotCount
        guard let horizonSeconds else { return Array(0..<count) }
        let start = now.seconds(since: profile.start) / profile.slotSeconds
        let end = start + max(0, horizonSeconds) / profile.slotSeconds
        guard start.isFinite, end.isFinite, abs(start) < 1e15, end - start < Double(count) else {
            return Array(0..<count)
        }
        var wanted = Set<Int>()
        for slot in Int(start.rounded(.down))..<max(Int(start.rounded(.down)) + 1, Int(end.rounded(.up))) {
            wanted.insert(((slot % count) + count) % count)
        }
        return wanted.sorted()
    }

    /// Counts a move from now on.
    mutating func add(_ move: MoveUnderWay) {
        moves[move.step] = move
        for host in [move.from, move.to] where residents[host]?.contains(move.vm) != true {
            residents[host, default: []].append(move.vm)
        }
    }

    /// Counts a host as no longer of use from now on.
    mutating func addLeaving(host: String) {
        leaving.insert(host)
    }

    /// The moves that touch a host, in order of their steps.
    func moves(touching host: String) -> [MoveUnderWay] {
        moves.values.filter { $0.from == host || $0.to == host }.sorted { $0.step < $1.step }
    }

    /// The move of a VM, when it is on one.
    func move(of vm: String) -> MoveUnderWay? { moves.values.first { $0.vm == vm } }

    /// The domain of a host; a host without a rack or site is one of its own.
    func domain(of host: String, scope: Rule.Scope) -> String {
        switch scope {
        case .host: "host:\(host)"
        case .rack: hosts[host]?.rack.map { "rack:\($0)" } ?? "host:\(host)"
        case .site: hosts[host]?.site.map { "site:\($0)" } ?? "host:\(host)"
        }
    }
}
