/// What went wrong in the agent, for its operator.
public struct AgentError: Error, Sendable, Hashable {
    public enum Code: String, Sendable, Hashable {
        /// The command line.
        case usage
        case database
        case spool
        case server
        /// Settings and files that the agent needs before it can begin.
        case setup
    }

    public let code: Code
    public let message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

extension AgentError: CustomStringConvertible {
    public var description: String { message }
}
