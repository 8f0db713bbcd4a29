/// How a plan is carried out.
public struct ExecutionPolicy: Sendable, Hashable {
    /// What is tried, in this order, when a migration falls behind its prediction or does not converge.
    public enum Rung: String, Sendable, Hashable, Codable, CaseIterable {
        /// Tells the hypervisor the VM's whole pause, without the margin, and `extraDowntimeMilliseconds` more.
        case raisePause
        /// Slows the guest down until it rewrites less than the link carries.
        case throttle
        /// Hands the guest over at once; only where the policy's `modes` allow post-copy.
        case postCopy
        /// Gives up what does not converge; what is merely slow has its time limit.
        case cancel
    }

    /// Migrations at once over the whole cluster.
    public var maxConcurrent: Int = 16
    /// Migrations begun in a minute; `nil`: as many as links and hosts allow.
    public var pacePerMinute: Double?
    /// A step that takes longer than its prediction times this, plus `timeoutSlackSeconds`, is cancelled.
    public var timeoutFactor: Double = 5
    public var timeoutSlackSeconds: Double = 60
    /// Tries after the first.
    public var retries: Int = 1
    public var retryDelaySeconds: Double = 5
    /// Failed steps after which nothing new is begun.
    public var failureBudget: Int = 3
    public var pollSeconds: Double = 1
    public var ladder: [Rung] = Rung.allCases
    /// A migration whose bytes left have not fallen over this many passes does not converge.
    public var stallRounds: Int = 3
    /// How long a rung is given to show an effect before the next is tried.
    public var rungSeconds: Double = 10
    /// How much longer than it allows a VM may stand still, once its migration is on the ladder.
    public var extraDowntimeMilliseconds: Double = 0
    /// How often what remains is planned anew when the plan's basis no longer holds; 0: never, all other steps go on.
    public var replan: Int = 0
    /// Whether the approval of the first plan holds for those made anew.
    public var replanUnderApproval: Bool = false
    /// With `replan`: steps skipped because the cluster has changed, from which on the basis no longer holds.
    public var skipBudget: Int = 3

    public init() {}
}
