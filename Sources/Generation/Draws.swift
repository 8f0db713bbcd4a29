/// What is drawn from a generator. The standard library's own draws may change from one version to the next; these do
/// not, and use nothing of the C mathematics library, so that a seed means the same cluster on every machine.
extension RandomNumberGenerator {
    /// Uniform in 0..<1, a multiple of 2^-53.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform between the bounds.
    mutating func number(from low: Double, to high: Double) -> Double {
        low + (high - low) * unit()
    }

    /// Uniform in 0..<bound by multiplication (Lemire 2019); 0 when the bound is not positive. The bias, below
    /// bound / 2^64, is left in.
    mutating func index(below bound: Int) -> Int {
        guard bound > 0 else { return 0 }
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    /// An element of a list that must not be empty.
    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[index(below: list.count)]
    }

    /// An element of a list that must not be empty, by whole-number weights.
    mutating func pick<Element>(weighted list: [(element: Element, weight: Int)]) -> Element {
        var ticket = index(below: list.reduce(0) { $0 + $1.weight })
        for entry in list {
            if ticket < entry.weight { return entry.element }
            ticket -= entry.weight
        }
        return list[list.count - 1].element
    }

    /// The sum of four uniform numbers, shifted and scaled to mean 0 and standard deviation 1: near enough to a normal
    /// number for noise, and never beyond 3.5.
    mutating func noise() -> Double {
        let word = next()
        let sum = (word & 0xFFFF) + (word >> 16 & 0xFFFF) + (word >> 32 & 0xFFFF) + (word >> 48)
        // Four uniforms on 0..<65536 have mean 131070 and variance 4 * 65536^2 / 12.
        return (Double(sum) - 131_070) * (1 / 37837.2)
    }

    /// The list in random order (Fisher and Yates).
    mutating func shuffled<Element>(_ list: [Element]) -> [Element] {
        var result = list
        var end = result.count
        while end > 1 {
            let chosen = index(below: end)
            end -= 1
            result.swapAt(chosen, end)
        }
        return result
    }
}

extension Double {
    /// Rounded to thousandths, as a document shows it.
    var thousandths: Double { (self * 1000).rounded() / 1000 }
}
