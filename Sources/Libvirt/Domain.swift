package import CLibvirt

/// A domain (VM) as one host's libvirt knows it. Calls block; see `LibvirtLibrary`.
public final class LibvirtDomain: Sendable {
    public let connection: LibvirtConnection
    public let name: String
    public let uuid: String
    nonisolated(unsafe) package let handle: OpaquePointer

    /// Takes a handle over; it is freed with this object.
    package init(_ connection: LibvirtConnection, taking handle: OpaquePointer) {
        self.connection = connection
        self.handle = handle
        // Both are stored in the handle; neither call can fail for one that libvirt gave out.
        name = connection.library.api.pointee.virDomainGetName(handle).map { String(cString: $0) } ?? ""
        uuid = Self.uuid(of: handle, connection.library) ?? ""
    }

    deinit { _ = api.virDomainFree(handle) }

    package var api: clibvirt_api { connection.library.api.pointee }

    static func uuid(of domain: OpaquePointer, _ library: LibvirtLibrary) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CLV_UUID_STRING_BUFLEN)) { buffer in
            guard let start = buffer.baseAddress, library.api.pointee.virDomainGetUUIDString(domain, start) == 0 else {
                return nil
            }
            return String(cString: start)
        }
    }

    @discardableResult
    package func checked(_ what: String, _ answer: Int32) throws(LibvirtError) -> Int32 {
        try connection.library.checked("\(what) \(name)", answer)
    }

    /// Whether something long is under way with it, such as a migration.
    public func hasJob() throws(LibvirtError) -> Bool {
        var (type, count): (Int32, Int32) = (0, 0)
        var parameters: UnsafeMutablePointer<clv_typed_parameter>?
        try checked("asking for the job of", api.virDomainGetJobStats(handle, &type, &parameters, &count, 0))
        api.virTypedParamsFree(parameters, count)
        return Int(type) != CLV_DOMAIN_JOB_NONE
    }

    /// How dirty memory is found.
    public enum DirtyRateMode: Sendable, Hashable {
        /// A few pages per GiB are looked at twice; safe with every hypervisor.
        case pageSampling
        /// Every page; needs KVM: QEMU 7.2 without KVM dies of it.
        case dirtyBitmap
    }

    /// Starts to measure how many distinct pages are written in so many seconds; the result appears among the
    /// `dirtyRate` statistics. Never on a domain in a migration.
    public func startDirtyRateCalculation(
        seconds: Int, mode: DirtyRateMode = .pageSampling
    ) throws(LibvirtError) {
        guard let start = api.virDomainStartDirtyRateCalc else {
            throw LibvirtError(
                code: Int32(CLV_ERR_NO_SUPPORT), message: "the installed libvirt cannot measure dirty rates (needs 7.2)"
            )
        }
        let flags =
            mode == .dirtyBitmap ? CLV_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP : CLV_DOMAIN_DIRTYRATE_MODE_PAGE_SAMPLING
        try checked("measuring the dirty rate of", start(handle, Int32(seconds), UInt32(flags)))
    }
}
