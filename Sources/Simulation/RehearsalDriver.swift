public import ClusterModel
public import Execution
internal import Synchronization

/// The simulated platform inside this process, on virtual time: for rehearsals, demos and fast tests.
///
/// `wait` moves the platform's clock; with a `speed` it also takes real time, so that a display can be followed.
public final class RehearsalDriver: PlatformDriver {
    private struct Content {
        var cluster: SimulatedCluster
        var records: [PlatformRecord] = []
        var calls = 0
    }

    private let content: Mutex<Content>
    private let speed: Double?
    private let options: SimulationOptions

    /// - Parameter speed: platform seconds per real second; `nil`: time jumps.
    public init(cluster: Cluster, options: SimulationOptions, speed: Double? = nil) {
        content = Mutex(Content(cluster: SimulatedCluster(cluster: cluster, options: options)))
        self.options = options
        self.speed = speed
    }

    /// All that was recorded so far, oldest first.
    public var records: [PlatformRecord] { content.withLock { $0.records } }

    /// Changes the platform behind Drover's back, as another administrator would.
    package func disturb(_ change: (inout SimulatedCluster) -> Void) {
        content.withLock { change(&$0.cluster) }
    }

    /// The same by a change that goes on record; `false`: the platform did not let it happen.
    package func change(_ change: OutsideChange) -> Bool {
        content.withLock { content in
            defer { content.records += content.cluster.takeRecords() }
            return content.cluster.change(change)
        }
    }

    public func capabilities() async throws(DriverError) -> DriverCapabilities {
        try call { (cluster) throws(DriverError) in cluster.capabilities }
    }

    public func now() async throws(DriverError) -> Timestamp {
        try call { (cluster) throws(DriverError) in cluster.now }
    }

    public func inventory() async throws(DriverError) -> PlatformInventory {
        try call { (cluster) throws(DriverError) in cluster.inventory }
    }

    public func begin(_ request: StepRequest) async throws(DriverError) -> StepStatus {
        try call { (cluster) throws(DriverError) in try cluster.begin(request) }
    }

    public func status(of key: StepKey) async throws(DriverError) -> StepStatus {
        try call { (cluster) throws(DriverError) in cluster.status(of: key) }
    }

    public func cancel(_ key: StepKey) async throws(DriverError) -> StepStatus {
        try call { (cluster) throws(DriverError) in cluster.cancel(key) }
    }

    public func adjust(_ key: StepKey, _ adjustment: MigrationAdjustment) async throws(DriverError) -> StepStatus {
        try call { (cluster) throws(DriverError) in try cluster.adjust(key, adjustment) }
    }

    public func wait(seconds: Double) async {
        if let speed, speed > 0 {
            let real = Duration.seconds(min(seconds / speed, 3600))
            // A cancelled sleep returns early, as the contract asks.
            do { try await Task.sleep(for: real) } catch {}
        } else {
            // A rehearsal never waits for anything real; others get their turn here.
            await Task.yield()
        }
        content.withLock { content in
            content.cluster.advance(to: content.cluster.now.adding(seconds: seconds))
            content.records += content.cluster.takeRecords()
        }
    }

    /// Makes a call, unless the dice break the connection before or after it.
    private func call<Value: Sendable>(
        _ body: (inout SimulatedCluster) throws(DriverError) -> Value
    ) throws(DriverError) -> Value {
        let answer: Result<Value, DriverError> = content.withLock { content in
            content.calls += 1
            var draws = NamedDraws(seed: options.seed, name: "call \(content.calls)")
            let isLost = draws.happens(options.faults.connectionLoss)
            let isBefore = draws.happens(0.5)
            let lost = DriverError(code: .unreachable, message: "the connection to the platform was lost")
            if isLost && isBefore { return .failure(lost) }
            defer { content.records += content.cluster.takeRecords() }
            do throws(DriverError) {
                let value = try body(&content.cluster)
                return isLost ? .failure(lost) : .success(value)
            } catch {
                return .failure(isLost ? lost : error)
            }
        }
        return try answer.get()
    }
}
