import ClusterModel

/// The document `drover.hosts/1`.
enum HostsShape {
    struct Document: Sendable {
        var format = HypervisorHosts.format
        var hosts = HypervisorHosts(name: "", hosts: [])
    }

    private static let blank = HypervisorHost(id: "", uri: "")

    static let shape = Shape<Document>.object(
        Document(),
        [
            .required("format", \.format, .constant(HypervisorHosts.format)),
            .required("name", \.hosts.name, .name, about: "The cluster's name."),
            .defaulted(
                "sharedPools", \.hosts.sharedPools, .names(), of: Document(),
                about: "Storage pools that several hosts reach although their type does not say so."),
            .required("hosts", \.hosts.hosts, host.list(minimumCount: 1)),
        ])

    private static let host = Shape<HypervisorHost>.object(blank, reach + capacity + place + energy)

    private static let reach: [Field<HypervisorHost>] = [
        .required("id", \.id, .name),
        .required("uri", \.uri, uri, about: "Where Drover reaches the host's libvirt."),
        .optional(
            "peerUri", \.peerURI, uri,
            about: "Where other hosts' libvirt reaches it; with it a migration to here survives Drover."),
        .optional(
            "migrationUri", \.migrationURI, uri, about: "Where other hypervisors send memory to; absent: by host name."),
        .defaulted("encryptsMigration", \.encryptsMigration, .flag, of: blank),
        .defaulted(
            "networks", \.networks, .names(), of: blank, about: "Bridges and other networks that libvirt does not list."
        ),
    ]

    private static let asItSays = "Absent: as the hypervisor says."

    private static let capacity: [Field<HypervisorHost>] = [
        .optional("cpuCores", \.cpuCores, .positive("cores"), about: asItSays),
        .defaulted("cpuSpeed", \.cpuSpeed, .positive("reference cores"), of: blank, about: "Of one core."),
        .optional(
            "memoryBytes", \.memoryBytes, .wholeBytes(isZeroAllowed: false),
            about: "\(asItSays) Given: all configured memory must fit into it."),
        .defaulted("reservedMemoryBytes", \.reservedMemoryBytes, .wholeBytes(), of: blank),
        .optional("diskBytesPerSecond", \.diskBytesPerSecond, .positive("bytes per second")),
        .optional("networkBitsPerSecond", \.networkBitsPerSecond, .positive("bits per second")),
        .optional("migrationBitsPerSecond", \.migrationBitsPerSecond, .positive("bits per second")),
        .optional("maxMigrationsOut", \.maxMigrationsOut, .count()),
        .optional("maxMigrationsIn", \.maxMigrationsIn, .count()),
    ]

    private static let place: [Field<HypervisorHost>] = [
        .optional("site", \.site, .name),
        .optional("rack", \.rack, .name),
        .defaulted("labels", \.labels, .labels, of: blank),
    ]

    private static let energy: [Field<HypervisorHost>] = [
        .optional("power", \.power, HostShape.power),
        .optional("bootSeconds", \.bootSeconds, .seconds),
        .optional("shutdownSeconds", \.shutdownSeconds, .seconds),
        .optional("powerControl", \.powerControl, HostShape.powerControl),
    ]

    /// Passwords do not belong into a URI: it stands in logs and on screens.
    private static let uri = Shape<String>.name.restricted(
        "a URI such as qemu+tls://host/system, without a password",
        schema: ["pattern": .string(value: "^[A-Za-z][A-Za-z0-9+.-]*:[^\\u0000-\\u0020\\u007f]*$")]
    ) { text in
        guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isASCII, first.isLetter else {
            return false
        }
        let scheme = text[..<colon]
        let isScheme = scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+.-".contains($0)) }
        let authority = text[text.index(after: colon)...].drop { $0 == "/" }.prefix { $0 != "/" && $0 != "?" }
        let user = authority.lastIndex(of: "@").map { authority[..<$0] } ?? ""
        return isScheme && !text.contains(" ") && !user.contains(":")
    }
}
