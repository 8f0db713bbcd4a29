import Placement

/// One run of the clock: which moves run, what is free, what is held at both ends. A value, so that a search can begin
/// again from the same start.
struct Run: Sendable {
    enum Status: UInt8, Sendable {
        case pending, running, done
        /// A second leg whose first has not ended.
        case waiting
        /// Goes by way of a station instead.
        case replaced
        case dropped
    }

    /// What keeps a move from starting, as one number: a link, room on a host, a domain of a rule, a host that is not
    /// open yet, spare capacity, or the time before which the VM does not move.
    typealias Obstacle = Int
    static let none: Obstacle = -1

    let work: Workload
    var jobs: JobTable
    var status: [Status]
    var startedAt: [Int64]
    var endedAt: [Int64]
    /// In which order moves started: breaks ties between those that started at one moment.
    var sequence: [Int32]
    var startedCount: Int32 = 0
    var pendingCount: Int
    var now: Int64 = 0
    var ends = EventHeap()
    /// Second legs that have become possible since the last dispatch.
    var released: [Int32] = []
    /// Links, hosts, domains that have become freer since the last dispatch.
    var freed: [Obstacle] = []
    var stations = 0
    /// Ways home of VMs that made room, held back for those that are to have it.
    private var returning: [Int32] = []
    var bannedFromStations: Set<Int32>

    private var bandwidthLeft: [Int64]
    private var slotsLeft: [Int32]
    private(set) var load: [Int64]
    private var members: [Int32]
    private(set) var isOpen: [Bool]
    private var isPowered: [Bool]
    private var spare: SpareGuard?

    init(work: Workload, bannedFromStations: Set<Int32> = []) {
        self.work = work
        self.bannedFromStations = bannedFromStations
        jobs = work.jobs
        let count = jobs.count
        status = jobs.previousLeg.map { $0 < 0 ? .pending : .waiting }
        startedAt = [Int64](repeating: 0, count: count)
        endedAt = [Int64](repeating: 0, count: count)
        sequence = [Int32](repeating: 0, count: count)
        pendingCount = status.count { $0 == .pending }
        bandwidthLeft = work.links.capacity
        slotsLeft = work.links.slots
        load = work.load
        members = work.separation.initial
        isOpen = work.opensAtMilliseconds.map { $0 == 0 }
        isPowered = work.poweredAtMilliseconds.map { $0 == 0 }
        spare = SpareGuard(workload: work)
        for host in work.request.powerOn {
            if let opens = work.opensAtMilliseconds[host], opens > 0 {
                ends.push(EventHeap.Event(time: opens, number: -Int32(host) - 1))
            }
        }
        for job in 0..<count where jobs.earliest[job] > 0 {
            let number = -Int32(work.hostCount) - jobs.vm[job] - 1
            ends.push(EventHeap.Event(time: jobs.earliest[job], number: number))
        }
    }

    var exactQuestions: Int { spare?.exactQuestions ?? 0 }

    // MARK: Obstacles

    func room(on host: Int) -> Obstacle { work.links.count + host }
    func domain(_ domain: Int) -> Obstacle { work.links.count + work.hostCount + domain }
    func opening(of host: Int) -> Obstacle { work.links.count + work.hostCount + members.count + host }
    var spareCapacity: Obstacle { work.links.count + 2 * work.hostCount + members.count }
    func time(of vm: Int32) -> Obstacle { spareCapacity + 1 + Int(vm) }
    var obstacleCount: Int { spareCapacity + 1 + work.packed.vmCount }

    /// Whether the time before which the VM does not move has not come.
    func isEarly(_ job: Int) -> Bool { jobs.earliest[job] > now }

    /// The first link without enough bandwidth or a free place.
    func linkObstacle(_ job: Int) -> Obstacle {
        let bandwidth = jobs.bandwidth[job]
        for index in jobs.linkRange(job) {
            let link = Int(jobs.links[index])
            if bandwidthLeft[link] < bandwidth || slotsLeft[link] < 1 { return link }
        }
        return Self.none
    }

    /// What keeps the move from starting now, spare capacity aside.
    func obstacle(_ job: Int) -> Obstacle {
        if isEarly(job) { return time(of: jobs.vm[job]) }
        let destination = Int(jobs.to[job])
        if !isOpen[destination] { return opening(of: destination) }
        if !isPowered[Int(jobs.from[job])] { return opening(of: Int(jobs.from[job])) }
        let link = linkObstacle(job)
        if link != Self.none { return link }
        if !hasRoom(for: Int(jobs.vm[job]), on: destination) { return room(on: destination) }
        for index in jobs.enteredRange(job) {
            let entered = Int(jobs.entered[index])
            if isFull(entered) { return domain(entered) }
        }
        return Self.none
    }

    func isFull(_ domain: Int) -> Bool { members[domain] >= work.separation.most[domain] }

    /// Whether the host is within its limits with the VM on it, in every dimension: one above a limit takes nobody.
    func hasRoom(for vm: Int, on host: Int) -> Bool {
        let columns = work.columns
        let (vmBase, hostBase) = (vm * columns, host * columns)
        for column in 0..<columns
        where load[hostBase + column] + work.packed.load[vmBase + column] > work.packed.limit[hostBase + column] {
            return false
        }
        return true
    }

    // MARK: Starting and ending

