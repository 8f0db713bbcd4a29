internal import ClusterModel
internal import Execution
internal import Libvirt

/// The one blocking call that moves a VM, and how it is told to.
struct MigrationCall: Sendable {
    let record: StepRecord
    let move: MigrationRequest
    let source: HostLink
    let destination: HostLink

    /// libvirt counts bandwidth in MiB/s; rounded down, so that the plan's share of the link is kept.
    static func mebibytes(bitsPerSecond: Double) -> UInt64 {
        UInt64(max(1, min(bitsPerSecond / 8 / 1_048_576, 1e9)))
    }

    /// libvirt counts pauses in whole milliseconds.
    static func milliseconds(_ milliseconds: Double) -> UInt64 { UInt64(max(1, min(milliseconds, 1e9))) }

    /// Post-copy must be prepared before the migration begins, also when it may only be asked for later.
    private var mayUsePostCopy: Bool { move.mode == .postCopy || move.adjustments.contains(.postCopy) }

    /// Whether the source's libvirt manages the migration, so that it survives Drover.
    var isPeerToPeer: Bool { destination.host.peerURI != nil }

    var flags: MigrationFlags {
        var flags: MigrationFlags = [.abortOnError]
        if move.mode != .cold { flags.insert(.live) }
        if mayUsePostCopy { flags.insert(.postCopy) }
        // QEMU cannot be told to throttle later. With the flag it begins to when passes stop shrinking, by its own
        // steps of 20 % and then 10 %.
        if move.adjustments.contains(.throttle) || move.autoConverge != nil { flags.insert(.autoConverge) }
        if record.isPersistent { flags.formUnion([.persistDestination, .undefineSource]) }
        if record.copiesDisks { flags.insert(.copyDisks) }
        if destination.host.encryptsMigration { flags.insert(.tls) }
        return flags
    }

    /// The pause that QEMU is told before anything is adjusted. A staged move is stopped by Drover, after full passes:
    /// QEMU itself must not end it within one.
    var firstPauseMilliseconds: UInt64 {
        move.mode == .staged ? 1 : Self.milliseconds(move.maxDowntimeMilliseconds)
    }

    /// Blocks until libvirt says that the migration has ended. What it says is no proof.
    func run(recovering: Bool = false) throws(LibvirtError) {
        let connection = try source.newConnection()
        guard let domain = try connection.domain(named: move.vm), domain.uuid == record.uuid else {
            throw LibvirtError(code: LibvirtError.noDomain, message: "VM \(move.vm) is no longer on host \(move.from)")
        }
        if !recovering { try domain.setMaxDowntime(milliseconds: firstPauseMilliseconds) }
        let parameters = MigrationParameters(
            uri: destination.host.migrationURI,
            mebibytesPerSecond: Self.mebibytes(bitsPerSecond: move.bandwidthBitsPerSecond),
            isPostCopy: mayUsePostCopy)
        let flags = recovering ? flags.union(.postCopyResume) : flags
        if let peer = destination.host.peerURI {
            try domain.migrate(toURI: peer, parameters, flags)
        } else {
            try domain.migrate(to: try destination.newConnection(), parameters, flags)
        }
    }
}
