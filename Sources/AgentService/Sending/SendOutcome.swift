/// What became of an attempt to send a batch.
package enum SendOutcome: Sendable, Hashable {
    case accepted
    /// The server will never take this batch.
    case refused(reason: String)
    /// Nothing is wrong with the batch: it stays in the spool.
    case retry(reason: String, afterSeconds: Int?)

    /// What an answer means.
    ///
    /// A status that speaks of the way there and not of the batch (a wrong token, a wrong path, a proxy without its
    /// server) must not cost samples: those batches wait, and the operator reads the reason.
    package init(answer: HTTPAnswer) {
        let reason = Self.reason(of: answer)
        switch answer.status {
        case 200..<300: self = .accepted
        case 401, 403: self = .retry(reason: "the server does not accept the token (\(reason))", afterSeconds: nil)
        case 404, 405: self = .retry(reason: "no samples are taken at this address (\(reason))", afterSeconds: nil)
        case 408, 425, 429: self = .retry(reason: reason, afterSeconds: answer.retryAfterSeconds)
        case 400..<500: self = .refused(reason: reason)
        default: self = .retry(reason: reason, afterSeconds: answer.retryAfterSeconds)
        }
    }

    private static func reason(of answer: HTTPAnswer) -> String {
        let body = AgentLog.printable(String(decoding: answer.bodyStart, as: UTF8.self))
        return body.isEmpty ? "status \(answer.status)" : "status \(answer.status): \(body)"
    }
}
