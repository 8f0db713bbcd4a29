import ClusterModel

/// One VM on one path, with what the policy assumes of both.
struct Situation {
    let vm: VirtualMachine
    let bandwidthBitsPerSecond: Double
    /// Payload that the link leaves for memory, and before that for the disk.
    let bytesPerSecond: Double
    let diskWritesPerSecond: Double
    let handOverSeconds: Double
    /// The longest allowed pause of a move that is not cold.
    let limitSeconds: Double
    /// Whether the hot set and its rate are the policy's assumption.
    let isAssumed: Bool

    private let hotBytes: Double
    private let dirtyBytesPerSecond: Double
    private let setupSeconds: Double
    private let maxRounds: Int
    private let postCopyAfterPasses: Int

    init(vm: VirtualMachine, policy: Policy, bandwidthBitsPerSecond: Double) {
        self.vm = vm
        self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
        let payload = bandwidthBitsPerSecond * policy.migration.linkEfficiency / 8
        // Once a disk is mirrored, every write to it crosses the link too, until the guest has moved. How much of the
        // disk's load is writing is not known: all of it counts.
        diskWritesPerSecond = vm.localDiskBytes > 0 && vm.state == .running ? vm.demand.diskBytesPerSecond : 0
        bytesPerSecond = max(0, payload - diskWritesPerSecond)
        handOverSeconds = policy.migration.handOverMilliseconds / 1000
        limitSeconds = (vm.maxDowntimeMilliseconds ?? policy.maxDowntimeMilliseconds) / 1000
        setupSeconds = policy.migration.setupSeconds
        maxRounds = policy.migration.maxRounds
        postCopyAfterPasses = policy.migration.postCopyAfterPasses
        let memory = Double(vm.memoryBytes)
        // Measured by the hour only, and asked of no hour: the worst of them.
        let measured = vm.dirty ?? vm.dirtyProfile?.most
        isAssumed = measured == nil && vm.state == .running
        hotBytes = min(memory, measured?.hotBytes ?? memory * policy.migration.assumedHotFraction)
        dirtyBytesPerSecond = measured?.bytesPerSecond ?? policy.migration.assumedDirtyBytesPerSecond
    }

    /// A paused guest rewrites nothing, its kernel included.
    func parameters(limitSeconds: Double, throttle: Throttle? = nil) -> CopyParameters {
        let runs = vm.state == .running
        var parameters = CopyParameters(
            contentBytes: Double(vm.memoryBytes), hotBytes: runs ? hotBytes : 0,
            dirtyBytesPerSecond: runs ? dirtyBytesPerSecond : 0, guestRuns: runs, bytesPerSecond: bytesPerSecond,
            limitSeconds: limitSeconds, setupSeconds: setupSeconds, maxRounds: maxRounds)
        parameters.postCopyAfterPasses = postCopyAfterPasses
        parameters.throttle = throttle
        parameters.busyFraction = vm.vcpus > 0 ? vm.demand.cpuCores / Double(vm.vcpus) : 1
        return parameters
    }

    var diskSeconds: Double { vm.localDiskBytes > 0 ? Double(vm.localDiskBytes) / bytesPerSecond : 0 }

    /// A local disk is mirrored before the memory is copied; writes to it go to both ends until the guest has moved.
    func addingDisk(to copy: CopyOutcome) -> CopyOutcome {
        var outcome = copy
        outcome.durationSeconds += diskSeconds
        outcome.transferBytes += Double(vm.localDiskBytes) + diskWritesPerSecond * outcome.durationSeconds
        return outcome
    }

    /// The bandwidth from which on a pre-copy with so long a pause ends: the link is faster than the guest writes, or
    /// the hot set fits the pause.
    func convergingBitsPerSecond(_ parameters: CopyParameters) -> Double {
        let kernel = parameters.constants
        let outrun = parameters.dirtyBytesPerSecond + kernel.kernelBytesPerSecond
        let fits =
            parameters.limitSeconds > 0
            ? (parameters.hotBytes + kernel.kernelBytes) / parameters.limitSeconds : .infinity
        return (min(outrun, fits) + diskWritesPerSecond) / bytesPerSecond * bandwidthBitsPerSecond
    }

    var bandwidthText: String { Quantity.bitsPerSecond(bandwidthBitsPerSecond) }

    var diskOutrunsLinkText: String {
        "its local disk is written at up to \(Quantity.bytesPerSecond(diskWritesPerSecond)), as fast as "
            + "\(bandwidthText) carry: the mirror never catches up"
    }

    var assumptionText: String {
        "its dirtying was never measured: \(Quantity.bytes(hotBytes)) rewritten at "
            + "\(Quantity.bytesPerSecond(dirtyBytesPerSecond)) assumed"
    }
}
