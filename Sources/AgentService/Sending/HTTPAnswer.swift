/// A server's answer.
package struct HTTPAnswer: Sendable, Hashable {
    package let status: Int
    /// `Retry-After` in seconds, when the server gave one.
    package let retryAfterSeconds: Int?
    /// The beginning of the body: the reason of a refusal.
    package let bodyStart: [UInt8]

    package init(status: Int, retryAfterSeconds: Int?, bodyStart: [UInt8]) {
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
        self.bodyStart = bodyStart
    }
}
