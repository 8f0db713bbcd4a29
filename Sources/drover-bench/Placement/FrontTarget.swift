/// What a number of moves is to reach on a cluster.
enum FrontTarget {
    /// hbal's CPU seconds over ours, for the same number of moves.
    static let cpuRatio = 50.0

    struct Spread {
        let memory: Double
        let cpu: Double

        func verdict(memory found: Double, cpu foundCPU: Double) -> String {
            let met = found <= memory && foundCPU <= cpu
            return "\(memory.fixed(3)), \(cpu.fixed(3)): \(met ? "met" : "missed")"
        }
    }

    struct Score {
        let most: Double

        func verdict(_ found: Double) -> String { "\(most.fixed(3)): \(found <= most ? "met" : "missed")" }
    }

    /// Standard deviations, both at once.
    static func spread(_ cluster: String, moves: Int?) -> Spread? {
        switch (cluster, moves) {
        case ("c20", 20): Spread(memory: 0.021, cpu: 0.018)
        case ("c20", 30): Spread(memory: 0.012, cpu: 0.006)
        case ("c20", 44): Spread(memory: 0.006, cpu: 0.002)
        default: nil
        }
    }

    /// hbal's score.
    static func score(_ cluster: String, moves: Int?) -> Score? {
        switch (cluster, moves) {
        case ("c20", 30): Score(most: 0.150)
        case ("c20", 44): Score(most: 0.118)
        case ("c20", 55): Score(most: 0.095)
        default: nil
        }
    }
}
