internal import Clocks
internal import ClusterModel
internal import Libvirt

/// What domains use, from two looks at libvirt's counters.
struct DemandProbe: Sendable {
    /// One look at a host.
    struct Look: Sendable {
        let at: Double
        let domains: [String: DomainStatistics]
    }

    static func look(_ connection: LibvirtConnection) throws(LibvirtError) -> Look {
        let records = try connection.domainStatistics([.state, .cpu, .balloon, .interfaces, .disks], waiting: false)
        return Look(
            at: MonotonicClock.seconds(),
            domains: Dictionary(records.map { ($0.uuid, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    /// Demand between the looks; `nil` when the domain was not there at both, or began anew between them.
    static func demand(of uuid: String, _ first: Look, _ second: Look, coreSpeed: Double) -> Demand? {
        let seconds = second.at - first.at
        guard seconds > 0, let old = first.domains[uuid], let new = second.domains[uuid], old.id == new.id,
            let nanoseconds = difference(old, new, { $0 == "cpu.time" })
        else { return nil }
        func rate(_ suffixes: [String], prefix: String) -> Double {
            let bytes = difference(old, new) { name in
                name.hasPrefix(prefix) && suffixes.contains { name.hasSuffix($0) }
            }
            return (bytes ?? 0) / seconds
        }
        return Demand(
            cpuCores: nanoseconds / 1e9 / seconds * coreSpeed, memoryBytes: memory(new),
            diskBytesPerSecond: rate([".rd.bytes", ".wr.bytes"], prefix: "block."),
            networkBitsPerSecond: 8 * rate([".rx.bytes", ".tx.bytes"], prefix: "net."))
    }

    /// The growth of a sum of counters; `nil` when there is none of them, or one fell.
    private static func difference(
        _ old: DomainStatistics, _ new: DomainStatistics, _ isWanted: (String) -> Bool
    ) -> Double? {
        var sum = 0.0
        var isFound = false
        for parameter in new.parameters where isWanted(parameter.name) {
            guard let now = parameter.unsigned, let before = old[parameter.name]?.unsigned, now >= before else {
                return nil
            }
            sum += Double(now - before)
            isFound = true
        }
        return isFound ? sum : nil
    }

    /// What the guest says that it uses; else what it holds of the host, at most what it was given.
    private static func memory(_ record: DomainStatistics) -> Double {
        func bytes(_ name: String) -> Double? { record["balloon.\(name)"]?.unsigned.map { Double($0) * 1024 } }
        let given = bytes("current") ?? bytes("maximum") ?? 0
        if let available = bytes("available"), let usable = bytes("usable") ?? bytes("unused"), usable <= available {
            return min(given, available - usable)
        }
        return bytes("rss").map { min(given, $0) } ?? given
    }
}
