/// What annealing a balance looks at, laid out for vector arithmetic: hosts and units in the order of the search, each
/// resource in a lane, and each resource of all hosts, and of all units, in a row.
///
/// Only open hosts are on the board, and only units that may move and have their home on one; all else is in the sums.
/// Units stand in the order of their homes, so that those of one home are one piece of a row. Single precision is
/// enough to choose; what a search ends with is measured in double precision (`ImbalanceMeter`).
struct AnnealingBoard: ~Copyable {
    /// A resource in each lane.
    typealias Resources = SIMD8<Float>
    /// Four hosts, or four units.
    typealias Four = SIMD4<Float>

    let resources: Int
    let hostCount: Int
    let unitCount: Int
    /// Blocks of four hosts.
    let hostBlocks: Int
    /// Index in the cluster, or the pool, of what stands on the board.
    let hosts: [Int]
    let units: [Int]
    /// Units of each home: `firstUnit[host]..<firstUnit[host + 1]`.
    let firstUnit: [Int]

    /// The weight of each resource in the energy: imbalance times hosts on.
    private let weight: Resources
    private let perHost: Float
    /// Loads, in hosts of average capacity.
    private let amount: UnsafeMutablePointer<Resources>
    private let amountRows: UnsafeMutablePointer<Float>
    private let unitStride: Int
    /// One over the capacity of a host, in hosts of average capacity.
    private let scale: UnsafeMutablePointer<Resources>
    private let scaleRows: UnsafeMutablePointer<Four>
    /// The used fraction less the mean when the board was filled.
    private let deviation: UnsafeMutablePointer<Resources>
    private let deviationRows: UnsafeMutablePointer<Four>
    /// Sums over the hosts of the deviations and of their squares.
    private var totals = Totals<SIMD8<Double>>(sum: .zero, squares: .zero)
    private var rounded = Totals<Resources>(sum: .zero, squares: .zero)
    /// One number for each candidate of a choice.
    private let scores: UnsafeMutablePointer<Four>
    let noise: UnsafeMutablePointer<Float>

    struct Totals<Vector> {
        var sum: Vector
        var squares: Vector
    }

    /// - Parameters:
    ///   - hosts: open hosts, ascending.
    ///   - movable: units whose home is one of them.
    ///   - hostsOn: what the imbalance is multiplied with.
    init(meter: ImbalanceMeter, pool: UnitPool, hosts: [Int], movable: [Int], hostsOn: Double) {
        resources = meter.weights.count
        self.hosts = hosts
        hostCount = hosts.count
        hostBlocks = (hosts.count + 3) / 4
        let units = movable.sorted { (pool.home[$0], $0) < (pool.home[$1], $1) }
        self.units = units
        unitCount = units.count
        var position = 0
        firstUnit =
            hosts.map { host in
                while position < units.count, Int(pool.home[units[position]]) < host { position += 1 }
                return position
            } + [units.count]
        unitStride = (units.count + 3) / 4 * 4 + 4
        perHost = Float(1 / meter.hostsCounted)

        amount = .allocate(capacity: max(units.count, 1))
        scale = .allocate(capacity: hosts.count)
        deviation = .allocate(capacity: hosts.count)
        amountRows = .allocate(capacity: resources * unitStride)
        scaleRows = .allocate(capacity: resources * hostBlocks)
        deviationRows = .allocate(capacity: resources * hostBlocks)
        scores = .allocate(capacity: GumbelNoise.width / 4)
        noise = .allocate(capacity: GumbelNoise.table.count)
        amountRows.initialize(repeating: 0, count: resources * unitStride)
        scaleRows.initialize(repeating: .zero, count: resources * hostBlocks)
        deviationRows.initialize(repeating: .zero, count: resources * hostBlocks)
        deviation.initialize(repeating: .zero, count: hosts.count)
        scores.initialize(repeating: .zero, count: GumbelNoise.width / 4)
        for (index, number) in GumbelNoise.table.enumerated() { (noise + index).initialize(to: number) }
        var weight = Resources.zero
        let average = (0..<meter.weights.count).map { r in
            hosts.reduce(0) { $0 + meter.perUnit(host: $1, r) } / Double(hosts.count)
        }
        for r in 0..<resources {
            weight[r] = Float(meter.weights[r] * hostsOn / meter.hostsCounted.squareRoot())
        }
        self.weight = weight
        for (index, unit) in units.enumerated() {
            var loads = Resources.zero
            for r in 0..<resources {
                loads[r] = Float(meter.amount(unit: unit, r) * average[r])
                amountRows[r * unitStride + index] = loads[r]
            }
            (amount + index).initialize(to: loads)
        }
        for (index, host) in hosts.enumerated() {
            var scales = Resources.zero
            for r in 0..<resources where average[r] > 0 {
                scales[r] = Float(meter.perUnit(host: host, r) / average[r])
                scaleRows[r * hostBlocks + index / 4][index % 4] = scales[r]
            }
            (scale + index).initialize(to: scales)
        }
        fill(from: meter)
    }

    deinit {
        for vectors in [amount, scale, deviation] { vectors.deallocate() }
        for rows in [scaleRows, deviationRows, scores] { rows.deallocate() }
        amountRows.deallocate()
        noise.deallocate()
    }

    /// Takes over what a meter measured in double precision.
    mutating func fill(from meter: ImbalanceMeter) {
        totals = Totals(sum: .zero, squares: .zero)
        for r in 0..<resources {
            let mean = meter.mean(r)
            totals.squares[r] = meter.squaresAboutMean(r)
            for (index, host) in hosts.enumerated() {
                let used = Float(meter.fraction(host: host, r) - mean)
                deviation[index][r] = used
                deviationRows[r * hostBlocks + index / 4][index % 4] = used
            }
        }
        round()
    }

