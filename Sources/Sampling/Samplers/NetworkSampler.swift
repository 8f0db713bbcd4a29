import AgentWire

/// Traffic over the host's network cards.
///
/// A card is what has a device beneath it in /sys: this leaves out loopback, bridges, bonds, VLANs, tunnels and the
/// ends of guests and containers, whose traffic a card carries too or that never leaves the host.
struct NetworkSampler: Sampler {
    static let path = "/proc/net/dev"

    private var throughput = ThroughputSum()

    mutating func sample(into round: inout SamplingRound) {
        guard let contents = round.readExpected(Self.path),
            let all = round.expectParsed(NetworkDevice.parse(contents), of: Self.path)
        else { return }
        var cards = all.filter { round.files.exists("/sys/class/net/\($0.name)/device") }
        if cards.isEmpty { cards = all.filter { NetworkDevice.hasNameOfCard($0.name) } }
        let devices = cards.map { ($0.name, $0.receivedBytes, $0.sentBytes) }
        guard let sum = throughput.perSecond(of: devices, into: &round, kind: "network card") else { return }
        round.host[.networkReceivedBitsPerSecond] = sum.inward * 8
        round.host[.networkSentBitsPerSecond] = sum.outward * 8
    }
}
