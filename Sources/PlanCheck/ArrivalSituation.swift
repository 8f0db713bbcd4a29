/// A host at the moment at which one step begins to bring a VM to it, over all orders of the other steps.
struct Situation {
    let arrival: Int
    /// The load that no order exceeds: everything has arrived that can have, and nothing has left that need not.
    let bound: [Double]
    private let replay: Replay
    private let loads: LoadModel
    private let base: [Double]
    /// Arrivals and departures that must be over, or with the arrival itself have begun.
    private let forcedArrivals: [Int]
    private let forcedDepartures: [Int]
    /// Arrivals that can have started or not.
    private let freeArrivals: [Int]
    private let freeDepartures: [Int]

    init(arrival: Int, at host: Int, base: [Double], in replay: Replay, loads: LoadModel) {
        self.arrival = arrival
        self.replay = replay
        self.loads = loads
        self.base = base
        let arrivals = replay.arrivals[host]
        let departures = replay.departures[host]
        forcedArrivals = arrivals.filter { $0 == arrival || replay.isBefore($0, arrival) }
        forcedDepartures = departures.filter { replay.isBefore($0, arrival) }
        freeArrivals = arrivals.filter {
            $0 != arrival && !replay.isBefore($0, arrival) && !replay.isBefore(arrival, $0)
        }
        freeDepartures = departures.filter { !replay.isBefore($0, arrival) && !replay.isBefore(arrival, $0) }
        var bound = base
        for move in forcedArrivals + freeArrivals { loads.add(replay.moves[move].vm, to: &bound) }
        for move in forcedDepartures { loads.add(replay.moves[move].vm, sign: -1, to: &bound) }
        self.bound = bound
    }

    private func load(of move: Int, at index: Int) -> Double { loads.load(of: replay.moves[move].vm, at: index) }

    /// The load at the predicted times, with all that starts at the same moment.
    func predictedLoad(at index: Int) -> Double {
        let step = replay.moves[arrival].step
        var load = base[index]
        for move in forcedArrivals + freeArrivals where replay.hasStarted(move, whenStarts: step) {
            load += self.load(of: move, at: index)
        }
        for move in forcedDepartures + freeDepartures where replay.hasEnded(move, whenStarts: step) {
            load -= self.load(of: move, at: index)
        }
        return load
    }

    /// For each free arrival, the free departures that must have ended before it can start.
    func needs() -> [[Int]] {
        freeArrivals.map { move in freeDepartures.indices.filter { replay.isBefore(freeDepartures[$0], move) } }
    }

    /// The highest load over all orders, and the free arrivals that have started then.
    func worstLoad(at index: Int, needs: [[Int]]) -> (load: Double, others: [Int]) {
        var load = base[index]
        for move in forcedArrivals { load += self.load(of: move, at: index) }
        for move in forcedDepartures { load -= self.load(of: move, at: index) }
        let options = zip(freeArrivals, needs).map { move, needs in
            BestSelection.Option(gain: self.load(of: move, at: index), needs: needs)
        }
        let best = BestSelection(options: options, costs: freeDepartures.map { self.load(of: $0, at: index) }).solve()
        return (load + best.worth, best.taken.map { freeArrivals[$0] })
    }
}
