import ClusterModel

/// Whether a host runs and takes VMs, and what a step does to that.
struct HostCondition: Sendable, Hashable {
    var isPowered: Bool
    var isInMaintenance: Bool
    var hasFailed: Bool

    init(_ state: Host.State) {
        isPowered = state == .on || state == .maintenance
        isInMaintenance = state == .maintenance
        hasFailed = state == .failed
    }

    /// Only hosts that are on take VMs.
    var takesVMs: Bool { isPowered && !isInMaintenance }

    /// Why the step cannot be done in this condition; `nil` when it can, and has been.
    mutating func apply(_ action: PlanStep.Action) -> String? {
        switch action {
        case .powerOn:
            if hasFailed { return "has failed" }
            if isPowered { return "is powered already" }
            isPowered = true
        case .powerOff:
            if !isPowered { return "is not powered" }
            isPowered = false
        case .enterMaintenance:
            if isInMaintenance { return "is in maintenance already" }
            isInMaintenance = true
        case .exitMaintenance:
            if !isInMaintenance { return "is not in maintenance" }
            isInMaintenance = false
        case .maintain:
            if takesVMs { return "is in service, not in maintenance" }
            // It ends when host and agent answer again, whatever was wrong before.
            isPowered = true
            hasFailed = false
        case .migrate, .wait: break
        }
        return nil
    }
}

extension PlanStep.Action {
    /// Whether VMs on the host would go down with it.
    var takesHostDown: Bool {
        switch self {
        case .powerOff, .maintain: true
        case .migrate, .powerOn, .enterMaintenance, .exitMaintenance, .wait: false
        }
    }
}
