import NIOCore

/// Sends what is in the spool, oldest first, one at a time.
struct Uploader: Sendable {
    let spool: Spool
    let connection: ServerConnection
    let options: ServerOptions
    let status: StatusFile
    let log: AgentLog
    let clocks: AgentClocks

    /// Sends until it is cancelled.
    func run() async {
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var news = SendingNews(server: options.address, log: log)
        var arrivals = spool.arrivals.makeAsyncIterator()
        while !Task.isCancelled {
            switch await sendOldest(&news) {
            case .sent: backoff.reset()
            case .nothing: _ = await arrivals.next()
            case .failed(let afterSeconds):
                let seconds = backoff.nextSeconds(atLeastSeconds: afterSeconds, using: &generator)
                await clocks.sleep(seconds: seconds)
            }
        }
    }

    /// At the end: sends what is left until the first failure.
    func drain() async {
        var news = SendingNews(server: options.address, log: log)
        while case .sent = await sendOldest(&news), !Task.isCancelled {}
    }

    private enum Step {
        case sent
        case nothing
        case failed(afterSeconds: Int?)
    }

    private func sendOldest(_ news: inout SendingNews) async -> Step {
        do {
            guard let batch = try await spool.oldest() else { return .nothing }
            let outcome = await send(batch)
            switch outcome {
            case .accepted:
                try await spool.remove(batch)
                news.accepted(waiting: await spool.count)
            case .refused(let reason):
                log.warning("\(options.address.authority) refused a batch, which is kept in the spool: \(reason)")
                try await spool.refuse(batch)
            case .retry(let reason, _):
                // A connection that was closed because the agent stops is no news.
                if !Task.isCancelled { news.failed(reason) }
            }
            await status.record(outcome, at: clocks.wallMilliseconds(), dropped: await spool.droppedCount)
            if case .retry(_, let afterSeconds) = outcome { return .failed(afterSeconds: afterSeconds) }
            return .sent
        } catch {
            news.failed("\(error)")
            return .failed(afterSeconds: nil)
        }
    }

    private func send(_ batch: SpooledBatch) async -> SendOutcome {
        do {
            let token = try TokenFile.read(options.tokenFile)
            return SendOutcome(answer: try await connection.post(batch.bytes, token: token))
        } catch {
            return .retry(reason: "\(error)", afterSeconds: nil)
        }
    }
}

/// Tells the operator when sending begins to fail, for another reason, or works again; not every time.
private struct SendingNews {
    let server: ServerAddress
    let log: AgentLog
    private var lastReason: String?

    init(server: ServerAddress, log: AgentLog) {
        self.server = server
        self.log = log
    }

    mutating func failed(_ reason: String) {
        if reason != lastReason { log.warning("\(server.authority): \(reason); batches wait in the spool") }
        lastReason = reason
    }

    mutating func accepted(waiting: Int) {
        if lastReason != nil { log.note("\(server.authority) takes batches again; \(waiting) more are waiting") }
        lastReason = nil
    }
}
