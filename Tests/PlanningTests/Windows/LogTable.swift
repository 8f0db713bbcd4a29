import Foundation
import Randomness
import TestSupport

/// Chances for tests, from the system's mathematical library.
enum LogTable {
    static func logarithm(_ value: Double) -> Double { log(value) }
    static func exponential(_ value: Double) -> Double { exp(value) }

    /// Box and Muller.
    static func normal(_ random: inout SplitMix64) -> Double {
        let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude...1, using: &random))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }
}
