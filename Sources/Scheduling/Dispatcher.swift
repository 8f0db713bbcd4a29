/// Decides, whenever something has ended, which of the waiting moves start.
protocol Dispatcher {
    /// Starts what is to start now. Called once at the start and after every `Run.advance()`.
    mutating func dispatch(_ run: inout Run)

    /// Nothing runs and moves are waiting: starts one that the dispatcher held back of its own will. `false`: none.
    mutating func relax(_ run: inout Run) -> Bool
}

extension Run {
    /// Runs the clock until every move has ended or has been dropped.
    mutating func complete(with dispatcher: inout some Dispatcher) {
        dispatcher.dispatch(&self)
        while true {
            if advance() || releaseReturning(everywhere: true) {
                dispatcher.dispatch(&self)
            } else if pendingCount == 0 {
                return
            } else if !dispatcher.relax(&self), !breakDeadlock() {
                // Nothing runs, so nothing will ever change: whatever still waits cannot be made.
                for job in 0..<jobs.count where status[job] == .pending { drop(job) }
                return
            }
        }
    }

    private mutating func drop(_ job: Int) {
        status[job] = .dropped
        pendingCount -= 1
    }
}

/// Starts moves one after the other: each as soon as it can, but not before the one ahead of it.
struct SerialDispatcher: Dispatcher {
    private var order: [Int32]
    private var next = 0

    init(order: [Int32]) { self.order = order }

    mutating func dispatch(_ run: inout Run) {
        order.insert(contentsOf: run.released, at: next)
        run.released.removeAll(keepingCapacity: true)
        while next < order.count {
            let job = Int(order[next])
            if run.status[job] == .pending, run.start(job) != Run.none { return }
            next += 1
        }
    }

    mutating func relax(_ run: inout Run) -> Bool { false }
}

/// Starts moves in a fixed order: whoever comes first in it and can start, starts.
///
/// Strict, a move that cannot start yet keeps its links free of the moves behind it. Some order then gives the best
/// schedule there is: that of the start times of a best schedule gives one in which no move starts later.
struct OrderDispatcher: Dispatcher {
    private var order: [Int32]
    private let isStrict: Bool
    private var reservedIn: [Int32]
    private var round: Int32 = 0

    init(order: [Int32], isStrict: Bool, linkCount: Int) {
        self.order = order
        self.isStrict = isStrict
        reservedIn = isStrict ? [Int32](repeating: 0, count: linkCount) : []
    }

    mutating func dispatch(_ run: inout Run) {
        if !run.released.isEmpty {
            // Second legs first: a VM on a way-station holds room that others may need.
            order.insert(contentsOf: run.released, at: 0)
            run.released.removeAll(keepingCapacity: true)
        }
        round += 1
        var kept = 0
        for index in order.indices {
            let job = Int(order[index])
            guard run.status[job] == .pending else { continue }
            let isHeld = isStrict && isReserved(job, run)
            if !isHeld, run.start(job) == Run.none { continue }
            if isStrict, !run.isEarly(job) { reserve(job, run) }
            order[kept] = order[index]
            kept += 1
        }
        order.removeLast(order.count - kept)
    }

    mutating func relax(_ run: inout Run) -> Bool {
        guard isStrict else { return false }
        return order.contains { run.status[Int($0)] == .pending && run.start(Int($0)) == Run.none }
    }

    private func isReserved(_ job: Int, _ run: Run) -> Bool {
        for index in run.jobs.linkRange(job) where reservedIn[Int(run.jobs.links[index])] == round { return true }
        return false
    }

    private mutating func reserve(_ job: Int, _ run: Run) {
        for index in run.jobs.linkRange(job) { reservedIn[Int(run.jobs.links[index])] = round }
    }
}
