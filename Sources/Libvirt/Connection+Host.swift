internal import CLibvirt
internal import Glibc

// What a host is and has.
extension LibvirtConnection {
    /// Capabilities of the host in XML: architecture, CPU, NUMA nodes.
    public func capabilitiesXML() throws(LibvirtError) -> String {
        try library.taken("asking for the host's capabilities", library.api.pointee.virConnectGetCapabilities(handle))
    }

    /// The host's memory in bytes and its logical CPUs.
    public func nodeSize() throws(LibvirtError) -> (memoryBytes: Int64, cpus: Int) {
        var info = clv_node_info()
        try library.checked("asking for the host's size", library.api.pointee.virNodeGetInfo(handle, &info))
        return (Int64(info.memory) * 1024, Int(info.cpus))
    }

    /// Memory that could be given to a VM: free, and what caches would give back.
    public func availableMemoryBytes() throws(LibvirtError) -> Int64 {
        let api = library.api.pointee
        var count: Int32 = 0
        let all = Int32(CLV_NODE_MEMORY_STATS_ALL_CELLS)
        try library.checked("asking for free memory", api.virNodeGetMemoryStats(handle, all, nil, &count, 0))
        var fields = [clv_node_memory_stats](repeating: clv_node_memory_stats(), count: Int(count))
        try library.checked("asking for free memory", api.virNodeGetMemoryStats(handle, all, &fields, &count, 0))
        let kibibytes = fields.prefix(Int(count)).reduce(UInt64(0)) { sum, item in
            let name = withUnsafeBytes(of: item.field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            return ["free", "buffers", "cached"].contains(name) ? sum &+ item.value : sum
        }
        return Int64(clamping: kibibytes) * 1024
    }

    /// How a guest's CPU compares with what the host can give.
    public enum CPUComparison: Sendable, Hashable { case incompatible, compatible }

    /// Asks libvirt whether the host can give a guest this CPU.
    ///
    /// - Parameters:
    ///   - cpu: the `<cpu>` element of the guest's description.
    ///   - type: the domain's type: `kvm`, `qemu`.
    public func compare(
        cpu: String, emulator: String?, architecture: String, machine: String?, type: String
    ) throws(LibvirtError) -> CPUComparison {
        let answer = try library.checked(
            "comparing a guest's CPU",
            library.api.pointee.virConnectCompareHypervisorCPU(handle, emulator, architecture, machine, type, cpu, 0))
        return Int(answer) == CLV_CPU_COMPARE_INCOMPATIBLE ? .incompatible : .compatible
    }

    /// Descriptions of the active storage pools, in XML.
    public func storagePoolXML() throws(LibvirtError) -> [String] {
        let api = library.api.pointee
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let flags = UInt32(CLV_CONNECT_LIST_STORAGE_POOLS_ACTIVE)
        let count = try library.checked(
            "listing storage pools", api.virConnectListAllStoragePools(handle, &list, flags))
        let pools = (0..<Int(count)).compactMap { list?[$0] }
        defer {
            for pool in pools { _ = api.virStoragePoolFree(pool) }
            free(list)
        }
        return try pools.map { pool throws(LibvirtError) in
            try library.taken("reading a storage pool", api.virStoragePoolGetXMLDesc(pool, 0))
        }
    }

    /// Names of the active virtual networks.
    public func networkNames() throws(LibvirtError) -> [String] {
        let api = library.api.pointee
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let count = try library.checked(
            "listing networks",
            api.virConnectListAllNetworks(handle, &list, UInt32(CLV_CONNECT_LIST_NETWORKS_ACTIVE)))
        let networks = (0..<Int(count)).compactMap { list?[$0] }
        defer {
            for network in networks { _ = api.virNetworkFree(network) }
            free(list)
        }
        return networks.compactMap { api.virNetworkGetName($0).map { String(cString: $0) } }.sorted()
    }
}
