public import ClusterModel

/// Predicts how long a VM takes to move over a path, how long it pauses, and which way is the best that is allowed.
///
/// Every byte of configured memory is taken to hold content: a guest that has run for long has touched most of it, and
/// a move that ends early harms nobody.
public struct MigrationModel: Sendable {
    /// Where nothing was measured, 95 of 100 migrations end within this many times their prediction (``Spread``).
    public static let spreadFactor = 1.32

    let policy: Policy
    /// What the cluster's own migrations say of the model.
    let correction: MigrationCorrection
    let capabilities: PlatformCapabilities

    public init(
        policy: Policy, correction: MigrationCorrection = .none, capabilities: PlatformCapabilities = .all
    ) {
        self.policy = policy
        self.correction = correction
        self.capabilities = capabilities
    }

    /// With what the cluster's document says of its own migrations and of the platform.
    public init(policy: Policy, cluster: Cluster) {
        self.init(
            policy: policy, correction: MigrationCorrection(cluster.extensions[MigrationCorrection.key]),
            capabilities: PlatformCapabilities(cluster.extensions[PlatformCapabilities.key]))
    }

    /// The best allowed way for this VM over a path of this bandwidth, or why there is none.
    ///
    /// Modes are tried in the order of the policy; the first that ends within the allowed pause is taken.
    public func choice(for vm: VirtualMachine, bandwidthBitsPerSecond: Double) -> MigrationChoice {
        if let refusal = refusal(of: vm, bandwidthBitsPerSecond: bandwidthBitsPerSecond) { return refusal }
        let situation = Situation(vm: vm, policy: policy, bandwidthBitsPerSecond: bandwidthBitsPerSecond)
        guard situation.bytesPerSecond > 0 else {
            return .refused(constraint: "convergence", detail: situation.diskOutrunsLinkText)
        }
        guard vm.migration == .live else { return coldChoice(situation) }
        var failures: [Failure] = []
        for mode in allowedModes {
            attempts: for throttle in mode == .live ? throttles : [nil] {
                switch attempt(mode, throttle: throttle, situation) {
                case .success(let outcome):
                    return .migrate(
                        prediction: prediction(mode, outcome, situation, throttle: throttle, after: failures))
                case .failure(let failure):
                    failures.append(failure)
                    // A slower guest makes no room in the pause.
                    if failure.constraint != "convergence" { break attempts }
                }
            }
        }
        guard let first = failures.first else { return noModeChoice }
        return .refused(constraint: first.constraint, detail: failures.map(\.detail).joined(separator: "; "))
    }

    /// The same for a move that begins at a moment: what the VM rewrites at that time of the day counts, where samples
    /// tell, and otherwise what it rewrites at any time.
    public func choice(
        for vm: VirtualMachine, bandwidthBitsPerSecond: Double, startingAt moment: Timestamp
    ) -> MigrationChoice {
        guard let profile = vm.dirtyProfile else {
            return choice(for: vm, bandwidthBitsPerSecond: bandwidthBitsPerSecond)
        }
        var then = vm
        // Two lookups are enough for nearly all: the second knows how long the move takes.
        then.dirty = profile.rate(at: moment)
        let first = choice(for: then, bandwidthBitsPerSecond: bandwidthBitsPerSecond)
        let seconds = first.prediction?.durationP95Seconds ?? profile.slotSeconds
        then.dirty = profile.rate(from: moment, lastingSeconds: seconds)
        return choice(for: then, bandwidthBitsPerSecond: bandwidthBitsPerSecond)
    }

    /// Ways for a VM that keeps running, in the policy's order.
    private var allowedModes: [MigrationMode] {
        policy.modes.filter { $0 != .cold && capabilities.modes.contains($0) }
    }

    /// Without slowing the guest first; then with it, where policy and platform allow.
    private var throttles: [Throttle?] {
        let settings = policy.migration
        guard settings.autoConverge, capabilities.autoConverge else { return [nil] }
        return [
            nil,
            Throttle(
                initialPercent: settings.throttleInitialPercent, incrementPercent: settings.throttleIncrementPercent),
        ]
    }

    private var noModeChoice: MigrationChoice {
        let listed = policy.modes.map(\.rawValue).joined(separator: ", ")
        let lacking = policy.modes.filter { $0 != .cold && !capabilities.modes.contains($0) }
        let words =
            lacking.isEmpty
            ? "hold none of live, postCopy, staged"
            : "hold no other than \(lacking.map(\.rawValue).joined(separator: ", ")), which the platform cannot do"
        return .refused(
            constraint: "migratability", detail: "it must keep running, and the policy's modes (\(listed)) \(words)")
    }

    private func refusal(of vm: VirtualMachine, bandwidthBitsPerSecond: Double) -> MigrationChoice? {
        if vm.migration == .none {
            return .refused(
                constraint: "migratability", detail: "it cannot move: \(vm.migrationReason ?? "no reason is given")")
        }
        if vm.state == .stopped {
            return .refused(constraint: "migratability", detail: "a stopped VM is not moved")
        }
        guard bandwidthBitsPerSecond > 0, bandwidthBitsPerSecond.isFinite else {
            return .refused(constraint: "bandwidth", detail: "there is no bandwidth between the two hosts")
        }
        return nil
    }
}
