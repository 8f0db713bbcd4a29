/// How long to wait after failures in a row: twice as long each time, and not all agents at once.
package struct Backoff: Sendable {
    /// From a second to two minutes: a server that is back is found soon, one that is away is left alone.
    private static let firstSeconds = 1.0
    private static let longestSeconds = 120.0

    private var failures = 0

    package init() {}

    package mutating func reset() { failures = 0 }

    /// The next wait, between half of it and all of it. `atLeastSeconds`: what the server asked for, up to an hour.
    package mutating func nextSeconds(
        atLeastSeconds: Int?, using generator: inout some RandomNumberGenerator
    ) -> Double {
        failures = min(failures + 1, 30)
        let full = min(Self.longestSeconds, Self.firstSeconds * Double(1 << (failures - 1)))
        let asked = Double(min(max(atLeastSeconds ?? 0, 0), 3600))
        return max(asked, full * Double.random(in: 0.5...1, using: &generator))
    }
}
