package import AgentWire
import NIOCore
import NIOPosix

/// Puts batches into the spool, from where they are sent.
package actor SpoolSink: BatchSink {
    /// What a stop may take for sending what is left; the rest stays in the spool for the next start.
    private static let finishSeconds = 5.0

    private let spool: Spool
    private let uploader: Uploader
    private let connection: ServerConnection
    private let group: MultiThreadedEventLoopGroup
    private let clocks: AgentClocks
    private let task: Task<Void, Never>

    package init(options: ServerOptions, log: AgentLog, clocks: AgentClocks) throws(AgentError) {
        // Wrong settings are told at the start, not with the first batch.
        _ = try TokenFile.read(options.tokenFile)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connection = try ServerConnection(options: options, group: group)
        let spool = try Spool(directory: options.spoolDirectory, maxBytes: options.spoolMaxBytes, log: log)
        let uploader = Uploader(
            spool: spool, connection: connection, options: options,
            status: StatusFile(path: StatusFile.path(inSpool: options.spoolDirectory), log: log), log: log,
            clocks: clocks)
        self.group = group
        self.connection = connection
        self.spool = spool
        self.clocks = clocks
        self.uploader = uploader
        task = Task { await uploader.run() }
    }

    package func take(_ batch: SampleBatch) async throws {
        try await spool.append(try batch.encoded())
    }

    package func finish() async {
        task.cancel()
        await task.value
        await withTaskGroup(of: Void.self) { [uploader, clocks] tasks in
            tasks.addTask { await uploader.drain() }
            tasks.addTask { await clocks.sleep(seconds: Self.finishSeconds) }
            _ = await tasks.next()
            tasks.cancelAll()
        }
        await connection.disconnect()
        await spool.close()
        do {
            try await group.shutdownGracefully()
        } catch {
            // The process ends anyway, and what was not sent is in the spool.
        }
    }
}
