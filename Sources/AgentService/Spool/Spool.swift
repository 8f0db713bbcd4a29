import Glibc

/// A batch that waits in the spool.
package struct SpooledBatch: Sendable, Hashable {
    /// Its place in the queue: also its file's name.
    package let order: UInt64
    package let bytes: [UInt8]
}

/// A bounded queue of encoded batches in a directory, one file each, oldest first.
///
/// A batch is on the disk before it is sent and leaves it only after the server has taken it. A process that is killed
/// between the two sends it again; the server knows it by its identity. So each batch arrives exactly once.
package actor Spool {
    private let directory: String
    private let maxBytes: Int64
    private let log: AgentLog
    private var lock: SpoolLock?
    private var sizes: [UInt64: Int64] = [:]
    /// Ascending.
    private var orders: [UInt64] = []
    private var nextOrder: UInt64
    private var inFlight: UInt64?
    private(set) package var droppedCount = 0
    private let arrivalsContinuation: AsyncStream<Void>.Continuation
    /// Ticks after batches have arrived; ticks that nobody has taken yet are one.
    package nonisolated let arrivals: AsyncStream<Void>

    /// Opens the directory or makes it, for this process alone. What an earlier process left is sent first.
    package init(directory: String, maxBytes: Int64, log: AgentLog) throws(AgentError) {
        self.directory = directory
        self.maxBytes = maxBytes
        self.log = log
        for path in [directory] + SpoolCorner.allCases.map({ "\(directory)/\($0.rawValue)" }) {
            try DurableFile.makeDirectory(path)
        }
        lock = try SpoolLock(path: "\(directory)/lock")
        let contents = try SpoolContents(directory: directory)
        for name in contents.leftovers { try DurableFile.remove("\(directory)/\(name)") }
        sizes = contents.sizes
        orders = contents.sizes.keys.sorted()
        nextOrder = contents.highestOrder.addingReportingOverflow(1).partialValue
        (arrivals, arrivalsContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        if !orders.isEmpty { arrivalsContinuation.yield() }
    }

    package var count: Int { orders.count }
    package var byteCount: Int64 { sizes.values.reduce(0, +) }

    /// Puts a batch at the end. When there is no room the oldest batches are dropped, and counted.
    package func append(_ payload: [UInt8]) throws(AgentError) {
        let file = SpoolFormat.file(for: payload)
        let size = Int64(file.count)
        guard size <= maxBytes else {
            throw AgentError(
                code: .spool, message: "a batch of \(size) bytes is larger than the whole spool (\(maxBytes) bytes)")
        }
        try makeRoom(for: size)
        let order = nextOrder
        nextOrder += 1
        try DurableFile.write(file, to: path(order))
        sizes[order] = size
        orders.append(order)
        arrivalsContinuation.yield()
    }

    /// The batch to send next; files that are damaged are set aside on the way. It stays until `remove` or `refuse`.
    package func oldest() throws(AgentError) -> SpooledBatch? {
        while let order = orders.first {
            let file = try DurableFile.read(path(order), maxBytes: Int(clamping: maxBytes))
            if let payload = SpoolFormat.payload(of: file) {
                inFlight = order
                return SpooledBatch(order: order, bytes: payload)
            }
            log.warning("\(path(order)) is truncated or was altered; it is kept in \(directory)/damaged and not sent")
            try setAside(order, in: .damaged)
        }
        return nil
    }

    /// The server has taken the batch.
    package func remove(_ batch: SpooledBatch) throws(AgentError) {
        inFlight = nil
        try DurableFile.remove(path(batch.order))
        forget(batch.order)
    }

    /// The server will never take the batch: it is kept for a while to be looked at.
    package func refuse(_ batch: SpooledBatch) throws(AgentError) {
        inFlight = nil
        try setAside(batch.order, in: .refused)
    }

    /// Lets another process have the directory. Nothing may be done with the spool afterwards.
    package func close() {
        lock = nil
    }

    private func makeRoom(for size: Int64) throws(AgentError) {
        var free = maxBytes - byteCount
        // The batch under way may have been taken already: to drop it would be to count it wrongly.
        for order in orders where free < size && order != inFlight {
            try DurableFile.remove(path(order))
            free += sizes[order] ?? 0
            forget(order)
            droppedCount += 1
            // 1, 10, 100 ...: an outage of days must not fill the log too.
            if isPowerOfTen(droppedCount) {
                log.warning(
                    "the spool is full (\(maxBytes) bytes): \(droppedCount) of the oldest batches dropped so far")
            }
        }
    }

    private func setAside(_ order: UInt64, in corner: SpoolCorner) throws(AgentError) {
        try DurableFile.move(path(order), to: "\(directory)/\(corner.rawValue)/\(SpoolContents.fileName(order))")
        forget(order)
        let kept = try SpoolContents.orders(in: "\(directory)/\(corner.rawValue)")
        for old in kept.dropLast(SpoolCorner.maxFiles) {
            try DurableFile.remove("\(directory)/\(corner.rawValue)/\(SpoolContents.fileName(old))")
        }
    }

    private func forget(_ order: UInt64) {
        sizes[order] = nil
        orders.removeAll { $0 == order }
    }

    private func path(_ order: UInt64) -> String { "\(directory)/\(SpoolContents.fileName(order))" }

    private func isPowerOfTen(_ count: Int) -> Bool {
        var rest = count
        while rest >= 10, rest % 10 == 0 { rest /= 10 }
        return rest == 1
    }
}

/// Where batches go that are not sent.
enum SpoolCorner: String, CaseIterable {
    /// The server said that it will never take them.
    case refused
    case damaged

    /// Kept in each corner; older ones are deleted.
    static let maxFiles = 32
}

/// Keeps a second agent out of a spool, which would send everything twice.
private final class SpoolLock: Sendable {
    private let descriptor: Int32

    init(path: String) throws(AgentError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DurableFile.failure("open", path, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let errorNumber = errno
            close(descriptor)
            guard errorNumber != EWOULDBLOCK else {
                throw AgentError(code: .spool, message: "another drover-agent uses this spool (\(path) is locked)")
            }
            throw DurableFile.failure("lock", path, errorNumber)
        }
    }

    deinit { close(descriptor) }
}
