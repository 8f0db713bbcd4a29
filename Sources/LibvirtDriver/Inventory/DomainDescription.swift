/// What a domain's XML says that matters to moving it.
struct DomainDescription: Sendable, Hashable {
    struct Disk: Sendable, Hashable {
        enum Source: Sendable, Hashable {
            /// No medium.
            case none
            /// A file or device of the host.
            case path(path: String)
            case volume(pool: String, name: String)
            /// Reached over a network by QEMU itself: any host reaches it.
            case network
        }

        let target: String
        let source: Source
        /// A CD-ROM or another medium that the guest does not write.
        let isReadOnly: Bool
    }

    let name: String
    let uuid: String
    /// `kvm`, `qemu`.
    let type: String
    let architecture: String
    let machine: String?
    let emulator: String?
    let cpu: XMLNode?
    let disks: [Disk]
    /// Virtual networks and bridges, sorted.
    let networks: [String]
    /// Devices and settings with which libvirt does not migrate it; empty: it can be.
    let obstacles: [String]

    init(xml: String) throws(XMLError) {
        let root = try XMLReader.read(xml)
        guard root.name == "domain", let name = root.first("name")?.value, let uuid = root.first("uuid")?.value else {
            throw XMLError(line: 1, message: "not a domain's description")
        }
        self.name = name
        self.uuid = uuid
        type = root["type"] ?? ""
        let os = root.at("os", "type")
        architecture = os?["arch"] ?? ""
        machine = os?["machine"]
        cpu = root.first("cpu")
        let devices = root.first("devices")
        emulator = devices?.first("emulator")?.value
        disks = (devices?.all("disk") ?? []).map(Self.disk)
        let interfaces = devices?.all("interface") ?? []
        networks = Set(interfaces.compactMap { $0.first("source")?["network"] ?? $0.first("source")?["bridge"] })
            .sorted()
        obstacles = Self.obstacles(root, devices)
    }

    private static func disk(_ node: XMLNode) -> Disk {
        let source = node.first("source")
        let device = node["device"] ?? "disk"
        let place: Disk.Source
        switch node["type"] {
        case "volume": place = .volume(pool: source?["pool"] ?? "", name: source?["volume"] ?? "")
        case "network", "nvme", "vhostuser": place = .network
        default: place = (source?["file"] ?? source?["dev"] ?? source?["dir"]).map { .path(path: $0) } ?? .none
        }
        return Disk(
            target: node.first("target")?["dev"] ?? "", source: place,
            isReadOnly: node.first("readonly") != nil || device == "cdrom" || device == "floppy")
    }

    private static func obstacles(_ root: XMLNode, _ devices: XMLNode?) -> [String] {
        var found: [String] = []
        for node in devices?.children ?? [] {
            switch node.name {
            case "hostdev":
                found.append("a device of the host is passed through (\(node["type"] ?? node["mode"] ?? "hostdev"))")
            case "interface" where node["type"] == "hostdev" && node.first("teaming") == nil:
                found.append("a network device of the host is passed through")
            case "filesystem": found.append("a folder of the host is shared with the guest")
            case "shmem" where node.at("model")?["type"] == "ivshmem-plain" && node["role"] != "master":
                found.append("memory is shared with other guests of the host")
            case "tpm" where node.first("backend")?["type"] == "passthrough":
                found.append("the host's TPM is passed through")
            default: break
            }
        }
        if let cpu = root.first("cpu") {
            if cpu["migratable"] == "off" { found.append("its CPU is the host's own, marked as not migratable") }
            let isClockFixed = root.at("clock")?.all("timer").contains { $0["name"] == "tsc" && $0["frequency"] != nil }
            if isClockFixed != true,
                cpu.all("feature").contains(where: { $0["name"] == "invtsc" && $0["policy"] == "require" })
            {
                found.append("it requires an invariant TSC of no fixed frequency")
            }
        }
        return found
    }
}
