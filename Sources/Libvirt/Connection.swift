internal import CLibvirt
internal import Glibc

/// A connection to one host's libvirt. Calls block; see `LibvirtLibrary`.
public final class LibvirtConnection: Sendable {
    public let library: LibvirtLibrary
    public let uri: String
    /// libvirt locks inside: a handle may be used from several threads at once.
    nonisolated(unsafe) package let handle: OpaquePointer

    /// Opens a connection; `uri` is one of libvirt's, such as `qemu:///system`, `qemu+tls://host/system`.
    ///
    /// - Parameter isReadOnly: for callers that only look.
    public init(_ library: LibvirtLibrary, uri: String, isReadOnly: Bool = false) throws(LibvirtError) {
        let opened =
            isReadOnly ? library.api.pointee.virConnectOpenReadOnly(uri) : library.api.pointee.virConnectOpen(uri)
        guard let opened else { throw library.lastError("connecting to \(uri)") }
        self.library = library
        self.uri = uri
        handle = opened
    }

    deinit { _ = library.api.pointee.virConnectClose(handle) }

    /// Has the connection closed when the host has not answered `count` times in a row; needs the event loop.
    public func setKeepAlive(intervalSeconds: Int, count: Int) throws(LibvirtError) {
        try library.checked(
            "keeping \(uri) alive",
            library.api.pointee.virConnectSetKeepAlive(handle, Int32(intervalSeconds), UInt32(count)))
    }

    /// Whether the connection is open; says nothing about the next call.
    public var isAlive: Bool { library.api.pointee.virConnectIsAlive(handle) == 1 }

    /// The hypervisor's version, counted like the library's.
    public func hypervisorVersion() throws(LibvirtError) -> Int {
        var version: UInt = 0
        try library.checked(
            "asking for the hypervisor's version", library.api.pointee.virConnectGetVersion(handle, &version))
        return Int(version)
    }

    /// The version of the libvirt at the other end.
    public func libvirtVersion() throws(LibvirtError) -> Int {
        var version: UInt = 0
        try library.checked(
            "asking for libvirt's version", library.api.pointee.virConnectGetLibVersion(handle, &version))
        return Int(version)
    }

    public func hostName() throws(LibvirtError) -> String {
        try library.taken("asking for the host's name", library.api.pointee.virConnectGetHostname(handle))
    }

    /// All domains, or the active ones alone, in libvirt's order.
    public func domains(active: Bool = false) throws(LibvirtError) -> [LibvirtDomain] {
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let flags = UInt32(active ? CLV_CONNECT_LIST_DOMAINS_ACTIVE : 0)
        let count = try library.checked(
            "listing domains", library.api.pointee.virConnectListAllDomains(handle, &list, flags))
        defer { free(list) }
        return (0..<Int(count)).compactMap { list?[$0] }.map { LibvirtDomain(self, taking: $0) }
    }

    /// The domain of that name; `nil` when the host has none.
    public func domain(named name: String) throws(LibvirtError) -> LibvirtDomain? {
        if let found = library.api.pointee.virDomainLookupByName(handle, name) {
            return LibvirtDomain(self, taking: found)
        }
        let error = library.lastError("looking for domain \(name)")
        if error.isCode(CLV_ERR_NO_DOMAIN) { return nil }
        throw error
    }

    /// Statistics of all active domains at once.
    ///
    /// - Parameter waiting: whether to wait for domains on which another operation is at work; without it their records
    ///   hold less.
    public func domainStatistics(
        _ groups: StatisticsGroups, waiting: Bool = false
    ) throws(LibvirtError) -> [DomainStatistics] {
        var list: UnsafeMutablePointer<UnsafeMutablePointer<clv_domain_stats_record>?>?
        let flags =
            UInt32(CLV_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE)
            | (waiting ? 0 : UInt32(CLV_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT))
        let count = try library.checked(
            "reading statistics",
            library.api.pointee.virConnectGetAllDomainStats(handle, groups.rawValue, &list, flags))
        defer { library.api.pointee.virDomainStatsRecordListFree(list) }
        return (0..<Int(count)).compactMap { list?[$0] }.compactMap { DomainStatistics(library, $0.pointee) }
    }
}
