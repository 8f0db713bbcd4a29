/// What a batch may cost at most before it is refused.
public struct WireLimits: Sendable, Hashable {
    /// Length of the encoded batch.
    public var maxBodyBytes: Int
    /// Memory that protobuf-c may take to unpack it: 1 MiB can unfold into 96 MB of empty messages.
    public var maxUnpackBytes: Int
    /// Host and machine samples together. With about 300 bytes a sample in Swift this bounds the rest of the memory.
    public var maxSamples: Int
    public var maxCPUs: Int
    /// Of each name, in UTF-8.
    public var maxTextBytes: Int
    /// Of each value; well within what fits an Int64, so that nobody downstream traps on a conversion.
    public var maxValue: Double
    /// Earliest and latest timestamp, milliseconds since 1970. A receiver that knows the time narrows it.
    public var timestampMilliseconds: ClosedRange<Int64>

    /// 1 MiB, 8 MiB unpacked, 10,000 samples, years 2000 to 2099.
    public static let standard = WireLimits(
        maxBodyBytes: 1 << 20, maxUnpackBytes: 8 << 20, maxSamples: 10_000, maxCPUs: 8192, maxTextBytes: 255,
        maxValue: 1e18, timestampMilliseconds: 946_684_800_000...4_102_444_799_999)

    public init(
        maxBodyBytes: Int, maxUnpackBytes: Int, maxSamples: Int, maxCPUs: Int, maxTextBytes: Int, maxValue: Double,
        timestampMilliseconds: ClosedRange<Int64>
    ) {
        self.maxBodyBytes = maxBodyBytes
        self.maxUnpackBytes = maxUnpackBytes
        self.maxSamples = maxSamples
        self.maxCPUs = maxCPUs
        self.maxTextBytes = maxTextBytes
        self.maxValue = maxValue
        self.timestampMilliseconds = timestampMilliseconds
    }
}