    /// Starts the move if nothing keeps it; otherwise says what does.
    mutating func start(_ job: Int) -> Obstacle {
        let found = obstacle(job)
        guard found == Self.none else { return found }
        let (vm, source, destination) = (jobs.vm[job], Int(jobs.from[job]), Int(jobs.to[job]))
        add(vm, to: destination, sign: 1)
        let endsAt = now + jobs.milliseconds[job]
        if spare?.allowsMove(of: vm, from: source, to: destination, endsAt: endsAt, load: load) == false {
            add(vm, to: destination, sign: -1)
            spare?.forget(destination, load: load)
            return spareCapacity
        }
        spare?.started(vm: vm, from: source, to: destination, endsAt: endsAt)
        for index in jobs.linkRange(job) {
            bandwidthLeft[Int(jobs.links[index])] -= jobs.bandwidth[job]
            slotsLeft[Int(jobs.links[index])] -= 1
        }
        for index in jobs.enteredRange(job) { members[Int(jobs.entered[index])] += 1 }
        status[job] = .running
        startedAt[job] = now
        endedAt[job] = endsAt
        sequence[job] = startedCount
        startedCount += 1
        pendingCount -= 1
        ends.push(EventHeap.Event(time: endedAt[job], number: Int32(job)))
        return Self.none
    }

    private mutating func add(_ vm: Int32, to host: Int, sign: Int64) {
        let columns = work.columns
        let (vmBase, hostBase) = (Int(vm) * columns, host * columns)
        for column in 0..<columns { load[hostBase + column] += sign * work.packed.load[vmBase + column] }
    }

    /// Moves the clock to the next end and lets everything end that ends then. `false` when nothing runs.
    mutating func advance() -> Bool {
        guard let first = ends.first else { return false }
        now = first.time
        freed.removeAll(keepingCapacity: true)
        while let event = ends.first, event.time == now, ends.pop() != nil {
            if event.number >= 0 { finish(Int(event.number)) } else { begin(Int(-(event.number + 1))) }
        }
        _ = releaseReturning(everywhere: false)
        return true
    }

    /// A host opens, or behind the hosts' numbers, the time of a VM has come.
    private mutating func begin(_ number: Int) {
        if number < work.hostCount { open(number) } else { freed.append(time(of: Int32(number - work.hostCount))) }
    }

    private mutating func open(_ host: Int) {
        isOpen[host] = true
        isPowered[host] = true
        freed.append(opening(of: host))
        if spare != nil, work.closingMilliseconds[host] == nil {
            spare?.opened(host, load: load)
            freed.append(spareCapacity)
        }
    }

    private mutating func finish(_ job: Int) {
        let source = Int(jobs.from[job])
        status[job] = .done
        add(jobs.vm[job], to: source, sign: -1)
        spare?.ended(vm: jobs.vm[job], from: source, to: Int(jobs.to[job]), load: load)
        for index in jobs.linkRange(job) {
            let link = Int(jobs.links[index])
            bandwidthLeft[link] += jobs.bandwidth[job]
            slotsLeft[link] += 1
            freed.append(link)
        }
        for index in jobs.leftRange(job) {
            members[Int(jobs.left[index])] -= 1
            freed.append(domain(Int(jobs.left[index])))
        }
        freed.append(room(on: source))
        if spare != nil { freed.append(spareCapacity) }
        let next = job + 1
        // A second leg stands directly behind its first.
        guard next < jobs.count, jobs.previousLeg[next] == job, status[next] == .waiting else { return }
        if comesBack(next) { returning.append(Int32(next)) } else { release(Int32(next)) }
    }

    private mutating func release(_ job: Int32) {
        status[Int(job)] = .pending
        pendingCount += 1
        released.append(job)
    }

    /// Whether this is the way home of a VM that was to stay.
    private func comesBack(_ job: Int) -> Bool { jobs.to[job] == work.packed.home[Int(jobs.vm[job])] }

    /// Lets VMs that made room come back: where nobody waits for that room any more, or everywhere.
    /// `false`: there were none.
    mutating func releaseReturning(everywhere: Bool) -> Bool {
        guard !returning.isEmpty else { return false }
        let wanted = everywhere ? [] : Set((0..<jobs.count).filter { status[$0] == .pending }.map { jobs.to[$0] })
        let free = returning.filter { !wanted.contains(jobs.to[Int($0)]) }
        returning.removeAll { !wanted.contains(jobs.to[Int($0)]) }
        for job in free { release(job) }
        return !free.isEmpty
    }

    // MARK: Way-stations

    /// Sends a VM by way of a station, in place of its move when it has one; the first leg starts now. `false`, and
    /// nothing changed, when it cannot.
    mutating func detour(_ job: Int?, first: JobTable.Row, second: JobTable.Row) -> Bool {
        let leg = append(first, as: .pending)
        pendingCount += 1
        guard start(leg) == Self.none else {
            removeLast()
            pendingCount -= 1
            return false
        }
        var following = second
        following.previousLeg = leg
        _ = append(following, as: .waiting)
        if let job {
            status[job] = .replaced
            pendingCount -= 1
        }
        stations += 1
        return true
    }

    private mutating func removeLast() {
        status.removeLast()
        startedAt.removeLast()
        endedAt.removeLast()
        sequence.removeLast()
        jobs.removeLast()
    }

    private mutating func append(_ row: JobTable.Row, as state: Status) -> Int {
        status.append(state)
        startedAt.append(0)
        endedAt.append(0)
        sequence.append(0)
        return jobs.append(row)
    }
}
