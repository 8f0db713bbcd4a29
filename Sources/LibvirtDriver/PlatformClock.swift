internal import ClusterModel
internal import Synchronization

/// The platform's time: the wall clock, which never goes back here when somebody sets it back.
final class PlatformClock: Sendable {
    private let wallClock: @Sendable () -> Timestamp
    private let newest = Mutex(Timestamp(millisecondsSinceEpoch: 0))

    init(_ wallClock: @escaping @Sendable () -> Timestamp) { self.wallClock = wallClock }

    func now() -> Timestamp {
        let time = wallClock()
        return newest.withLock { newest in
            newest = max(newest, time)
            return newest
        }
    }
}
