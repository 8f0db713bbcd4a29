import Randomness

/// Simulated annealing on an `AnnealingBoard`: most steps look at several places, or several partners, at once, and
/// draw one by its Boltzmann weight (a heat bath).
///
/// A budget of moves may be overdrawn a little on the way, at a price that keeps it rare; only what stays within the
/// budget counts as a result. So a better set of moves is reached through one that has a move too many.
struct BalanceAnnealing: ~Copyable {
    /// The temperature at the start and at the end, in hosts of imbalance.
    private static let (hot, cold) = (0.1, 0.0005)
    /// How often the temperature falls, and how often all sums are taken anew.
    private static let (stages, fillings) = (200, 25)
    /// From this stage on the budget holds.
    private static let strictStage = 170
    /// Moves beyond the budget on the way.
    private static let overdraft = 2
    /// Price of one broken soft rule.
    static let softRulePrice: Float = 0.5

    var board: AnnealingBoard
    var random: SplitMix64
    let hostOf: UnsafeMutablePointer<Int32>
    let home: UnsafeMutablePointer<Int32>
    let size: [Int32]
    let hasSoftRules: Bool
    private(set) var displaced: [Int32] = []
    private var positionInDisplaced: [Int32]
    /// VMs that are not at home, those included that do not stand on the board.
    var movedVMs: Int
    let price: Float
    let maxMoves: Int
    private(set) var mostMoves: Int
    /// Price of a VM beyond the budget: kept so that about a fifth of the steps have one.
    private var overdraftPrice: Float = 0.1
    private var stepsOver = 0
    var energy: Float = 0
    var temperature: Float = 0
    /// Where units were before they changed since the best state: the way back to it.
    private var sinceBest: [(unit: Int32, from: Int32)] = []
    private var best = Float.infinity

    /// - Parameters:
    ///   - movedVMs: VMs that are not at home.
    init(
        board: consuming AnnealingBoard, state: PlacementState, movedVMs: Int, price: Double, maxMoves: Int,
        random: SplitMix64
    ) {
        let (units, hosts, pool) = (board.units, board.hosts, state.pool)
        self.random = random
        self.price = Float(price)
        self.maxMoves = maxMoves
        self.movedVMs = movedVMs
        mostMoves = maxMoves > Int.max - Self.overdraft ? maxMoves : maxMoves + Self.overdraft
        hasSoftRules = pool.packed.groups.contains { !$0.required }
        size = units.map { Int32(pool.members[$0].count) }
        positionInDisplaced = [Int32](repeating: -1, count: units.count)
        var place = [Int32](repeating: -1, count: pool.packed.hostCount)
        for (index, host) in hosts.enumerated() { place[host] = Int32(index) }
        home = .allocate(capacity: max(units.count, 1))
        hostOf = .allocate(capacity: max(units.count, 1))
        self.board = board
        for (index, unit) in units.enumerated() {
            (home + index).initialize(to: place[Int(pool.home[unit])])
            (hostOf + index).initialize(to: place[Int(state.hostOf[unit])])
            if hostOf[index] != home[index] { mark(index) }
        }
    }

    deinit {
        home.deallocate()
        hostOf.deallocate()
    }

    /// Leaves the state at the best placement found.
    mutating func run(on state: inout PlacementState, meter: inout ImbalanceMeter, steps: Int) {
        let stageLength = max(1, steps / Self.stages)
        let fillingLength = max(1, steps / Self.fillings)
        let cooling = (Self.cold / Self.hot).squareRoot()
        for step in 0..<steps {
            if step % stageLength == 0 {
                if step % fillingLength == 0, step > 0 {
                    meter.reset(to: state.hostOf)
                    board.fill(from: meter)
                }
                temperature = Float(Self.hot * power(cooling * cooling, Double(step) / Double(steps)))
                budget(stage: step / stageLength, length: stageLength)
                energy = board.energy + charge(movedVMs)
                if step == 0 { best = energy }
            }
            let before = energy
            takeStep(on: &state)
            if movedVMs > maxMoves {
                stepsOver += 1
            } else if energy < before, energy < best {
                best = energy
                sinceBest.removeAll(keepingCapacity: true)
            }
        }
        for change in sinceBest.reversed() {
            state.place(board.units[Int(change.unit)], on: board.hosts[Int(change.from)])
        }
    }

    /// How far the budget may be overdrawn in a stage, and at what price.
    private mutating func budget(stage: Int, length: Int) {
        overdraftPrice = min(max(overdraftPrice * (stepsOver * 5 > length ? 1.25 : 0.88), 0.01), 100)
        stepsOver = 0
        guard stage >= Self.strictStage, maxMoves < .max else { return }
        mostMoves = maxMoves
        overdraftPrice = 100
    }

    /// What so many moved VMs cost.
    @inline(__always)
    func charge(_ moves: Int) -> Float {
        Float(moves) * price + (moves > maxMoves ? Float(moves - maxMoves) * overdraftPrice : 0)
    }

    /// `base` to the power of `exponent` in 0...1, by repeated square roots: the same bits on every machine, which the
    /// C library's `pow` does not promise.
    private func power(_ base: Double, _ exponent: Double) -> Double {
        var (result, root, rest) = (1.0, base, exponent)
        for _ in 0..<24 {
            root = root.squareRoot()
            rest *= 2
            if rest >= 1 {
                result *= root
                rest -= 1
            }
        }
        return result
    }

    // MARK: Changing

    /// A unit that already stands on its new host in the state.
    mutating func settle(_ unit: Int, on host: Int) {
        let source = hostOf[unit]
        sinceBest.append((Int32(unit), source))
        board.move(unit, sign: -1, host: Int(source))
        board.move(unit, sign: 1, host: host)
        hostOf[unit] = Int32(host)
        let (isAway, isMarked) = (hostOf[unit] != home[unit], positionInDisplaced[unit] >= 0)
        guard isAway != isMarked else { return }
        movedVMs += isAway ? Int(size[unit]) : -Int(size[unit])
        if isAway { mark(unit) } else { unmark(unit) }
    }

    private mutating func mark(_ unit: Int) {
        positionInDisplaced[unit] = Int32(displaced.count)
        displaced.append(Int32(unit))
    }

    private mutating func unmark(_ unit: Int) {
        let position = Int(positionInDisplaced[unit])
        let last = displaced[displaced.count - 1]
        displaced[position] = last
        positionInDisplaced[Int(last)] = Int32(position)
        displaced.removeLast()
        positionInDisplaced[unit] = -1
    }
}
