/// What the hypervisor and the guest's kernel add to a copy, whatever the guest's programs do. The one place of fitted
/// figures: ``LoopFit`` fits them to measured migrations.
public struct LoopConstants: Sendable, Hashable {
    static let mebibyte = 1_048_576.0

    /// Pages that a running guest's kernel rewrites all the time: its own hot set.
    public var kernelBytes: Double
    /// How fast it rewrites them.
    public var kernelBytesPerSecond: Double
    /// The guest stops although this much more is left than the pause allows: pages that were written between the
    /// hypervisor's last look at its bitmap and the stop.
    public var overshootBytes: Double
    /// How fast zero pages are found: each is read, most for the first time.
    public var zeroBytesPerSecond: Double

    public init(
        kernelBytes: Double, kernelBytesPerSecond: Double, overshootBytes: Double, zeroBytesPerSecond: Double
    ) {
        self.kernelBytes = kernelBytes
        self.kernelBytesPerSecond = kernelBytesPerSecond
        self.overshootBytes = overshootBytes
        self.zeroBytesPerSecond = zeroBytesPerSecond
    }

    /// QEMU 7.2 with Linux guests of 128 to 512 MiB: fitted on 22 pre-copy, 3 post-copy and 2 cold migrations by
    /// `drover-bench migrations`, and rounded (2.1 MiB, 0.47 MiB, 153 MiB/s; the
    /// first two are hardly determined by them, and stay near their first guess).
    public static let qemu = LoopConstants(
        kernelBytes: 2 * mebibyte, kernelBytesPerSecond: 2 * mebibyte, overshootBytes: 0.5 * mebibyte,
        zeroBytesPerSecond: 150 * mebibyte)
}
