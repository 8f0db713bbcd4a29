/// xoshiro256** 1.0 by David Blackman and Sebastiano Vigna (2018, public domain, https://prng.di.unimi.it): the source
/// of randomness of everything Drover generates. The standard library's own generator cannot be seeded.
///
/// Its four words are filled by SplitMix64, as its authors advise, so that every seed is a good one, 0 too.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var first: UInt64
    private var second: UInt64
    private var third: UInt64
    private var fourth: UInt64

    public init(seed: UInt64) {
        var mixer = SplitMix64(seed: seed)
        first = mixer.next()
        second = mixer.next()
        third = mixer.next()
        fourth = mixer.next()
    }

    public mutating func next() -> UInt64 {
        let result = Self.rotate(second &* 5, by: 7) &* 9
        let shifted = second << 17
        third ^= first
        fourth ^= second
        second ^= third
        first ^= fourth
        third ^= shifted
        fourth = Self.rotate(fourth, by: 45)
        return result
    }

    private static func rotate(_ word: UInt64, by bits: UInt64) -> UInt64 {
        (word << bits) | (word >> (64 - bits))
    }
}
