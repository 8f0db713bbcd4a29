import Randomness

/// Random numbers that turn "the best of these" into a draw by their Boltzmann weights.
///
/// Adding Gumbel noise times the temperature to every score and taking the best draws each candidate with the
/// probability that a heat bath gives it (Gumbel 1954; the "Gumbel-max trick"). The numbers are made once and read from
/// random places.
enum GumbelNoise {
    /// Places to begin at.
    static let places = 4096
    /// Numbers behind each place.
    static let width = 64

    static let table: [Float] = {
        var random = SplitMix64(seed: 0x9E37)
        return (0..<places + width).map { _ in
            // Half a step up: never the logarithm of 0.
            let fraction = (Double(random.next() >> 12) + 0.5) * 0x1p-52
            return Float(-logarithm(-logarithm(fraction)))
        }
    }()

    /// The natural logarithm by the series of the area hyperbolic tangent: the same bits on every machine, which the C
    /// library's `log` does not promise.
    static func logarithm(_ value: Double) -> Double {
        let ratio = (value.significand - 1) / (value.significand + 1)
        var (term, sum) = (ratio, 0.0)
        for index in 0..<18 {
            sum += term / Double(2 * index + 1)
            term *= ratio * ratio
        }
        return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3
    }
}
