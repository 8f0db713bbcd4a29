internal import ClusterModel
internal import Execution

/// A step at work on the simulated platform. Its whole course is known from the start, and again after each
/// adjustment; time only reveals it.
struct SimulatedJob: Sendable {
    let key: StepKey
    /// As it was asked for.
    let action: StepAction
    let startedAt: Timestamp
    private(set) var course: Course
    /// What the migration may use of the links now.
    private(set) var bandwidthBitsPerSecond: Double
    /// Whether the VM runs at its destination already.
    var hasSwitched = false
    /// Set when it ended.
    var end: StepStatus?

    init(key: StepKey, action: StepAction, startedAt: Timestamp, course: Course) {
        self.key = key
        self.action = action
        self.startedAt = startedAt
        self.course = course
        if case .migrate(let move) = action {
            bandwidthBitsPerSecond = move.bandwidthBitsPerSecond
        } else {
            bandwidthBitsPerSecond = 0
        }
    }

    /// When it ends by itself; `nil`: it hangs, or never ends as things are.
    var endsAt: Timestamp? { course.endSeconds.map { startedAt.adding(seconds: $0) } }

    /// When the VM comes to run at the destination before the end; `nil`: it does not, or has.
    var switchesAt: Timestamp? {
        hasSwitched ? nil : course.switchSeconds.map { startedAt.adding(seconds: $0) }
    }

    /// The state at a moment before the end.
    func phase(at now: Timestamp) -> StepPhase { course.phase(at: now.seconds(since: startedAt)) }

    /// What happens when it ends by itself.
    func result(at now: Timestamp) -> StepStatus { course.result(startedAt: startedAt, now: now) }

    func objection(to adjustment: MigrationAdjustment, at now: Timestamp) -> String? {
        course.objection(to: adjustment, at: now.seconds(since: startedAt))
    }

    mutating func adjust(_ adjustment: MigrationAdjustment, at now: Timestamp) {
        if case .bandwidth(let bitsPerSecond) = adjustment { bandwidthBitsPerSecond = bitsPerSecond }
        course.adjust(adjustment, at: now.seconds(since: startedAt))
    }
}
