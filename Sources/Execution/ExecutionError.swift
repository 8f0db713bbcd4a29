/// Why a run was not started, or had to be left. One clear message.
public struct ExecutionError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case planExpired
        case planNotApproved
        case planOfAnotherCluster
        /// The plan contradicts itself, or the checker found it wrong.
        case planInvalid
        /// The platform cannot do what the plan needs.
        case unsupported
        /// Another executor is at work on the cluster.
        case leaseHeld
        /// Another executor has taken over; this one has stopped.
        case leaseLost
        /// An earlier run on the cluster has not ended.
        case unfinishedRun
        /// There is no such run, or it has ended.
        case nothingToResume
        /// The platform did not answer for too long; the run can be resumed.
        case unreachable
        /// The task was cancelled; the run can be resumed.
        case interrupted
        /// The journal failed; nothing was done that is not written there.
        case journal
    }

    public let code: Code
    public let message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    init(_ error: JournalError) {
        switch error.code {
        case .leaseHeld: self.init(code: .leaseHeld, message: error.message)
        case .staleFence: self.init(code: .leaseLost, message: error.message)
        case .storage, .corrupt: self.init(code: .journal, message: error.message)
        }
    }
}

/// Runs `body` and turns what the journal throws into what the executor throws.
func journaled<Value>(
    _ body: () async throws(JournalError) -> Value
) async throws(ExecutionError) -> Value {
    do throws(JournalError) {
        return try await body()
    } catch {
        throw ExecutionError(error)
    }
}
