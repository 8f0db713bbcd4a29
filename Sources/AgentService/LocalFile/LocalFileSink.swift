import AgentWire

/// Writes batches into the agent's own file, and keeps them for a while when that fails (locked, disk full).
actor LocalFileSink: BatchSink {
    /// An hour at the usual pace. Kept in memory: some 20 KB each with 50 machines.
    private static let maxWaiting = 360

    private let file: LocalFile
    private let log: AgentLog
    private var waiting: [SampleBatch] = []
    private var droppedCount = 0
    private var isFailing = false

    init(file: LocalFile, log: AgentLog) {
        self.file = file
        self.log = log
    }

    func take(_ batch: SampleBatch) async {
        waiting.append(batch)
        await writeWaiting()
    }

    func finish() async {
        await writeWaiting()
        if !waiting.isEmpty { log.warning("\(waiting.count) batches could not be written and are lost") }
    }

    private func writeWaiting() async {
        while let next = waiting.first {
            do {
                try await file.write(next)
                waiting.removeFirst()
                if isFailing { log.note("the SQLite file takes samples again (\(droppedCount) batches were lost)") }
                (isFailing, droppedCount) = (false, 0)
            } catch {
                if !isFailing { log.warning("\(error): samples wait in memory") }
                isFailing = true
                if waiting.count > Self.maxWaiting {
                    waiting.removeFirst()
                    droppedCount += 1
                }
                return
            }
        }
    }
}
