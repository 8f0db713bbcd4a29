/// A server's answer.
package struct HTTPAnswer: Sendable, Hashable {
    package let status: Int
    /// `Retry-After` in seconds, when the server gave one.
    package let retryAfterSeconds: Int?
    /// The beginning of the body: the reason of a refusal.
    package let bodyStart: [UInt8]
}
