package import AgentWire
package import Sampling

/// Gives each round's samples their place in the agent's sequence of batches.
package struct BatchBuilder: Sendable {
    private let instance: String
    private let host: String
    private let cluster: String?
    private let bootID: String?
    private var sequence: UInt64 = 0

    package init(instance: String, host: String, cluster: String?, bootID: String?) {
        self.instance = instance
        self.host = host
        self.cluster = cluster
        self.bootID = bootID
    }

    /// `nil` when the round brought nothing at all.
    package mutating func batch(of round: CollectedRound) -> SampleBatch? {
        guard round.host != nil || !round.machines.isEmpty else { return nil }
        sequence += 1
        return SampleBatch(
            identity: BatchIdentity(agentInstance: instance, sequence: sequence), host: host, cluster: cluster,
            bootID: bootID, hostSamples: round.host.map { [$0] } ?? [], virtualMachineSamples: round.machines)
    }
}
