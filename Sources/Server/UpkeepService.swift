import ClusterModel
import Logging
import ServiceLifecycle
import Store

/// Rolls samples up while the server runs, and takes away what is older than the policy keeps.
struct UpkeepService: Service {
    /// As often as five-minute values become complete.
    private static let rollUpSeconds = 300
    /// Retention with every twelfth roll-up: hourly.
    private static let retentionEvery = 12

    let store: StoreFile
    let policy: RetentionPolicy
    let logger: Logger
    let wallClock: @Sendable () -> Timestamp
    private let queue = WorkQueue("upkeep", isSerial: true)

    init(
        store: StoreFile, policy: RetentionPolicy, logger: Logger, wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.policy = policy
        self.logger = logger
        self.wallClock = wallClock
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                // A cancelled sleep means that the server stops: the loop's condition sees it.
                do { try await Task.sleep(for: .seconds(Self.rollUpSeconds)) } catch { return }
                round += 1
                await look(after: round)
            }
        }
    }

    private func look(after round: Int) async {
        let (store, policy, now) = (store, policy, wallClock())
        do {
            try await queue.run {
                for name in try store.clusterNames() {
                    let cluster = try store.cluster(named: name)
                    try cluster.rollUp()
                    if round.isMultiple(of: Self.retentionEvery) { _ = try cluster.applyRetention(policy, at: now) }
                }
            }
        } catch {
            logger.error("upkeep of \(store.path) failed and will be tried again: \(error)")
        }
    }
}
