public import ClusterModel
public import Execution
internal import FoundationEssentials
public import Simulation

/// Replays the platform's own record against the cluster it began with, with a reckoning of its own, and lists
/// everything that must never happen: a VM in two places or moved twice at once, a step begun twice, a host over
/// capacity with both ends counted, more moves than a host takes, a host switched off that is not empty.
public struct PlatformAudit: Sendable {
    private struct Move {
        var vm: String
        var from: String
        var to: String
    }

    public private(set) var violations: [String] = []
    /// Where each VM is by the record.
    public private(set) var place: [String: String] = [:]
    public private(set) var hostStates: [String: Host.State] = [:]
    /// How often each key was accepted as new.
    public private(set) var beginnings: [StepKey: Int] = [:]
    public private(set) var repeats = 0
    public private(set) var refusals = 0
    /// The largest number of migrations at once.
    public private(set) var mostMovesAtOnce = 0

    /// What each migration was adjusted by, in order.
    public private(set) var adjustments: [StepKey: [MigrationAdjustment]] = [:]
    /// Changes by others.
    public private(set) var interferences = 0
    /// VMs that run nowhere: stopped by others, dead with their host, or lost in post-copy.
    public private(set) var notRunning: Set<String> = []

    private let hosts: [String: Host]
    private var memory: [String: Int64]
    private var moving: [StepKey: Move] = [:]
    private var ended: [StepKey: StepStatus] = [:]

    public init(cluster: Cluster, records: [PlatformRecord]) {
        hosts = Dictionary(uniqueKeysWithValues: cluster.hosts.map { ($0.id, $0) })
        memory = Dictionary(uniqueKeysWithValues: cluster.vms.map { ($0.id, $0.memoryBytes) })
        for vm in cluster.vms { place[vm.id] = vm.host }
        for host in cluster.hosts { hostStates[host.id] = host.state }
        for record in records { replay(record) }
        for key in beginnings.keys.sorted(by: { $0.description < $1.description }) where ended[key] == nil {
            violations.append("\(key) never ended")
        }
    }

    /// Reads the file that a simulator wrote.
    public static func records(atPath path: String) throws -> [PlatformRecord] {
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        return try text.split(separator: "\n").map {
            try JSONDecoder().decode(PlatformRecord.self, from: Data($0.utf8))
        }
    }

    /// How a key ended.
    public func end(of key: StepKey) -> StepStatus? { ended[key] }

    private mutating func replay(_ record: PlatformRecord) {
        switch record.kind {
        case .begin:
            if let key = record.key, let action = record.action { begin(key, action) }
        case .ended:
            if let key = record.key, let action = record.action, let status = record.status { end(key, action, status) }
        case .repeated: repeats += 1
        case .refused: refusals += 1
        case .hostDied: if let host = record.host { die(host) }
        case .cancel: if let key = record.key { cancel(key) }
        case .adjusted: if let key = record.key, let adjustment = record.adjustment { adjust(key, adjustment) }
        case .switched: if let key = record.key, let move = moving[key] { place[move.vm] = move.to }
        case .outside: if let change = record.outside { interfere(change) }
        }
    }

    private mutating func adjust(_ key: StepKey, _ adjustment: MigrationAdjustment) {
        if adjustments[key, default: []].contains(adjustment) { violations.append("\(key): \(adjustment) twice") }
        if moving[key] == nil { violations.append("\(key) was adjusted and is no migration at work") }
        adjustments[key, default: []].append(adjustment)
    }

    private mutating func cancel(_ key: StepKey) {
        guard adjustments[key, default: []].contains(.postCopy) else { return }
        violations.append("\(key) was cancelled after post-copy")
    }

    private mutating func die(_ host: String) {
        hostStates[host] = .failed
        for (vm, place) in place where place == host { notRunning.insert(vm) }
    }

    private mutating func interfere(_ change: OutsideChange) {
        interferences += 1
        switch change {
        case .moved(let vm, let host): place[vm] = host
        case .stopped(let vm): notRunning.insert(vm)
        case .appeared(let vm, let host, _, _, let bytes):
            place[vm] = host
            memory[vm] = bytes
        case .removed(let vm):
            place[vm] = nil
            memory[vm] = nil
        case .enteredMaintenance(let host): hostStates[host] = .maintenance
        case .hostFailed: break
        }
    }

    private mutating func begin(_ key: StepKey, _ action: StepAction) {
        beginnings[key, default: 0] += 1
        if beginnings[key] != 1 { violations.append("\(key) was begun twice") }
        if key.attempt > 1, ended[StepKey(run: key.run, step: key.step, attempt: key.attempt - 1)] == nil,
            beginnings[StepKey(run: key.run, step: key.step, attempt: key.attempt - 1)] != nil
        {
            violations.append("\(key) was begun before the attempt before it ended")
        }
        switch action {
        case .migrate(let request):
            if place[request.vm] != request.from {
                violations.append("\(key): \(request.vm) is not on \(request.from)")
            }
            if moving.values.contains(where: { $0.vm == request.vm }) {
                violations.append("\(key): \(request.vm) is already on the move")
            }
            if hostStates[request.to] != .on { violations.append("\(key): \(request.to) is not on") }
            moving[key] = Move(vm: request.vm, from: request.from, to: request.to)
            mostMovesAtOnce = max(mostMovesAtOnce, moving.count)
            check(key, request.to)
            check(key, request.from)
        case .powerOff(let host), .maintain(let host, _):
            let touches = moving.values.contains { $0.from == host || $0.to == host }
            let holds = place.contains { $0.value == host && !notRunning.contains($0.key) }
            if holds || touches { violations.append("\(key): \(host) is not empty") }
        case .powerOn, .enterMaintenance, .exitMaintenance: break
        }
    }

    private mutating func check(_ key: StepKey, _ id: String) {
        guard let host = hosts[id] else { return violations.append("\(key): no host \(id)") }
        let held = memory.filter { vm, _ in
            let touches = moving.values.contains { $0.vm == vm && ($0.to == id || $0.from == id) }
            return !notRunning.contains(vm) && (place[vm] == id || touches)
        }
        let bytes = held.reduce(0) { $0 + $1.value }
        // What others put there is not Drover's doing; what it adds to that is.
        if bytes > host.capacityMemoryBytes, moving[key]?.to == id {
            violations.append("\(key): \(id) holds \(bytes) bytes")
        }
        let out = moving.values.count { $0.from == id }
        let into = moving.values.count { $0.to == id }
        if out > host.maxMigrationsOut ?? 2 { violations.append("\(key): \(out) moves out of \(id)") }
        if into > host.maxMigrationsIn ?? 2 { violations.append("\(key): \(into) moves into \(id)") }
    }

    private mutating func end(_ key: StepKey, _ action: StepAction, _ status: StepStatus) {
        if ended.updateValue(status, forKey: key) != nil { violations.append("\(key) ended twice") }
        if beginnings[key] == nil { violations.append("\(key) ended and was never begun") }
        let move = moving.removeValue(forKey: key)
        if case .failed(let failure) = status, failure.code == .machineLost, let move { notRunning.insert(move.vm) }
        guard case .succeeded = status else { return }
        switch action {
        case .migrate(let request): place[request.vm] = request.to
        case .powerOn(let host), .exitMaintenance(let host): hostStates[host] = .on
        case .powerOff(let host): hostStates[host] = .off
        case .enterMaintenance(let host): hostStates[host] = .maintenance
        case .maintain: break
        }
    }
}
