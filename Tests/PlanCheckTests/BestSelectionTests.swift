import PlanCheck
import Randomness
import TestSupport
import Testing

/// The choice of gains at the price of costs is the best there is.
@Suite struct BestSelectionTests {
    @Test func agreesWithTryingEverySelection() {
        for seed in UInt64(0)..<500 {
            var random = SplitMix64(seed: seed)
            let costs = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                Double(Int.random(in: 0...20, using: &random)) / 4
            }
            let choices = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                (
                    gain: Double(Int.random(in: 0...20, using: &random)) / 4,
                    needs: costs.indices.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                )
            }
            func worth(_ taken: [Int]) -> Double {
                let paid = Set(taken.flatMap { choices[$0].needs })
                return taken.reduce(0) { $0 + choices[$1].gain } - paid.reduce(0) { $0 + costs[$1] }
            }
            let best = (0..<1 << choices.count).map { choice in
                worth(choices.indices.filter { choice >> $0 & 1 == 1 })
            }.max()
            let solved = BestSelection(
                options: choices.map { BestSelection.Option(gain: $0.gain, needs: $0.needs) }, costs: costs
            ).solve()
            #expect(solved.worth == best, "seed \(seed)")
            #expect(worth(solved.taken) == solved.worth, "seed \(seed)")
        }
    }

    /// A chain in which each gain needs its own cost and the next one's: the longest paths there are.
    @Test func doesNotRunOutOfStack() {
        let count = 20_000
        let options = (0..<count).map { BestSelection.Option(gain: 1.5, needs: [$0, $0 + 1]) }
        let solved = BestSelection(options: options, costs: [Double](repeating: 1, count: count + 1)).solve()
        #expect(solved.worth == Double(count) * 0.5 - 1)
    }
}
