import AgentWire

/// Memory of the host from /proc/meminfo.
struct MemorySampler: Sampler {
    private static let path = "/proc/meminfo"

    mutating func sample(into round: inout SamplingRound) {
        guard let contents = round.readExpected(Self.path),
            let memory = round.expectParsed(MemoryInformation(parsing: contents), of: Self.path)
        else { return }
        round.host[.memoryTotalBytes] = Double(memory.totalBytes)
        round.host[.swapUsedBytes] = memory.swapUsedBytes.map { Double($0) }
        if let available = memory.availableBytes {
            round.host[.memoryAvailableBytes] = Double(available)
            round.host[.memoryUsedBytes] = Double(memory.totalBytes - available)
        }
    }
}
