import Dispatch

/// Runs blocking work (SQLite) on threads of its own, never on one of Swift's pool.
struct WorkQueue: Sendable {
    private let queue: DispatchQueue

    /// - Parameter isSerial: one after the other, as a single writer asks for.
    init(_ name: String, isSerial: Bool) {
        queue = DispatchQueue(label: "drover.server.\(name)", attributes: isSerial ? [] : .concurrent)
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
