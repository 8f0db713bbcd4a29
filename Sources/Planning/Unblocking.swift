import ClusterModel

/// A first word on what would change a refusal; `drover explain` goes further.
enum Unblocking {
    /// The constraint that refuses the most hosts decides.
    static func hint(for reasons: [Refusal.Reason]) -> String? {
        guard let reason = reasons.max(by: { $0.hosts.count < $1.hosts.count }) else { return nil }
        switch reason.constraint {
        case "cpu", "memory", "disk", "network", "localDisk":
            return "free room on one of \(reason.hosts.count) hosts, wake a sleeping host, or raise limits.\(reason.constraint)"
        case "antiAffinity", "affinity", "hostRule": return "make the rule soft (required: false), or change whom it names"
        case "datastore": return "connect a host to it, or move the data first"
        case "cpuModel", "architecture": return "give the guest a CPU model that more hosts have"
        case "hostState": return "bring one of the hosts \(reason.hosts.prefix(3).joined(separator: ", ")) into service"
        case "coolDown": return "wait until the cool-down is over, or lower coolDownSeconds"
        case "migratability": return "shut the VM down, or remove what ties it to its host"
        case "convergence", "downtime", "pause":
            return "allow another mode (modes), a longer pause (maxDowntimeMilliseconds), or use a faster migration link"
        default: return nil
        }
    }
}
