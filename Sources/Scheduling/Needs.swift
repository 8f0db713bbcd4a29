import Placement

/// What each move of a finished run waits for, worked out from its times: room, places under rules, its own first leg.
struct Needs {
    /// For each job the jobs that have to end before it may start, ascending.
    let jobs: [[Int32]]

    /// - Complexity: O(moves x dimensions + moves log moves).
    init(run: Run) {
        var builder = NeedsBuilder(run: run)
        jobs = builder.build()
    }
}

private struct NeedsBuilder {
    let run: Run
    private var hosts: [TokenPool?]
    private var domains: [TokenPool?]
    private let columns: Int

    init(run: Run) {
        self.run = run
        columns = run.work.columns
        hosts = [TokenPool?](repeating: nil, count: run.work.hostCount)
        domains = [TokenPool?](repeating: nil, count: run.work.separation.initial.count)
        let done = (0..<run.jobs.count).filter { run.status[$0] == .done }
        // Only where something arrives does it matter what has left.
        for job in done {
            let host = Int(run.jobs.to[job])
            if hosts[host] == nil { hosts[host] = TokenPool(free: Self.free(on: host, run)) }
            for index in run.jobs.enteredRange(job) {
                let domain = Int(run.jobs.entered[index])
                let free = Int64(run.work.separation.most[domain] - run.work.separation.initial[domain])
                if domains[domain] == nil { domains[domain] = TokenPool(free: [free]) }
            }
        }
    }

    private static func free(on host: Int, _ run: Run) -> [Int64] {
        let columns = run.work.columns
        return (host * columns..<(host + 1) * columns).map { run.work.packed.limit[$0] - run.work.load[$0] }
    }

    mutating func build() -> [[Int32]] {
        let done = (0..<run.jobs.count).filter { run.status[$0] == .done }
        let starts = done.sorted { (run.startedAt[$0], run.sequence[$0]) < (run.startedAt[$1], run.sequence[$1]) }
        let ends = done.sorted { (run.endedAt[$0], $0) < (run.endedAt[$1], $1) }
        var needs = [[Int32]](repeating: [], count: run.jobs.count)
        var next = 0
        for job in starts {
            while next < ends.count, run.endedAt[ends[next]] <= run.startedAt[job] {
                depart(ends[next])
                next += 1
            }
            var awaited = take(job)
            if run.jobs.previousLeg[job] >= 0 { awaited.insert(run.jobs.previousLeg[job]) }
            needs[job] = awaited.sorted()
        }
        return needs
    }

    private func amounts(of job: Int) -> [Int64] {
        let base = Int(run.jobs.vm[job]) * columns
        return Array(run.work.packed.load[base..<base + columns])
    }

    private mutating func depart(_ job: Int) {
        let amounts = amounts(of: job)
        hosts[Int(run.jobs.from[job])]?.depart(Int32(job), amounts: amounts)
        for index in run.jobs.leftRange(job) { domains[Int(run.jobs.left[index])]?.depart(Int32(job), amounts: [1]) }
    }

    private mutating func take(_ job: Int) -> Set<Int32> {
        let amounts = amounts(of: job)
        var awaited = hosts[Int(run.jobs.to[job])]?.take(amounts) ?? []
        for index in run.jobs.enteredRange(job) {
            awaited.formUnion(domains[Int(run.jobs.entered[index])]?.take([1]) ?? [])
        }
        return awaited
    }
}
