import ClusterModel

/// Makes the hosts of a cluster: models, racks, sites, what each reaches, and which are asleep.
struct HostFactory {
    let options: ClusterOptions
    let situation: Situation

    private static let siteNames = ["paris", "lyon", "lille", "brest", "nice", "metz", "dijon", "tours"]

    func hosts(using generator: inout some RandomNumberGenerator) -> [Host] {
        let states = states(using: &generator)
        let networksOfRack = (0..<rackCount).map { _ in networks(using: &generator) }
        return (0..<options.hosts).map { index in
            var host = bareHost(index: index, state: states[index], using: &generator)
            if situation.hasTopology {
                addTopology(to: &host, index: index, networks: networksOfRack[rack(of: index)], using: &generator)
            }
            return host
        }
    }

    /// Links of 10, 4 and 2 Gbit/s in turn between every two sites.
    var links: [Link] {
        guard situation.siteCount > 1 else { return [] }
        let rates = [1e10, 4e9, 2e9]
        var links: [Link] = []
        for first in 0..<situation.siteCount {
            for second in first + 1..<situation.siteCount {
                links.append(
                    Link(
                        first: .site(name: siteName(first)), second: .site(name: siteName(second)),
                        bitsPerSecond: rates[links.count % rates.count]))
            }
        }
        return links
    }

    // MARK: - One host

    private func bareHost(index: Int, state: Host.State, using generator: inout some RandomNumberGenerator) -> Host {
        let model = model(using: &generator)
        let id = identifier("h", index + 1, of: options.hosts)
        var host = Host(
            id: id, state: state, cpuCores: model.cpuCores, cpuSpeed: model.cpuSpeed, memoryBytes: model.memoryBytes,
            reservedMemoryBytes: model.reservedMemoryBytes, diskBytesPerSecond: model.diskBytesPerSecond,
            networkBitsPerSecond: model.networkBitsPerSecond, migrationBitsPerSecond: model.migrationBitsPerSecond,
            power: model.power)
        guard situation.hasTopology else { return host }
        host.maxMigrationsOut = model.maxMigrations
        host.maxMigrationsIn = model.maxMigrations
        host.architecture = "x86_64"
        host.cpuModel = model.cpuModel
        host.cpuFeatures = model.cpuFeatures
        host.numaNodes = model.numaNodes
        host.labels = ["tier": model.tier]
        host.bootSeconds = model.bootSeconds
        host.shutdownSeconds = model.shutdownSeconds
        if situation.localDiskShare > 0 { host.localDiskBytes = 4_000_000_000_000 }
        if generator.chance(situation.powerControlShare) {
            host.powerControl = powerControl(of: id, using: &generator)
        }
        return host
    }

    private func addTopology(
        to host: inout Host, index: Int, networks: [String], using generator: inout some RandomNumberGenerator
    ) {
        let rack = rack(of: index)
        let site = siteName(siteIndex(ofRack: rack))
        host.site = site
        if index >= situation.ownRackHosts { host.rack = "r\(rack + 1)" }
        if isInWindow(index: index) { host.labels["window"] = "tonight" }
        if options.hosts - index <= situation.openHosts { return }
        host.datastores = ["nfs-\(site)", "san-\(rack / 2 + 1)", "metro"]
        host.networks = networks
        if isInWindow(index: index) { host.datastores?.append("local-\(host.id)") }
    }

    private func model(using generator: inout some RandomNumberGenerator) -> HostModel {
        if !situation.hasTopology { return .plain }
        if situation.oneHostModel { return .medium }
        return generator.pick(weighted: [(HostModel.small, 3), (.medium, 5), (.large, 2)])
    }

    private func powerControl(of id: String, using generator: inout some RandomNumberGenerator) -> PowerControl {
        if generator.chance(0.7) {
            return PowerControl(kind: .redfish, url: "https://bmc-\(id).example/redfish/v1", credential: "lab-bmc")
        }
        return PowerControl(kind: .ipmi, url: "ipmi://bmc-\(id).example", credential: "lab-bmc")
    }

    private func networks(using generator: inout some RandomNumberGenerator) -> [String] {
        ["vlan10", "vlan20"] + ["vlan30", "vlan40"].filter { _ in generator.chance(0.6) }
    }

    // MARK: - Where

    private var rackSize: Int { max(2, min(16, options.hosts / 3)) }
    private var rackCount: Int { (options.hosts + rackSize - 1) / rackSize }
    private func rack(of index: Int) -> Int { index / rackSize }
    private func siteIndex(ofRack rack: Int) -> Int { rack * situation.siteCount / max(1, rackCount) }

    private func siteName(_ index: Int) -> String {
        index < Self.siteNames.count ? Self.siteNames[index] : "site\(index + 1)"
    }

    /// The window's hosts stand in the middle of the list; none of them is asleep or in maintenance.
    private func isInWindow(index: Int) -> Bool {
        guard situation.windowShare > 0 else { return false }
        let count = max(1, Int(Double(options.hosts) * situation.windowShare))
        let first = options.hosts / 2
        return index >= first && index < first + count
    }

    // MARK: - States

    /// At least one host is on, and more than half of them are.
    private func states(using generator: inout some RandomNumberGenerator) -> [Host.State] {
        var states = [Host.State](repeating: .on, count: options.hosts)
        let candidates = generator.shuffled((0..<options.hosts).filter { !isInWindow(index: $0) })
        let count = Double(options.hosts)
        let wanted: [(state: Host.State, count: Int)] = [
            (.maintenance, situation.maintenanceHosts), (.failed, situation.failedHosts),
            (.standby, Int((count * situation.asleepShare).rounded(.up))),
            (.off, Int((count * situation.offShare).rounded(.up))),
        ]
        var next = 0
        for (state, number) in wanted {
            for _ in 0..<number where next < candidates.count && next < (options.hosts - 1) / 2 {
                states[candidates[next]] = state
                next += 1
            }
        }
        return states
    }
}
