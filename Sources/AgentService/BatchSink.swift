import AgentWire

/// Where batches go.
protocol BatchSink: Sendable {
    /// Takes a batch for good, or throws. A batch that was taken and is offered again is taken once.
    func take(_ batch: SampleBatch) async throws
    /// Called at the end; gives the sink a moment to finish.
    func finish() async
}
