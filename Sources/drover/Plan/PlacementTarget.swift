import ClusterModel
import Documents

/// Reads where VMs shall be, for `drover plan place`.
enum PlacementTarget {
    static func goal(from path: String, on cluster: Cluster) throws -> Goal {
        .place(target: try target(from: path, on: cluster))
    }

    private static func target(from path: String, on cluster: Cluster) throws -> [String: String] {
        let name = Files.name(of: path)
        let bytes = try Files.read(path)
        let tree = try DocumentTree(bytes: bytes, name: name)
        guard case .object(let fields) = tree.value(0) else {
            throw Failure("\(name): found no object; allowed: VM and host as {\"vm7\": \"h03\"}, a cluster, a plan")
        }
        switch fields["format"] {
        case .string(Cluster.format): return known(try placement(bytes, name), on: cluster)
        case .string(Plan.format): return known(try reversed(bytes, name), on: cluster)
        default: return try pairs(fields, name)
        }
    }

    private static func placement(_ bytes: [UInt8], _ name: String) throws -> [String: String] {
        let wanted = try ClusterDocument.read(bytes, name: name).value
        let pairs = wanted.vms.filter { $0.state != .stopped }.compactMap { vm in vm.host.map { (vm.id, $0) } }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// Where the plan's VMs were before it.
    private static func reversed(_ bytes: [UInt8], _ name: String) throws -> [String: String] {
        let plan = try PlanDocument.read(bytes, name: name).value
        let moves = plan.steps.sorted { $0.startSeconds < $1.startSeconds }.compactMap(\.migration)
        return Dictionary(moves.map { ($0.vm, $0.from) }, uniquingKeysWith: { first, _ in first })
    }

    /// VMs that are gone, or stopped now, cannot be placed, and are said so.
    private static func known(_ target: [String: String], on cluster: Cluster) -> [String: String] {
        let running = Set(cluster.vms.filter { $0.state != .stopped }.map(\.id))
        let gone = target.keys.filter { !running.contains($0) }.sorted()
        if !gone.isEmpty {
            let more = gone.count > 5 ? " and \(gone.count - 5) more" : ""
            Terminal.note(
                "note: not running in the cluster any more, left out: \(gone.prefix(5).joined(separator: ", "))\(more)")
        }
        return target.filter { running.contains($0.key) }
    }

    private static func pairs(_ fields: [String: JSONValue], _ name: String) throws -> [String: String] {
        var target: [String: String] = [:]
        for (vm, host) in fields.sorted(by: { $0.key < $1.key }) {
            guard case .string(let host) = host else {
                throw Failure("\(name): \(vm): found \(JSONText.compact(host)), allowed: the id of a host")
            }
            target[vm] = host
        }
        return target
    }
}
