/// Who may use which room: the room that was free at the start, and what each departure has left, taken in the order in
/// which it became free.
///
/// Every arrival waits for the departures whose room it takes, and no room is taken twice. So however long the moves
/// really take, and whichever of them fail, what has arrived never exceeds what was free and what has left. A host
/// above its limit owes first: the departures that bring it down to the limit are awaited by every arrival.
struct TokenPool {
    private let columns: Int
    private var free: [Int64]
    private var departures: [Int32] = []
    /// `left[departure * columns + column]`: what nobody has taken yet.
    private var left: [Int64] = []
    /// For each column the first departure that may have something left.
    private var heads: [Int]
    /// Departures that brought the host down to its limit.
    private var repaid: [Int32] = []

    /// - Parameter free: limit less load at the start; negative above the limit.
    init(free: [Int64]) {
        columns = free.count
        self.free = free
        heads = [Int](repeating: 0, count: free.count)
    }

    /// Notes that a departure has ended and what it has left.
    mutating func depart(_ job: Int32, amounts: [Int64]) {
        departures.append(job)
        var paysBack = false
        for column in 0..<columns {
            var amount = amounts[column]
            if free[column] < 0, amount > 0 {
                let paid = min(-free[column], amount)
                free[column] += paid
                amount -= paid
                paysBack = true
            }
            left.append(amount)
        }
        if paysBack { repaid.append(job) }
    }

    /// Takes room for an arrival; the departures that it has to wait for.
    mutating func take(_ amounts: [Int64]) -> Set<Int32> {
        var awaited = Set(repaid)
        for column in 0..<columns {
            var need = amounts[column]
            let fromStart = max(0, min(need, free[column]))
            free[column] -= fromStart
            need -= fromStart
            while need > 0, heads[column] < departures.count {
                let index = heads[column] * columns + column
                let taken = min(need, left[index])
                left[index] -= taken
                need -= taken
                if taken > 0 { awaited.insert(departures[heads[column]]) }
                if left[index] == 0 { heads[column] += 1 }
            }
        }
        return awaited
    }
}
