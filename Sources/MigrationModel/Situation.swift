import ClusterModel

/// One VM on one path, with what the policy assumes of both.
struct Situation {
    let vm: VirtualMachine
    let bandwidthBitsPerSecond: Double
    let bytesPerSecond: Double
    let handOverSeconds: Double
    /// The longest allowed pause of a move that is not cold.
    let limitSeconds: Double
    /// Whether the hot set and its rate are the policy's assumption.
    let isAssumed: Bool

    private let hotBytes: Double
    private let dirtyBytesPerSecond: Double
    private let setupSeconds: Double
    private let maxRounds: Int

    init(vm: VirtualMachine, policy: Policy, bandwidthBitsPerSecond: Double) {
        self.vm = vm
        self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
        bytesPerSecond = bandwidthBitsPerSecond * policy.migration.linkEfficiency / 8
        handOverSeconds = policy.migration.handOverMilliseconds / 1000
        limitSeconds = (vm.maxDowntimeMilliseconds ?? policy.maxDowntimeMilliseconds) / 1000
        setupSeconds = policy.migration.setupSeconds
        maxRounds = policy.migration.maxRounds
        let memory = Double(vm.memoryBytes)
        isAssumed = vm.dirty == nil && vm.state == .running
        hotBytes = min(memory, vm.dirty?.hotBytes ?? memory * policy.migration.assumedHotFraction)
        dirtyBytesPerSecond = vm.dirty?.bytesPerSecond ?? policy.migration.assumedDirtyBytesPerSecond
    }

    /// A paused guest rewrites nothing, its kernel included.
    func parameters(limitSeconds: Double) -> CopyParameters {
        let runs = vm.state == .running
        return CopyParameters(
            contentBytes: Double(vm.memoryBytes), hotBytes: runs ? hotBytes : 0,
            dirtyBytesPerSecond: runs ? dirtyBytesPerSecond : 0, guestRuns: runs, bytesPerSecond: bytesPerSecond,
            limitSeconds: limitSeconds, setupSeconds: setupSeconds, maxRounds: maxRounds)
    }

    var diskSeconds: Double { Double(vm.localDiskBytes) / bytesPerSecond }

    /// A local disk is mirrored before the memory is copied; writes to it meanwhile go to both ends.
    func addingDisk(to copy: CopyOutcome) -> CopyOutcome {
        var outcome = copy
        outcome.durationSeconds += diskSeconds
        outcome.transferBytes += Double(vm.localDiskBytes)
        return outcome
    }

    var bandwidthText: String { Quantity.bitsPerSecond(bandwidthBitsPerSecond) }

    var assumptionText: String {
        "its dirtying was never measured: \(Quantity.bytes(hotBytes)) rewritten at "
            + "\(Quantity.bytesPerSecond(dirtyBytesPerSecond)) assumed"
    }
}
