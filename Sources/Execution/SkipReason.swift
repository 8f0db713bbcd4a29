public import ClusterModel

/// Why a step was not tried. A closed list, shown to the operator and counted.
public enum SkipReason: Sendable, Hashable, Codable {
    /// A step in its `after` failed or was skipped.
    case dependency(step: String)
    case machineGone(vm: String)
    case machineElsewhere(vm: String, host: String?)
    case machineNotRunning(vm: String)
    case hostGone(host: String)
    case hostState(host: String, state: Host.State)
    /// The destination lacks room by the newest state; `resource` is `cpu`, `memory`, `disk`, `network` or `localDisk`.
    case noRoom(host: String, resource: String)
    case rule(id: String)
    case hostNotEmpty(host: String, vms: [String])
    /// The rate or number of moves alone is above what the host or link has.
    case transferLimit(what: String)
    case spareCapacity
    case deadline
    /// Nothing new was begun any more.
    case stopped(reason: StopReason)
    case unsupported(what: String)

    /// One sentence without a full stop.
    public var text: String {
        switch self {
        case .dependency(let step): "needs step \(step), which was not done"
        case .machineGone(let vm): "VM \(vm) no longer exists"
        case .machineElsewhere(let vm, let host): "VM \(vm) is now on \(host ?? "no host")"
        case .machineNotRunning(let vm): "VM \(vm) is stopped"
        case .hostGone(let host): "host \(host) no longer exists"
        case .hostState(let host, let state): "host \(host) is now \(state.rawValue)"
        case .noRoom(let host, let resource): "host \(host) now lacks \(resource)"
        case .rule(let id): "rule \(id) would be broken now"
        case .hostNotEmpty(let host, let vms):
            "host \(host) still holds \(vms.prefix(3).joined(separator: ", "))\(vms.count > 3 ? " and others" : "")"
        case .transferLimit(let what): "never fits \(what)"
        case .spareCapacity: "would take spare capacity that is needed now"
        case .deadline: "would end after the plan's deadline"
        case .stopped(.failureBudget(let failures, let budget)):
            "the run stopped after \(failures) of \(budget) failures"
        case .stopped(.aborted(let by)): "the run was aborted by \(by)"
        case .stopped(.basisLost(let reason)): "to be planned anew: \(reason.text)"
        case .unsupported(let what): "the platform cannot do it: \(what)"
        }
    }

    /// Whether it says that the cluster is not as the plan assumed.
    var isDrift: Bool {
        switch self {
        case .machineGone, .machineElsewhere, .machineNotRunning, .hostGone, .hostState, .noRoom, .rule, .hostNotEmpty,
            .spareCapacity:
            true
        case .dependency, .transferLimit, .deadline, .stopped, .unsupported: false
        }
    }
}