    private mutating func round() {
        rounded = Totals(sum: Resources(totals.sum), squares: Resources(totals.squares))
    }

    // MARK: Energy

    /// Imbalance times hosts on.
    var energy: Float { energy(of: rounded) }

    func energy(of totals: Totals<Resources>) -> Float {
        let rest = totals.squares - totals.sum * totals.sum * perHost
        let roots = (QuickRoot.of(rest.lowHalf) * weight.lowHalf) + (QuickRoot.of(rest.highHalf) * weight.highHalf)
        return (roots.x + roots.y) + (roots.z + roots.w)
    }

    /// The sums as they are, to which changes are added.
    var current: Totals<Resources> { rounded }

    /// Adds to sums what a host gains by a unit, or loses (`sign` -1).
    @inline(__always)
    func add(_ unit: Int, sign: Float = 1, to host: Int, in totals: inout Totals<Resources>) {
        add(amount[unit] * sign, to: host, in: &totals)
    }

    /// Adds to sums what a host gains when one unit comes and another one leaves.
    @inline(__always)
    func exchange(at host: Int, _ coming: Int, for leaving: Int, in totals: inout Totals<Resources>) {
        add(amount[coming] - amount[leaving], to: host, in: &totals)
    }

    @inline(__always)
    private func add(_ load: Resources, to host: Int, in totals: inout Totals<Resources>) {
        let share = load * scale[host]
        let used = deviation[host]
        totals.sum += share
        totals.squares += share * (used + used + share)
    }

    /// A unit's load joins a host, or leaves it (`sign` -1).
    mutating func move(_ unit: Int, sign: Float, host: Int) {
        let share = amount[unit] * sign * scale[host]
        let (wide, used) = (SIMD8<Double>(share), SIMD8<Double>(deviation[host]))
        totals.sum += wide
        totals.squares += wide * (used + used + wide)
        deviation[host] += share
        for r in 0..<resources { deviationRows[r * hostBlocks + host / 4][host % 4] = deviation[host][r] }
        round()
    }

    // MARK: Choices

    /// Scores of blocks of four hosts, from `first` on and then round, were the unit to join them.
    ///
    /// - Parameters:
    ///   - totals: sums without the unit.
    ///   - noise: where the noise of the candidates begins.
    func scoreHosts(
        for unit: Int, after totals: Totals<Resources>, first: Int, blocks: Int, noise place: Int, temperature: Float
    ) {
        begin(blocks, place, temperature)
        for r in 0..<resources {
            let load = Four(repeating: amountRows[r &* unitStride &+ unit])
            let (sums, squares) = (Four(repeating: totals.sum[r]), Four(repeating: totals.squares[r]))
            let weight = weight[r]
            var block = first
            for position in 0..<blocks {
                let share = load * scaleRows[r &* hostBlocks &+ block]
                let used = deviationRows[r &* hostBlocks &+ block]
                let sum = sums + share
                scores[position] += weight * QuickRoot.of(squares + share * (used + used + share) - sum * sum * perHost)
                block = block &+ 1 == hostBlocks ? 0 : block &+ 1
            }
        }
    }

    /// Scores of units, were one of them to leave `source` for `destination` and another unit the other way.
    ///
    /// - Parameters:
    ///   - leaving: the unit that leaves the destination.
    ///   - joins: whether that one joins the source.
    ///   - totals: sums without what changes on the two hosts.
    func scoreUnits(
        _ units: Range<Int>, from source: Int, to destination: Int, replacing leaving: Int, joins: Bool,
        after totals: Totals<Resources>, noise place: Int, temperature: Float
    ) {
        let blocks = (units.count &+ 3) / 4
        begin(blocks, place, temperature)
        let rows = UnsafeRawPointer(amountRows)
        for r in 0..<resources {
            let left = amountRows[r &* unitStride &+ leaving]
            let (gone, come) = (Four(repeating: left), Four(repeating: joins ? left : 0))
            let (sums, squares) = (Four(repeating: totals.sum[r]), Four(repeating: totals.squares[r]))
            let toUsed = Four(repeating: 2 * deviation[destination][r])
            let fromUsed = Four(repeating: 2 * deviation[source][r])
            let (toScale, fromScale, weight) = (scale[destination][r], scale[source][r], weight[r])
            for position in 0..<blocks {
                let offset = (r &* unitStride &+ units.lowerBound &+ 4 &* position) &* MemoryLayout<Float>.stride
                let load = rows.loadUnaligned(fromByteOffset: offset, as: Four.self)
                let (gain, loss) = ((load - gone) * toScale, (load - come) * fromScale)
                let sum = sums + gain - loss
                let change = gain * (toUsed + gain) - loss * (fromUsed - loss)
                scores[position] += weight * QuickRoot.of(squares + change - sum * sum * perHost)
            }
        }
    }

    /// Every candidate begins with its noise.
    @inline(__always)
    private func begin(_ blocks: Int, _ place: Int, _ temperature: Float) {
        let numbers = UnsafeRawPointer(noise + place)
        for position in 0..<blocks {
            let drawn = numbers.loadUnaligned(fromByteOffset: 16 &* position, as: Four.self)
            scores[position] = drawn * -temperature
        }
    }

    /// The score of a candidate of the last choice.
    @inline(__always)
    func score(_ position: Int) -> Float { scores[position / 4][position % 4] }

    /// Takes a candidate out of the last choice.
    func refuse(_ position: Int) { scores[position / 4][position % 4] = .infinity }
}
