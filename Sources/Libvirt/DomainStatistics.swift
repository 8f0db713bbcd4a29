internal import CLibvirt

/// Which groups of statistics are wanted.
public struct StatisticsGroups: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ flag: Int) { rawValue = UInt32(flag) }

    public static let state = StatisticsGroups(CLV_DOMAIN_STATS_STATE)
    public static let cpu = StatisticsGroups(CLV_DOMAIN_STATS_CPU_TOTAL)
    public static let balloon = StatisticsGroups(CLV_DOMAIN_STATS_BALLOON)
    public static let vcpus = StatisticsGroups(CLV_DOMAIN_STATS_VCPU)
    public static let interfaces = StatisticsGroups(CLV_DOMAIN_STATS_INTERFACE)
    public static let disks = StatisticsGroups(CLV_DOMAIN_STATS_BLOCK)
    public static let dirtyRate = StatisticsGroups(CLV_DOMAIN_STATS_DIRTYRATE)
}

/// The statistics of one domain, named as in libvirt's reference of `virConnectGetAllDomainStats` (`cpu.time`, ...).
public struct DomainStatistics: Sendable {
    public let name: String
    public let uuid: String
    /// Changes whenever the domain starts, also by an incoming migration.
    public let id: UInt32
    public let parameters: [TypedParameter]

    /// `nil` when the domain went away meanwhile.
    init?(_ library: LibvirtLibrary, _ record: clv_domain_stats_record) {
        guard let domain = record.dom, let name = library.api.pointee.virDomainGetName(domain),
            let uuid = LibvirtDomain.uuid(of: domain, library)
        else { return nil }
        self.name = String(cString: name)
        self.uuid = uuid
        id = library.api.pointee.virDomainGetID(domain)
        parameters = TypedParameter.list(record.params, count: record.nparams)
    }

    /// The value of that name.
    public subscript(name: String) -> TypedParameter? { parameters.first { $0.name == name } }
}
