/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014; the constants are
/// Sebastiano Vigna's, public domain): one word of state, so that each of 100,000 VMs can have a
/// stream of its own, and the same numbers on every machine.
///
/// The standard library's own generator cannot be seeded.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Every seed is a good one, 0 too.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in `0..<bound`, by multiplication (Lemire, "Fast Random Integer Generation in an Interval"); the bias
    /// of at most `bound / 2^64` does not matter to a search.
    public mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number in `0..<1`.
    public mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
