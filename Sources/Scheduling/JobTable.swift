/// Moves as columns: what the clock needs to know of each, without a detour through documents.
struct JobTable: Sendable {
    private(set) var vm: [Int32] = []
    private(set) var from: [Int32] = []
    private(set) var to: [Int32] = []
    /// Bits per second, rounded down, so that sums are exact.
    private(set) var bandwidth: [Int64] = []
    private(set) var milliseconds: [Int64] = []
    /// Before which the move does not start, in milliseconds of the plan's clock.
    private(set) var earliest: [Int64] = []
    /// Milliseconds that the guest loses, by its pause and its slow-down, times its weight.
    private(set) var disturbance: [Int64] = []
    /// The leg to a way-station that has to end first; -1 for none.
    private(set) var previousLeg: [Int32] = []
    /// Links that the move occupies: `links[linkStart[job]..<linkStart[job + 1]]`.
    private(set) var links: [Int32] = []
    private(set) var linkStart: [Int32] = [0]
    /// Domains of required separation rules that the VM enters, and leaves.
    private(set) var entered: [Int32] = []
    private(set) var enteredStart: [Int32] = [0]
    private(set) var left: [Int32] = []
    private(set) var leftStart: [Int32] = [0]

    var count: Int { vm.count }

    struct Row {
        var vm: Int
        var from: Int
        var to: Int
        var bandwidth: Int64
        var milliseconds: Int64
        var earliest: Int64 = 0
        var disturbance: Int64 = 0
        var previousLeg: Int = -1
        var links: [Int32]
        var entered: [Int32]
        var left: [Int32]
    }

    @discardableResult
    mutating func append(_ row: Row) -> Int {
        vm.append(Int32(row.vm))
        from.append(Int32(row.from))
        to.append(Int32(row.to))
        bandwidth.append(row.bandwidth)
        milliseconds.append(row.milliseconds)
        earliest.append(row.earliest)
        disturbance.append(row.disturbance)
        previousLeg.append(Int32(row.previousLeg))
        links += row.links
        linkStart.append(Int32(links.count))
        entered += row.entered
        enteredStart.append(Int32(entered.count))
        left += row.left
        leftStart.append(Int32(left.count))
        return vm.count - 1
    }

    mutating func removeLast() {
        let last = count - 1
        links.removeLast(linkRange(last).count)
        linkStart.removeLast()
        entered.removeLast(enteredRange(last).count)
        enteredStart.removeLast()
        left.removeLast(leftRange(last).count)
        leftStart.removeLast()
        for column in [\JobTable.vm, \.from, \.to, \.previousLeg] { self[keyPath: column].removeLast() }
        for column in [\JobTable.bandwidth, \.milliseconds, \.earliest, \.disturbance] {
            self[keyPath: column].removeLast()
        }
    }

    func linkRange(_ job: Int) -> Range<Int> { Int(linkStart[job])..<Int(linkStart[job + 1]) }
    func enteredRange(_ job: Int) -> Range<Int> { Int(enteredStart[job])..<Int(enteredStart[job + 1]) }
    func leftRange(_ job: Int) -> Range<Int> { Int(leftStart[job])..<Int(leftStart[job + 1]) }
}
