internal import ClusterModel
internal import Dispatch
internal import Execution
internal import Libvirt
internal import Synchronization

/// The way to one host's libvirt: a connection that is made when it is needed and made anew when it broke, and a queue
/// of its own on which calls block.
final class HostLink: Sendable {
    /// A call that has not come back after so long counts as unanswered; the host's queue is left to itself meanwhile.
    static let patienceSeconds = 20.0
    /// A host whose connection is silent for `interval x count` seconds is taken for gone.
    static let keepAliveSeconds = 5
    static let keepAliveCount = 3

    let host: HypervisorHost
    private let library: LibvirtLibrary
    private let queue: DispatchQueue
    private let state = Mutex(State())

    private struct State {
        var connection: LibvirtConnection?
        /// Calls that were given up and have not come back.
        var overdue = 0
        /// Since when the host has not answered.
        var silentSince: ContinuousClock.Instant?
    }

    init(_ host: HypervisorHost, library: LibvirtLibrary) {
        self.host = host
        self.library = library
        queue = DispatchQueue(label: "drover.libvirt.\(host.id)")
    }

    /// How long the host has not answered; `nil` when it answered last time.
    var silence: Duration? { state.withLock { $0.silentSince.map { ContinuousClock.now - $0 } } }

    // MARK: - Calls

    /// Makes a call that only asks, or that may be made twice: when the connection broke, it is made again on a new
    /// one.
    func call<Value: Sendable>(
        _ body: @escaping @Sendable (LibvirtConnection) throws(LibvirtError) -> Value
    ) async throws(LibvirtError) -> Value {
        guard state.withLock({ $0.overdue == 0 }) else { throw unanswered }
        let answer: Result<Value, LibvirtError> = await withCheckedContinuation { continuation in
            let waiting = OnceFlag()
            queue.async {
                let result = self.answer(to: body)
                if waiting.close() {
                    continuation.resume(returning: result)
                } else {
                    self.state.withLock { $0.overdue -= 1 }
                }
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patienceSeconds) {
                guard waiting.close() else { return }
                self.state.withLock {
                    $0.overdue += 1
                    $0.silentSince = $0.silentSince ?? ContinuousClock.now
                }
                continuation.resume(returning: .failure(self.unanswered))
            }
        }
        return try answer.get()
    }

    private var unanswered: LibvirtError {
        LibvirtError(code: LibvirtError.noAnswer, message: "host \(host.id) does not answer")
    }

    /// Whether the host's hypervisor answers.
    func isAnswering() async -> Bool {
        do throws(LibvirtError) {
            _ = try await call { (connection) throws(LibvirtError) in try connection.nodeSize() }
            return true
        } catch {
            return false
        }
    }

    /// The same, blocking; for threads of Drover's own.
    func blocking<Value>(_ body: (LibvirtConnection) throws(LibvirtError) -> Value) throws(LibvirtError) -> Value {
        try answer(to: body).get()
    }

    private func answer<Value>(
        to body: (LibvirtConnection) throws(LibvirtError) -> Value
    ) -> Result<Value, LibvirtError> {
        for isLast in [false, true] {
            do throws(LibvirtError) {
                let connection = try connection()
                do throws(LibvirtError) {
                    let value = try body(connection)
                    state.withLock { $0.silentSince = nil }
                    return .success(value)
                } catch {
                    if !error.isConnectionTrouble || connection.isAlive {
                        state.withLock { $0.silentSince = nil }
                        return .failure(error)
                    }
                    forget(connection)
                    throw error
                }
            } catch {
                if isLast || !error.isConnectionTrouble {
                    state.withLock { $0.silentSince = $0.silentSince ?? ContinuousClock.now }
                    return .failure(error)
                }
            }
        }
        return .failure(unanswered)
    }

    private func connection() throws(LibvirtError) -> LibvirtConnection {
        if let open = state.withLock({ $0.connection }), open.isAlive { return open }
        let made = try newConnection()
        state.withLock { $0.connection = made }
        return made
    }

    private func forget(_ connection: LibvirtConnection) {
        state.withLock { if $0.connection === connection { $0.connection = nil } }
    }

    /// A connection of the caller's own, for a call that blocks for long.
    func newConnection() throws(LibvirtError) -> LibvirtConnection {
        let connection = try LibvirtConnection(library, uri: host.uri)
        // Local test drivers know no keep-alive; a host that is reached over a network does.
        do throws(LibvirtError) {
            try connection.setKeepAlive(intervalSeconds: Self.keepAliveSeconds, count: Self.keepAliveCount)
        } catch {
            guard error.isUnsupported else { throw error }
        }
        return connection
    }
}

/// Lets the first of two ends of a call answer.
private final class OnceFlag: Sendable {
    private let isOpen = Mutex(true)

    func close() -> Bool {
        isOpen.withLock { open in
            defer { open = false }
            return open
        }
    }
}
