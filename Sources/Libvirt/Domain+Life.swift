internal import CLibvirt
internal import Glibc

// State, description and metadata.
extension LibvirtDomain {
    public func state() throws(LibvirtError) -> DomainState {
        var state: Int32 = 0
        var reason: Int32 = 0
        try checked("asking for the state of", api.virDomainGetState(handle, &state, &reason, 0))
        return DomainState(state: state, reason: reason)
    }

    /// Whether its definition outlives it.
    public func isPersistent() throws(LibvirtError) -> Bool {
        try checked("asking about", api.virDomainIsPersistent(handle)) == 1
    }

    /// Memory that it is configured with and that its balloon leaves it, in bytes, and its virtual CPUs.
    public func size() throws(LibvirtError) -> (maxMemoryBytes: Int64, memoryBytes: Int64, vcpus: Int) {
        var info = clv_domain_info()
        try checked("asking for the size of", api.virDomainGetInfo(handle, &info))
        return (Int64(info.maxMem) * 1024, Int64(info.memory) * 1024, Int(info.nrVirtCpu))
    }

    /// The domain's description in XML, as it is now.
    public func xml() throws(LibvirtError) -> String {
        try connection.library.taken("reading the description of \(name)", api.virDomainGetXMLDesc(handle, 0))
    }

    /// The size of a disk as the guest sees it, in bytes.
    public func diskCapacityBytes(target: String) throws(LibvirtError) -> Int64 {
        var info = clv_domain_block_info()
        try checked("asking for disk \(target) of", api.virDomainGetBlockInfo(handle, target, &info, 0))
        return Int64(clamping: info.capacity)
    }

    /// The metadata element of that namespace; `nil` when there is none.
    public func metadata(namespace: String) throws(LibvirtError) -> String? {
        if let text = api.virDomainGetMetadata(handle, Int32(CLV_DOMAIN_METADATA_ELEMENT), namespace, 0) {
            defer { free(text) }
            return String(cString: text)
        }
        let error = connection.library.lastError("reading metadata of \(name)")
        if error.isCode(CLV_ERR_NO_DOMAIN_METADATA) { return nil }
        throw error
    }

    /// Replaces the metadata element of that namespace in the running domain; it moves with the domain.
    public func setMetadata(_ xml: String, prefix: String, namespace: String) throws(LibvirtError) {
        try checked(
            "marking",
            api.virDomainSetMetadata(
                handle, Int32(CLV_DOMAIN_METADATA_ELEMENT), xml, prefix, namespace, UInt32(CLV_DOMAIN_AFFECT_LIVE)))
    }

    public func suspend() throws(LibvirtError) { try checked("pausing", api.virDomainSuspend(handle)) }

    public func resume() throws(LibvirtError) { try checked("resuming", api.virDomainResume(handle)) }

    /// Forgets the definition; what firmware keeps of the guest stays.
    public func undefine() throws(LibvirtError) {
        try checked("undefining", api.virDomainUndefineFlags(handle, UInt32(CLV_DOMAIN_UNDEFINE_KEEP_NVRAM)))
    }

    /// Ends the domain's process at once; its definition stays.
    public func destroy() throws(LibvirtError) { try checked("destroying", api.virDomainDestroy(handle)) }
}
