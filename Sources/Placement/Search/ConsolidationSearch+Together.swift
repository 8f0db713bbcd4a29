import ClusterModel

/// Small clusters: hosts that can be closed only together, with all VMs placed anew on the others.
extension ConsolidationSearch {
    /// Tries sets of hosts to close that save more than those closed so far, all VMs placed anew on the others: first
    /// with little effort for each set, then with more; with three quarters of all effort in the end. Where VMs find no
    /// room after a failure at the start, placements are looked for first in which all do.
    mutating func closeTogether() {
        guard effort > 0, var packing else { return }
        let fewest = max(
            HostBound(pool: pool, needsSpareRoom: false).hostsNeeded(), packed.policy.powerSave.minimumHostsOn)
        let bystanders = packed.cluster.hosts.indices.count { packed.host($0).state == .on && !packed.takesVMs[$0] }
        let sets = ClosingSets(state: start, leastOpen: fewest - bystanders).all.filter { set in
            packing.walk.canBegin(closing: set.open.map { !$0 })
        }
        let effortKept = effort / 4
        let shortfalls = shortfallAllowed > 0 ? [0, shortfallAllowed] : [0]
        let rounds: [(nodes: Int, preferences: [PackingSearch.Preference])] = [
            (60, [.stay, .pack, .spread]), (600, [.pack, .spread]), (200, .init(repeating: .chance, count: 12)),
            (6000, [.stay]),
            (2000, .init(repeating: .chance, count: 24)),
        ]
        for (nodes, preferences) in rounds {
            for shortfall in shortfalls {
                packing.shortfallAllowed = shortfall
                for set in sets where set.savedWatts > savedWatts + 1e-6 {
                    for preference in preferences {
                        guard effort > effortKept, !packed.isOutOfTime else { return }
                        var left = nodes
                        let found = packing.pack(open: set.open, preference: preference, nodes: &left)
                        effort -= (nodes - left) * packing.workOfNode
                        if let found, accept(found) { break }
                    }
                }
            }
        }
    }

    /// Idle watts that the hosts closed so far save.
    private var savedWatts: Double {
        start.isOpen.indices.reduce(0) { $0 + (start.isOpen[$1] && !state.isOpen[$1] ? packed.idleSaving(of: $1) : 0) }
    }

    private mutating func accept(_ found: PlacementState) -> Bool {
        let before = self
        state = found
        closed = start.isOpen.indices.filter { start.isOpen[$0] && !found.isOpen[$0] && packed.host($0).state == .on }
        let saved = hostWatts.reduce(0, +) - hostWatts.indices.reduce(0) { $0 + watts(of: $1) }
        let more = max(closed.count - before.closed.count, 1)
        guard movedVMs <= packed.policy.maxMoves ?? .max,
            saved >= max(packed.policy.powerSave.minimumSavedWatts, 0) * Double(more),
            pays(savedWatts: saved, joules: joules - before.joules, closing: closed)
        else {
            self = before
            return false
        }
        openCount = found.isOpen.count { $0 }
        refreshAll()
        beginning.isOpen = packed.takesVMs.indices.map { packed.takesVMs[$0] && found.isOpen[$0] }
        _ = beginningSpare.shortfall(of: beginning, changed: Array(packed.takesVMs.indices))
        return true
    }

    /// What it takes to move everybody and to switch the closed hosts off and on again.
    private var joules: Double {
        let migrating = (0..<pool.count).filter { !state.isAtHome($0) }
            .reduce(0.0) { pool.members[$1].reduce($0) { $0 + packed.joulesOfMigrating(Int($1)) } }
        return closed.reduce(migrating) { $0 + packed.power.joulesOfSwitching($1) }
    }
}
