public import PlanCheck

/// Why no plan was made at all. What could not be reached within a plan stands in its `refusals` instead.
public enum PlanningError: Error, Sendable, CustomStringConvertible {
    /// The goal names a host or VM that the cluster does not have.
    case unknown(kind: String, ids: [String])
    /// The goal asks for something that this version does not plan.
    case unsupported(goal: String)
    /// The independent checker refused the plan: an error in the planner, never the operator's.
    case broken(violations: [Violation])

    public var description: String {
        switch self {
        case .unknown(let kind, let ids):
            "the cluster has no \(kind) \(ids.map { "'\($0)'" }.joined(separator: ", "))"
        case .unsupported(let goal):
            "goal '\(goal)' needs more than a goal to be planned; allowed: balance, powerSave, evacuate, place, relocate"
        case .broken(let violations):
            "the plan breaks its own promises and is withheld (please report this with the cluster document): "
                + violations.prefix(5).map { "\($0)" }.joined(separator: "; ")
        }
    }
}
