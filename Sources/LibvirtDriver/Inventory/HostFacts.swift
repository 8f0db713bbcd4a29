internal import ClusterModel
internal import Libvirt

/// What one host says of itself and of its domains.
struct HostFacts: Sendable {
    struct Domain: Sendable {
        let description: DomainDescription
        let state: DomainState
        let vcpus: Int
        let memoryBytes: Int64
        let lastMove: MoveMark?
        /// Disks on local storage, in bytes: they are copied along.
        let localDiskBytes: Int64
        let pools: [String]
        /// A medium on local storage that no other host has.
        let hasLocalMedium: Bool
    }

    let memoryBytes: Int64
    let cpus: Int
    let architecture: String?
    let cpuModel: String?
    let cpuFeatures: [String]
    let numaNodes: [NUMANode]
    let pools: StoragePools
    let networks: [String]
    let domains: [Domain]

    init(_ connection: LibvirtConnection, sharedPools: [String]) throws(LibvirtError) {
        let size = try connection.nodeSize()
        memoryBytes = size.memoryBytes
        cpus = size.cpus
        let root = try Self.parsed("capabilities", try connection.capabilitiesXML()) { (text) throws(XMLError) in
            try XMLReader.read(text)
        }
        let cpu = root.at("host", "cpu")
        architecture = cpu?.first("arch")?.value
        cpuModel = cpu?.first("model")?.value
        cpuFeatures = (cpu?.all("feature") ?? []).compactMap { $0["name"] }.sorted()
        numaNodes = Self.numaNodes(root)
        let poolXML = try connection.storagePoolXML()
        let pools = try Self.parsed("storage pools", poolXML) { (texts) throws(XMLError) in
            try StoragePools(xml: texts, sharedPools: sharedPools)
        }
        self.pools = pools
        networks = try connection.networkNames()
        var found: [Domain] = []
        for domain in try connection.domains() {
            do throws(LibvirtError) {
                found.append(try Self.domain(domain, pools))
            } catch {
                // It ended between the list and the question.
                if !error.isDomainGone { throw error }
            }
        }
        domains = found.sorted { $0.description.name < $1.description.name }
    }

    private static func parsed<Input, Value>(
        _ what: String, _ input: Input, _ body: (Input) throws(XMLError) -> Value
    ) throws(LibvirtError) -> Value {
        do throws(XMLError) { return try body(input) } catch {
            throw LibvirtError(code: 0, message: "\(what): \(error)")
        }
    }

    private static func numaNodes(_ root: XMLNode) -> [NUMANode] {
        let cells = root.at("host", "topology", "cells")?.all("cell") ?? []
        // One node is the host itself: nothing to say.
        guard cells.count > 1 else { return [] }
        return cells.map { cell in
            let kibibytes = cell.first("memory")?.value.flatMap { Int64($0) } ?? 0
            return NUMANode(cpuCores: Double(cell.first("cpus")?.all("cpu").count ?? 0), memoryBytes: kibibytes * 1024)
        }
    }

    private static func domain(_ domain: LibvirtDomain, _ pools: StoragePools) throws(LibvirtError) -> Domain {
        let description = try parsed("VM \(domain.name)", try domain.xml()) { (text) throws(XMLError) in
            try DomainDescription(xml: text)
        }
        let size = try domain.size()
        var shared: Set<String> = []
        var localBytes: Int64 = 0
        var hasLocalMedium = false
        for disk in description.disks {
            switch pools.place(of: disk) {
            case .anywhere: break
            case .shared(let pool): shared.insert(pool)
            case .local where disk.isReadOnly: hasLocalMedium = true
            case .local: localBytes += try domain.diskCapacityBytes(target: disk.target)
            }
        }
        return Domain(
            description: description, state: try domain.state(), vcpus: size.vcpus, memoryBytes: size.maxMemoryBytes,
            lastMove: try MoveMark.of(domain), localDiskBytes: localBytes, pools: shared.sorted(),
            hasLocalMedium: hasLocalMedium)
    }
}
