/// How far the transfer of a VM is, by the platform's counters.
public struct TransferProgress: Sendable, Hashable, Codable {
    /// Memory and local disk still to be sent, as far as is known now: what the guest rewrites adds to it.
    public let remainingBytes: Double
    /// The rate of the transfer.
    public let bytesPerSecond: Double
    /// How fast the guest rewrites memory that was sent; `nil`: not known (yet).
    public let dirtyBytesPerSecond: Double?
    /// The pass over the memory, from 1.
    public let round: Int
    /// The share of its time that the hypervisor takes from the guest to slow it down.
    public let throttleFraction: Double

    public init(
        remainingBytes: Double, bytesPerSecond: Double, dirtyBytesPerSecond: Double? = nil, round: Int,
        throttleFraction: Double = 0
    ) {
        self.remainingBytes = remainingBytes
        self.bytesPerSecond = bytesPerSecond
        self.dirtyBytesPerSecond = dirtyBytesPerSecond
        self.round = round
        self.throttleFraction = throttleFraction
    }

    /// How long the rest takes if nothing of it is rewritten; `nil` when nothing is being sent.
    public var remainingSeconds: Double? { bytesPerSecond > 0 ? remainingBytes / bytesPerSecond : nil }
}
