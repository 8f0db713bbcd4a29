import ClusterModel
import MigrationModel
import Placement

/// All that is known before the clock starts: the moves, what they share, and what is full.
struct Workload: Sendable {
    let request: ScheduleRequest
    let predict: Scheduler.Predictor
    let links: LinkTable
    let separation: SeparationTable
    /// Moves that are to be made, in the order of the packed VMs.
    private(set) var jobs = JobTable()
    /// Moves in the order of the request's route; empty when it has none.
    private(set) var routeOrder: [Int32] = []
    /// Load of each host and dimension at the start.
    let load: [Int64]
    /// When a host takes VMs at the earliest; `nil`: never.
    let opensAtMilliseconds: [Int64?]
    /// When VMs can leave a host at the earliest; `nil`: never.
    let poweredAtMilliseconds: [Int64?]
    /// What follows once the host is empty; `nil`: it stays.
    let closingMilliseconds: [Int64?]
    let urgency: Urgency
    /// Moves that cannot be made whatever the order.
    private(set) var refused: [DroppedMove] = []

    var packed: PackedCluster { request.packed }
    var hostCount: Int { packed.hostCount }
    var columns: Int { packed.dimensionCount }

    init(request: ScheduleRequest, predict: @escaping Scheduler.Predictor) {
        self.request = request
        self.predict = predict
        let packed = request.packed
        links = LinkTable(packed: packed)
        separation = SeparationTable(packed: packed)
        load = Self.initialLoad(of: packed)
        (opensAtMilliseconds, poweredAtMilliseconds) = Self.openings(of: request)
        var closing = [Int64?](repeating: nil, count: packed.hostCount)
        for host in request.powerOff {
            let seconds = packed.host(host).shutdownSeconds ?? packed.policy.defaults.shutdownSeconds
            closing[host] = Milliseconds.roundedUp(seconds)
        }
        for host in request.enterMaintenance { closing[host] = closing[host] ?? 0 }
        closingMilliseconds = closing
        urgency = Urgency(request: request)
        guard request.route.isEmpty else {
            followRoute()
            return
        }
        for vm in 0..<packed.vmCount where request.target[vm] != packed.home[vm] {
            let (home, target) = (Int(packed.home[vm]), Int(request.target[vm]))
            if let reason = refusal(vm: vm, from: home, to: target) {
                refused.append(DroppedMove(vm: vm, host: target, staysOn: home, reasons: [reason]))
                continue
            }
            switch row(vm: vm, from: home, to: target) {
            case .success(let row): jobs.append(row)
            case .failure(let refusal):
                refused.append(DroppedMove(vm: vm, host: target, staysOn: home, reasons: [refusal.reason]))
            }
        }
    }

    /// The route's moves; those of one VM stand behind each other, each the next leg of the one before.
    private mutating func followRoute() {
        let route = request.route
        var stepsOf: [Int: [Int]] = [:]
        for (index, step) in route.enumerated() { stepsOf[step.vm, default: []].append(index) }
        var order = [Int32](repeating: -1, count: route.count)
        for (vm, steps) in stepsOf.sorted(by: { $0.key < $1.key }) {
            var (source, previous) = (Int(packed.home[vm]), -1)
            for index in steps {
                let host = route[index].host
                switch row(vm: vm, from: source, to: host, previousLeg: previous) {
                case .success(let row): previous = jobs.append(row)
                case .failure(let refusal):
                    refused.append(DroppedMove(vm: vm, host: host, staysOn: source, reasons: [refusal.reason]))
                    routeOrder = []
                    return
                }
                order[index] = Int32(previous)
                source = host
            }
        }
        routeOrder = order
    }

    /// The same work without the moves of some VMs, which are refused for the reason given.
    func excluding(_ vms: [Int: Refusal.Reason]) -> Workload {
        var kept = JobTable()
        var refused = refused
        for job in 0..<jobs.count {
            let vm = Int(jobs.vm[job])
            if let reason = vms[vm] {
                let home = Int(jobs.from[job])
                refused.append(DroppedMove(vm: vm, host: Int(jobs.to[job]), staysOn: home, reasons: [reason]))
            } else if case .success(let row) = row(vm: vm, from: Int(jobs.from[job]), to: Int(jobs.to[job])) {
                kept.append(row)
            }
        }
        var rest = self
        rest.jobs = kept
        rest.refused = refused
        return rest
    }

    // MARK: Moves

    struct MoveRefusal: Error {
        let reason: Refusal.Reason
    }

