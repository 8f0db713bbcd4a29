/// How far a duration strays from its prediction, as a factor with a median of 1 whose logarithm is normal.
///
/// Everything here is made of additions, multiplications, divisions and square roots, which round the same everywhere:
/// the mathematical library of a system would not be the same to the last bit.
enum LognormalSpread {
    /// How many standard deviations the 95th percentile of a normal distribution lies above its median.
    private static let deviationsOfP95 = 1.644_853_626_951_472

    /// Standard deviation of the logarithm, given by how much the 95th percentile exceeds the median; 0 for no more.
    static func deviation(median: Double, percentile95: Double?) -> Double {
        guard let percentile95, median > 0, percentile95 > median else { return 0 }
        return logarithm(percentile95 / median) / deviationsOfP95
    }

    /// A standard normal number: the sum of twelve uniform ones, less six, which has no tails beyond six deviations.
    static func normal(from random: inout some RandomNumberGenerator) -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += Double(random.next() >> 11) * 0x1p-53 }
        return sum
    }

    /// e to the power of a number between -50 and 50.
    static func exponential(_ value: Double) -> Double {
        let small = min(max(value, -50), 50) / 1024
        // The next term of the series is below 1e-16 for the largest argument.
        var power = 1 + small * (1 + small / 2 * (1 + small / 3 * (1 + small / 4 * (1 + small / 5 * (1 + small / 6)))))
        for _ in 0..<10 { power *= power }
        return power
    }

    /// The natural logarithm of a positive number.
    static func logarithm(_ value: Double) -> Double {
        var (root, scale) = (value, 2.0)
        while root > 1.01 || root < 0.99 {
            root = root.squareRoot()
            scale *= 2
        }
        let ratio = (root - 1) / (root + 1)
        let square = ratio * ratio
        return scale * ratio * (1 + square * (1.0 / 3 + square * (1.0 / 5 + square * (1.0 / 7 + square / 9))))
    }
}
