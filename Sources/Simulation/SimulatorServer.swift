internal import Clocks
public import ClusterModel
internal import Execution
internal import Glibc

/// The simulated platform as a process of its own: it goes on moving VMs while Drover is dead.
///
/// One thread waits for calls and lets time pass; that thread is the caller's, so this belongs into a program of its
/// own.
public final class SimulatorServer {
    private let listener: Int32
    private let path: String
    private let speed: Double
    private let idleSeconds: Double?
    private let options: SimulationOptions
    private let recordFile: Int32?
    private var cluster: SimulatedCluster
    private let platformStart: Timestamp
    private let realStart: Double
    private var clients: [Int32: LineBuffer] = [:]
    private var calls = 0
    private var lastActive: Double

    /// Listens at once, so that whoever started this may connect when this returns.
    ///
    /// - Parameters:
    ///   - speed: platform seconds per real second.
    ///   - recordPath: where the platform's own record is appended, one JSON object a line; `nil`: nowhere.
    ///   - idleSeconds: real seconds without a connection or a step at work after which `run` returns; `nil`: never.
    public init(
        cluster: Cluster, options: SimulationOptions, socketPath: String, speed: Double, recordPath: String?,
        idleSeconds: Double? = nil
    ) throws(SocketError) {
        guard speed > 0, speed.isFinite, speed <= 1e6 else {
            throw SocketError("the speed is above 0 and at most 1000000, not \(speed)")
        }
        self.speed = speed
        self.options = options
        self.idleSeconds = idleSeconds
        self.cluster = SimulatedCluster(cluster: cluster, options: options)
        path = socketPath
        listener = try UnixSocket.listen(path: socketPath)
        recordFile = try Self.openRecord(recordPath, listener: listener)
        platformStart = self.cluster.now
        realStart = MonotonicClock.seconds()
        lastActive = realStart
    }

    private static func openRecord(_ path: String?, listener: Int32) throws(SocketError) -> Int32? {
        guard let path else { return nil }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let code = errno
            close(listener)
            throw SocketError("cannot append to \(path)", errno: code)
        }
        return descriptor
    }

    deinit {
        for descriptor in clients.keys { close(descriptor) }
        close(listener)
        unlink(path)
        if let recordFile { close(recordFile) }
    }

    /// Answers calls until it has been idle for long enough, or `shouldStop` says so (asked some 50 times a second).
    public func run(until shouldStop: () -> Bool = { false }) throws(SocketError) {
        while !shouldStop() && !isIdleForLong {
            var waiting = ([listener] + clients.keys.sorted()).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let ready = poll(&waiting, nfds_t(waiting.count), 20)
            if ready < 0, errno != EINTR { throw SocketError("poll", errno: errno) }
            letTimePass()
            try writeRecords()
            guard ready > 0 else { continue }
            for entry in waiting where entry.revents != 0 {
                if entry.fd == listener { accept() } else { try serve(entry.fd) }
            }
        }
    }

    private var isIdleForLong: Bool {
        guard let idleSeconds else { return false }
        return clients.isEmpty && cluster.nextMoment == nil && MonotonicClock.seconds() - lastActive > idleSeconds
    }

    private func letTimePass() {
        let real = MonotonicClock.seconds()
        cluster.advance(to: platformStart.adding(seconds: (real - realStart) * speed))
        if !clients.isEmpty { lastActive = real }
    }

    private func accept() {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        UnixSocket.setTimeout(descriptor, seconds: 5)
        clients[descriptor] = LineBuffer()
        lastActive = MonotonicClock.seconds()
    }

    private func drop(_ descriptor: Int32) {
        clients[descriptor] = nil
        close(descriptor)
    }

    private func serve(_ descriptor: Int32) throws(SocketError) {
        let bytes = UnixSocket.receive(from: descriptor)
        guard !bytes.isEmpty, var buffer = clients[descriptor] else { return drop(descriptor) }
        buffer.append(bytes)
        while let line = buffer.nextLine() {
            guard try answer(line, to: descriptor) else { return drop(descriptor) }
        }
        if buffer.isOverfull { return drop(descriptor) }
        clients[descriptor] = buffer
    }

    /// `false`: the connection is to be closed.
    private func answer(_ line: [UInt8], to descriptor: Int32) throws(SocketError) -> Bool {
        calls += 1
        var draws = NamedDraws(seed: options.seed, name: "call \(calls)")
        let isLost = draws.happens(options.faults.connectionLoss)
        if isLost, draws.happens(0.5) { return false }
        letTimePass()
        let response: WireResponse
        do throws(DriverError) {
            response = perform(try WireLine.decode(WireRequest.self, from: line))
        } catch {
            response = WireResponse(id: 0, at: cluster.now, speed: speed, error: error)
        }
        // What happened is on record before anybody is told.
        try writeRecords()
        if isLost { return false }
        do throws(DriverError) {
            return UnixSocket.send(try WireLine.encode(response), to: descriptor)
        } catch {
            return false
        }
    }

    private func perform(_ request: WireRequest) -> WireResponse {
        var response = WireResponse(id: request.id, at: cluster.now, speed: speed)
        do throws(DriverError) {
            switch request.call {
            case .capabilities: response.capabilities = cluster.capabilities
            case .now: break
            case .inventory: response.inventory = cluster.inventory
            case .begin: response.status = try cluster.begin(try Self.required(request.request, "request"))
            case .status: response.status = cluster.status(of: try Self.required(request.key, "key"))
            case .cancel: response.status = cluster.cancel(try Self.required(request.key, "key"))
            case .adjust:
                response.status = try cluster.adjust(
                    try Self.required(request.key, "key"), try Self.required(request.adjustment, "adjustment"))
            }
        } catch {
            response.error = error
        }
        return response
    }

    private static func required<Value>(_ value: Value?, _ name: String) throws(DriverError) -> Value {
        guard let value else { throw DriverError(code: .invalid, message: "the call needs \"\(name)\"") }
        return value
    }

    private func writeRecords() throws(SocketError) {
        let records = cluster.takeRecords()
        guard let recordFile else { return }
        for record in records {
            let line: [UInt8]
            do throws(DriverError) {
                line = try WireLine.encode(record)
            } catch {
                throw SocketError("the platform's record: \(error.message)")
            }
            guard write(recordFile, line, line.count) == line.count else {
                throw SocketError("cannot append to the platform's record", errno: errno)
            }
        }
    }
}
