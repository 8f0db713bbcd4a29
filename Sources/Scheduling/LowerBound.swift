/// What no schedule of the moves at their paths' full bandwidth can undercut.
enum LowerBound {
    /// The busiest direction of a link: the time its moves need it, the boot before and the shutdown behind them.
    static func milliseconds(of work: Workload, jobs: [Int]) -> Int64 {
        var linkTime = [Double](repeating: 0, count: work.links.count)
        var placeTime = [Double](repeating: 0, count: work.links.count)
        var longest = [Int64](repeating: 0, count: work.hostCount)
        for job in jobs {
            let duration = Double(work.jobs.milliseconds[job])
            for index in work.jobs.linkRange(job) {
                let link = Int(work.jobs.links[index])
                linkTime[link] +=
                    duration * Double(work.jobs.bandwidth[job]) / Double(max(1, work.links.capacity[link]))
                placeTime[link] += duration / Double(max(1, work.links.slots[link]))
            }
            let ends = [Int(work.jobs.from[job]), Int(work.jobs.to[job])]
            for host in ends { longest[host] = max(longest[host], work.jobs.milliseconds[job]) }
        }
        var bound: Int64 = 0
        for link in 0..<work.links.count {
            // A millisecond less: link times are sums of fractions.
            let busy = max(0, Int64(max(linkTime[link], placeTime[link]).rounded(.down)) - 1)
            guard let host = work.links.host(of: link) else {
                bound = max(bound, busy)
                continue
            }
            let moves = max(busy, longest[host])
            let opening = max(work.opensAtMilliseconds[host] ?? 0, work.poweredAtMilliseconds[host] ?? 0)
            let closing = link == work.links.out(of: host) ? work.closingMilliseconds[host] ?? 0 : 0
            bound = max(bound, (moves > 0 ? opening + moves : 0) + closing)
        }
        for host in work.request.powerOn { bound = max(bound, work.opensAtMilliseconds[host] ?? 0) }
        return bound
    }
}
