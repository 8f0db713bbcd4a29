internal import CLibvirt

/// How a migration is done: libvirt's flags.
public struct MigrationFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ flag: Int) { rawValue = UInt32(flag) }

    public static let live = MigrationFlags(CLV_MIGRATE_LIVE)
    public static let peerToPeer = MigrationFlags(CLV_MIGRATE_PEER2PEER)
    public static let persistDestination = MigrationFlags(CLV_MIGRATE_PERSIST_DEST)
    public static let undefineSource = MigrationFlags(CLV_MIGRATE_UNDEFINE_SOURCE)
    public static let copyDisks = MigrationFlags(CLV_MIGRATE_NON_SHARED_DISK)
    public static let abortOnError = MigrationFlags(CLV_MIGRATE_ABORT_ON_ERROR)
    public static let autoConverge = MigrationFlags(CLV_MIGRATE_AUTO_CONVERGE)
    public static let postCopy = MigrationFlags(CLV_MIGRATE_POSTCOPY)
    public static let postCopyResume = MigrationFlags(CLV_MIGRATE_POSTCOPY_RESUME)
    public static let tls = MigrationFlags(CLV_MIGRATE_TLS)
}

/// What a migration is told.
public struct MigrationParameters: Sendable, Hashable {
    /// Where the destination's hypervisor listens, such as `tcp://10.0.0.2`; `nil`: libvirt asks for the host's name.
    public var uri: String?
    public var mebibytesPerSecond: UInt64
    /// Whether the rate also holds while post-copy fetches memory.
    public var isPostCopy: Bool

    public init(uri: String?, mebibytesPerSecond: UInt64, isPostCopy: Bool) {
        self.uri = uri
        self.mebibytesPerSecond = mebibytesPerSecond
        self.isPostCopy = isPostCopy
    }
}

// Migration and its job. `migrate` blocks until the migration has ended; the other calls may be made meanwhile, from
// other threads and connections.
extension LibvirtDomain {
    /// Migrates under the management of this process: when it dies, the migration is aborted.
    ///
    /// Returning says that libvirt thinks it done; ask both ends where the domain is.
    public func migrate(
        to destination: LibvirtConnection, _ parameters: MigrationParameters, _ flags: MigrationFlags
    ) throws(LibvirtError) {
        let list = try ParameterList(parameters, connection.library)
        let moved = api.virDomainMigrate3(handle, destination.handle, list.first, list.count, flags.rawValue)
        guard let moved else { throw connection.library.lastError("migrating \(name)") }
        _ = api.virDomainFree(moved)
    }

    /// Migrates under the management of the source's libvirt, which reaches the destination's at `uri`.
    public func migrate(
        toURI uri: String, _ parameters: MigrationParameters, _ flags: MigrationFlags
    ) throws(LibvirtError) {
        let list = try ParameterList(parameters, connection.library)
        let all = flags.union(.peerToPeer).rawValue
        try checked("migrating", api.virDomainMigrateToURI3(handle, uri, list.first, list.count, all))
    }

    /// Asks to stop the job on the domain; libvirt refuses once post-copy has switched.
    public func abortJob() throws(LibvirtError) {
        try checked("stopping the migration of", api.virDomainAbortJob(handle))
    }

    public func setMaxDowntime(milliseconds: UInt64) throws(LibvirtError) {
        try checked(
            "setting the pause limit of", api.virDomainMigrateSetMaxDowntime(handle, max(1, milliseconds), 0))
    }

    public func setMaxSpeed(mebibytesPerSecond: UInt64) throws(LibvirtError) {
        try checked(
            "setting the bandwidth of", api.virDomainMigrateSetMaxSpeed(handle, UInt(max(1, mebibytesPerSecond)), 0))
    }

    /// Switches a migration that was begun with `.postCopy`.
    public func startPostCopy() throws(LibvirtError) {
        try checked("starting post-copy of", api.virDomainMigrateStartPostCopy(handle, 0))
    }

    /// The job at work on the domain, or the last one that ended here.
    public func job(completed: Bool = false) throws(LibvirtError) -> DomainJob {
        var kind: Int32 = 0
        var parameters: UnsafeMutablePointer<clv_typed_parameter>?
        var count: Int32 = 0
        let flags = completed ? CLV_DOMAIN_JOB_STATS_COMPLETED | CLV_DOMAIN_JOB_STATS_KEEP_COMPLETED : 0
        try checked(
            "asking for the job of", api.virDomainGetJobStats(handle, &kind, &parameters, &count, UInt32(flags)))
        defer { api.virTypedParamsFree(parameters, count) }
        return DomainJob(kind: kind, parameters: TypedParameter.list(parameters, count: count))
    }
}

/// Typed parameters as libvirt wants them.
private final class ParameterList {
    private(set) var first: UnsafeMutablePointer<clv_typed_parameter>?
    private var used: Int32 = 0
    private var room: Int32 = 0
    private let library: LibvirtLibrary

    var count: UInt32 { UInt32(used) }

    init(_ parameters: MigrationParameters, _ library: LibvirtLibrary) throws(LibvirtError) {
        self.library = library
        let rate = max(1, parameters.mebibytesPerSecond)
        try add(CLV_MIGRATE_PARAM_BANDWIDTH, rate)
        if parameters.isPostCopy { try add(CLV_MIGRATE_PARAM_BANDWIDTH_POSTCOPY, rate) }
        guard let uri = parameters.uri else { return }
        try library.checked(
            "setting up a migration",
            library.api.pointee.virTypedParamsAddString(&first, &used, &room, CLV_MIGRATE_PARAM_URI, uri))
    }

    deinit { library.api.pointee.virTypedParamsFree(first, used) }

    private func add(_ name: String, _ value: UInt64) throws(LibvirtError) {
        try library.checked(
            "setting up a migration",
            library.api.pointee.virTypedParamsAddULLong(&first, &used, &room, name, value))
    }
}
