public import ClusterModel
internal import Dispatch
public import Execution
internal import Glibc
internal import Synchronization

/// The driver `simulated`: a client of a `SimulatorServer` in another process.
///
/// A broken connection is made anew at the next call; the call during which it broke is `unreachable`. Calls block a
/// thread of their own, never one of Swift's pool.
public final class SimulatedDriver: PlatformDriver {
    private struct Connection {
        var descriptor: Int32?
        var buffer = LineBuffer()
        var nextID = 1
        /// As the simulator told last; until then real time is taken for platform time.
        var speed = 1.0
    }

    private let path: String
    private let connection = Mutex(Connection())
    private let queue = DispatchQueue(label: "drover.simulated-driver")
    /// Called between the sending of a call and the reading of its answer; for tests that kill the process there.
    private let onSent: (@Sendable (String) -> Void)?

    public convenience init(socketPath: String) {
        self.init(socketPath: socketPath, onSent: nil)
    }

    package init(socketPath: String, onSent: (@Sendable (String) -> Void)?) {
        path = socketPath
        self.onSent = onSent
    }

    deinit {
        connection.withLock { if let descriptor = $0.descriptor { close(descriptor) } }
    }

    public func capabilities() async throws(DriverError) -> DriverCapabilities {
        try Self.required(try await call(.capabilities).capabilities)
    }

    public func now() async throws(DriverError) -> Timestamp {
        try await call(.now).at
    }

    public func inventory() async throws(DriverError) -> PlatformInventory {
        try Self.required(try await call(.inventory).inventory)
    }

    public func begin(_ request: StepRequest) async throws(DriverError) -> StepStatus {
        try Self.required(try await call(.begin, request: request).status)
    }

    public func status(of key: StepKey) async throws(DriverError) -> StepStatus {
        try Self.required(try await call(.status, key: key).status)
    }

    public func cancel(_ key: StepKey) async throws(DriverError) -> StepStatus {
        try Self.required(try await call(.cancel, key: key).status)
    }

    public func adjust(_ key: StepKey, _ adjustment: MigrationAdjustment) async throws(DriverError) -> StepStatus {
        try Self.required(try await call(.adjust, key: key, adjustment: adjustment).status)
    }

    public func wait(seconds: Double) async {
        let speed = connection.withLock { $0.speed }
        // Looking more often than every 2 ms would only keep the simulator from its work.
        let real = Duration.seconds(min(max(0.002, seconds / speed), 3600))
        // A cancelled sleep returns early, as the contract asks.
        do { try await Task.sleep(for: real) } catch {}
    }

    private static func required<Value>(_ value: Value?) throws(DriverError) -> Value {
        guard let value else {
            throw DriverError(code: .invalid, message: "the simulator's answer lacks what was asked for")
        }
        return value
    }

    private func call(
        _ call: WireRequest.Call, request: StepRequest? = nil, key: StepKey? = nil,
        adjustment: MigrationAdjustment? = nil
    ) async throws(DriverError) -> WireResponse {
        let answer: Result<WireResponse, DriverError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(DriverError) {
                    let response = try self.exchange(call, request: request, key: key, adjustment: adjustment)
                    continuation.resume(returning: .success(response))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        let response = try answer.get()
        if let error = response.error { throw error }
        return response
    }

    /// One question and its answer, blocking.
    private func exchange(
        _ call: WireRequest.Call, request: StepRequest?, key: StepKey?, adjustment: MigrationAdjustment?
    ) throws(DriverError) -> WireResponse {
        try connection.withLock { (connection) throws(DriverError) in
            let message = WireRequest(
                id: connection.nextID, call: call, request: request, key: key, adjustment: adjustment)
            connection.nextID += 1
            let line = try WireLine.encode(message)
            let descriptor = try open(&connection)
            guard UnixSocket.send(line, to: descriptor) else { throw lose(&connection, "did not take the call") }
            onSent?(call.rawValue)
            while true {
                if let line = connection.buffer.nextLine() {
                    let response = try WireLine.decode(WireResponse.self, from: line)
                    connection.speed = response.speed > 0 ? response.speed : 1
                    return response
                }
                let bytes = UnixSocket.receive(from: descriptor)
                guard !bytes.isEmpty, !connection.buffer.isOverfull else {
                    throw lose(&connection, "closed the connection before it answered")
                }
                connection.buffer.append(bytes)
            }
        }
    }

    private func open(_ connection: inout Connection) throws(DriverError) -> Int32 {
        if let descriptor = connection.descriptor { return descriptor }
        do throws(SocketError) {
            let descriptor = try UnixSocket.connect(path: path)
            UnixSocket.setTimeout(descriptor, seconds: 10)
            connection.descriptor = descriptor
            connection.buffer = LineBuffer()
            return descriptor
        } catch {
            throw DriverError(code: .unreachable, message: "no simulator: \(error.message)")
        }
    }

    private func lose(_ connection: inout Connection, _ what: String) -> DriverError {
        if let descriptor = connection.descriptor { close(descriptor) }
        connection.descriptor = nil
        return DriverError(code: .unreachable, message: "the simulator at \(path) \(what)")
    }
}
