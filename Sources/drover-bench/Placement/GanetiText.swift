import ClusterModel

/// A cluster in the text format of Ganeti's htools: hosts of one model, shared storage, no rules.
struct GanetiText {
    /// Memory that Ganeti counts for the node itself; cluster documents leave it out.
    private static let nodeMebibytes: Int64 = 2048
    private static let mebibyte: Int64 = 1 << 20
    /// Bounds of an instance that are never reached, and a standard instance of 8 GiB and 2 vCPUs at ratio 8.
    private static let instancePolicy =
        "|8192,2,0,1,1,1|16,1,0,0,0,1;1048576,256,1048576,16,8,12|ext|8.0|1024.0"

    let cluster: Cluster

    /// The file for `-t`: nodes and instances, each on its host of a placement.
    func data(_ hostOfVM: [String: String]) -> String {
        var used: [String: Int64] = [:]
        for vm in cluster.vms { used[hostOfVM[vm.id] ?? "", default: 0] += vm.memoryBytes / Self.mebibyte }
        let nodes = cluster.hosts.enumerated().map { index, host in
            let memory = host.capacityMemoryBytes / Self.mebibyte
            let role = index == 0 ? "M" : "N"
            return
                "\(host.id)|\(memory + Self.nodeMebibytes)|\(Self.nodeMebibytes)|\(memory - used[host.id, default: 0])"
                + "|0|0|\(host.cpuCores.fixed(0))|\(role)|uuid-01|1||N|0|0|1.0"
        }
        let instances = cluster.vms.map { vm in
            "\(vm.id)|\(vm.memoryBytes / Self.mebibyte)|0|\(vm.vcpus)|running|Y|\(hostOfVM[vm.id] ?? "")||ext||1|-"
        }
        return [
            ["group-01|uuid-01|preferred||"], nodes, instances, ["htools:iextags:grp"],
            [Self.instancePolicy, "group-01" + Self.instancePolicy],
        ].map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    /// The file for `-U`: load of each instance on CPU, memory, disk and network as shares of a host.
    func utilisation() -> String {
        guard let host = cluster.hosts.first else { return "" }
        let memory = Double(host.capacityMemoryBytes + Self.nodeMebibytes * Self.mebibyte)
        return cluster.vms.map { vm in
            let shares = [
                vm.demand.cpuCores / host.capacityCores, Double(vm.memoryBytes) / memory,
                vm.demand.diskBytesPerSecond / (host.diskBytesPerSecond ?? 1e9),
                vm.demand.networkBitsPerSecond / (host.networkBitsPerSecond ?? 1e10),
            ]
            return ([vm.id] + shares.map { $0.fixed(5) }).joined(separator: " ") + "\n"
        }.joined()
    }
}