    /// A move over its path's full bandwidth, or why it cannot be.
    func row(vm: Int, from source: Int, to destination: Int, previousLeg: Int = -1) -> Result<JobTable.Row, MoveRefusal>
    {
        let bandwidth = LinkTable.whole(packed.paths.bandwidth(from: source, to: destination))
        switch predict(vm, Double(bandwidth)) {
        case .refused(let constraint, let detail):
            return .failure(
                MoveRefusal(reason: .init(constraint: constraint, hosts: [packed.host(destination).id], detail: detail))
            )
        case .migrate(let prediction):
            let crossed = separation.crossed(vm: vm, from: source, to: destination)
            return .success(
                JobTable.Row(
                    vm: vm, from: source, to: destination, bandwidth: bandwidth,
                    milliseconds: max(1, Milliseconds.roundedUp(prediction.durationSeconds)),
                    earliest: request.earliestStartSeconds[vm].map(Milliseconds.roundedUp) ?? 0,
                    disturbance: disturbance(of: vm, prediction), previousLeg: previousLeg,
                    links: links.links(from: source, to: destination), entered: crossed.entered, left: crossed.left))
        }
    }

    private func disturbance(of vm: Int, _ prediction: MigrationPrediction) -> Int64 {
        let slowed = prediction.durationSeconds * packed.policy.schedule.slowDownFraction
        let weight = Double(1 + max(0, packed.vm(vm).priority))
        return Int64(min(weight * (prediction.downtimeMilliseconds + slowed * 1000), 1e15))
    }

    /// Before which the move cannot start: its VM's time, and boots.
    func head(_ job: Int) -> Int64 {
        let (source, target) = (Int(jobs.from[job]), Int(jobs.to[job]))
        return max(jobs.earliest[job], poweredAtMilliseconds[source] ?? 0, opensAtMilliseconds[target] ?? 0)
    }

    /// What follows on its source once it has ended: the shutdown.
    func tail(_ job: Int) -> Int64 { closingMilliseconds[Int(jobs.from[job])] ?? 0 }

    /// Why a move can never start, whatever else moves.
    private func refusal(vm: Int, from source: Int, to destination: Int) -> Refusal.Reason? {
        let (near, far) = (packed.host(source), packed.host(destination))
        if poweredAtMilliseconds[source] == nil {
            let state = near.state.rawValue
            return .init(
                constraint: "hostState", hosts: [near.id], detail: "\(near.id) is \(state), no VM can leave it")
        }
        if opensAtMilliseconds[destination] == nil {
            return .init(
                constraint: "hostState", hosts: [far.id],
                detail: "\(far.id) takes no VMs: it is \(far.state.rawValue) and is not switched on")
        }
        if let refusal = packed.eligibility.refusal(vm: vm, host: destination, in: packed) {
            return .init(constraint: refusal.constraint, hosts: [far.id], detail: refusal.detail)
        }
        for link in links.links(from: source, to: destination) where links.slots[Int(link)] < 1 {
            return .init(
                constraint: "migrationsPerHost", hosts: [links.host(of: Int(link)) == source ? near.id : far.id],
                detail: "no move at all is allowed over \(links.name(of: Int(link)))")
        }
        return nil
    }

    // MARK: The start

    private static func initialLoad(of packed: PackedCluster) -> [Int64] {
        let columns = packed.dimensionCount
        var load = [Int64](repeating: 0, count: packed.hostCount * columns)
        for vm in 0..<packed.vmCount {
            let base = Int(packed.home[vm]) * columns
            for column in 0..<columns { load[base + column] += packed.load[vm * columns + column] }
        }
        return load
    }

    private static func openings(of request: ScheduleRequest) -> (opens: [Int64?], powered: [Int64?]) {
        let packed = request.packed
        var opens: [Int64?] = packed.takesVMs.map { $0 ? 0 : nil }
        var powered: [Int64?] = packed.cluster.hosts.map { $0.state == .on || $0.state == .maintenance ? 0 : nil }
        for host in request.powerOn {
            let boot = Milliseconds.roundedUp(packed.host(host).bootSeconds ?? packed.policy.defaults.bootSeconds)
            opens[host] = boot
            powered[host] = boot
        }
        for host in request.exitMaintenance { opens[host] = opens[host] ?? powered[host] ?? nil }
        return (opens, powered)
    }
}

/// The clock of schedules: whole milliseconds, so that sums and comparisons are exact.
enum Milliseconds {
    /// Beyond 10^12 seconds nothing is planned; larger values count as that.
    static func roundedUp(_ seconds: Double) -> Int64 {
        // A thousandth of a millisecond forgives the rounding of decimal fractions.
        Int64(max(0, min((seconds * 1000 - 0.001).rounded(.up), 1e15)))
    }

    /// The whole milliseconds that take at least so long; a thousandth forgives the rounding of sums.
    static func wholeAtLeast(_ milliseconds: Double) -> Int64 { Int64((milliseconds - 0.001).rounded(.up)) }

    static func roundedDown(_ seconds: Double) -> Int64 {
        Int64(max(0, min((seconds * 1000 + 0.001).rounded(.down), 1e15)))
    }

    static func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1000 }
}
