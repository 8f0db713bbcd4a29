import ClusterModel

/// How good a run is: what it leaves out first, then missed deadlines, then what the objective counts, then its end.
struct Score: Comparable {
    /// What a host counts with that never gets empty: beyond every clock.
    private static let never: Int64 = 1 << 52

    var dropped: Int
    /// Milliseconds by which hosts miss their deadlines, summed.
    var tardiness: Int64
    /// What the objective counts beside the makespan, most important first.
    var costs: [Int64]
    var makespan: Int64
    var stations: Int

    init(_ run: Run) {
        var emptied = [Int64](repeating: 0, count: run.work.hostCount)
        (dropped, makespan, stations) = (0, 0, run.stations)
        for job in 0..<run.jobs.count {
            let source = Int(run.jobs.from[job])
            switch run.status[job] {
            case .done:
                makespan = max(makespan, run.endedAt[job])
                emptied[source] = max(emptied[source], run.endedAt[job])
            case .dropped:
                dropped += 1
                emptied[source] = Self.never
            case .pending, .running, .waiting, .replaced: break
            }
        }
        for (host, closing) in run.work.closingMilliseconds.enumerated() where emptied[host] < Self.never {
            if let closing { makespan = max(makespan, emptied[host] + closing) }
        }
        let urgency = run.work.urgency
        tardiness = urgency.deadlines.reduce(0) { $0 + max(0, emptied[$1.host] - $1.milliseconds) }
        switch run.work.request.objective {
        case .makespan: costs = []
        case .firstEmpty: costs = urgency.emptyFirst.map { emptied[$0] }
        case .disturbance: costs = [Self.disturbance(of: run)]
        }
    }

    /// Weighted milliseconds that guests lose, over all moves that are made.
    private static func disturbance(of run: Run) -> Int64 {
        (0..<run.jobs.count).reduce(0) { run.status[$1] == .done ? $0 + run.jobs.disturbance[$1] : $0 }
    }

    static func < (left: Score, right: Score) -> Bool {
        if left.dropped != right.dropped { return left.dropped < right.dropped }
        if left.tardiness != right.tardiness { return left.tardiness < right.tardiness }
        if left.costs != right.costs { return left.costs.lexicographicallyPrecedes(right.costs) }
        return (left.makespan, left.stations) < (right.makespan, right.stations)
    }
}
