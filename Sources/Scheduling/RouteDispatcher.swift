/// Starts the moves of a route in its order, as many at once as there is room for.
///
/// A move that cannot start holds up all behind it. So whenever nothing runs, things stand as the route has them at
/// that point, and its next move can start.
struct RouteDispatcher: Dispatcher {
    private let order: [Int32]
    private var next = 0

    /// The finished run of a work that has a route. Nothing goes by way of a station other than those of the route.
    static func run(of work: Workload) -> Run {
        var run = Run(work: work, bannedFromStations: Set(work.jobs.vm))
        run.stations = work.jobs.count - Set(work.jobs.vm).count
        var dispatcher = RouteDispatcher(order: work.routeOrder)
        run.complete(with: &dispatcher)
        return run
    }

    private init(order: [Int32]) { self.order = order }

    mutating func dispatch(_ run: inout Run) {
        run.released.removeAll(keepingCapacity: true)
        while next < order.count {
            let job = Int(order[next])
            guard run.status[job] == .pending, run.start(job) == Run.none else { return }
            next += 1
        }
    }

    mutating func relax(_ run: inout Run) -> Bool { false }
}
