import ClusterModel
import Placement

/// Why a VM went where it went, and why another one stays: the goal's own measure in words.
enum ChoiceWords {
    /// The runner-up that the plan recorded for a move; `nil` when it recorded none.
    static func runnerUp(of step: PlanStep) -> String? {
        guard case .object(let fields)? = step.extensions["choice"], case .string(let name)? = fields["measure"],
            let kind = GoalMeasure.Kind(rawValue: name), let score = fields["score"]?.double,
            let migration = step.migration
        else { return nil }
        let here = "\(words(kind)) \(figure(score, kind)) with it on \(migration.to)"
        guard case .string(let host)? = fields["runnerUp"], let other = fields["runnerUpScore"]?.double else {
            return here + "; no other host would take it"
        }
        return here + "; on \(host), the best other host, \(figure(other, kind))"
    }

    /// Why a balance leaves a VM where it is.
    static func stays(_ move: VerdictFinder.BestMove?, balance: BalancePolicy, hostsOn: Int) -> String {
        guard let move else { return "no other host would take it" }
        let gain = (move.now - move.then) * Double(hostsOn)
        let price = balance.minimumGainPerMove * Double(move.vms)
        guard gain > 0 else { return "no move of it evens out the load: the best, to \(move.host), would gain nothing" }
        let figures = "gain \(Figures.fixed(gain, 4)) against price \(Figures.fixed(price, 4)), in hosts of imbalance"
        return gain <= price
            ? "its move would not pay: to \(move.host), the best, \(figures)"
            : "its best move alone, to \(move.host), would pay (\(figures)), but the plan as a whole makes no more moves: "
                + "its budget, its least gain or spare capacity forbid"
    }

    /// Why power saving leaves a VM on a host that stays on.
    static func stays(on host: String, _ move: VerdictFinder.BestMove?) -> String {
        let start = "its host \(host) stays on, and a move pays only when it helps to switch a host off"
        guard let move else { return start + "; no other host would take it" }
        let saved = move.now - move.then
        return start + "; its best move, to \(move.host), would "
            + (saved >= 0 ? "save \(Figures.fixed(saved, 1)) W" : "cost \(Figures.fixed(-saved, 1)) W")
    }

    /// The move in figures, in the goal's measure.
    static func json(_ move: VerdictFinder.BestMove) -> JSONValue {
        .object(fields: [
            "host": .string(value: move.host), "measure": .string(value: move.measure.rawValue),
            "now": .figure(move.now, decimals: 6), "then": .figure(move.then, decimals: 6), "vms": .count(move.vms),
        ])
    }

    private static func words(_ kind: GoalMeasure.Kind) -> String {
        switch kind {
        case .imbalance: "imbalance"
        case .watts: "power"
        case .fill: "fullest share of the host's limits"
        }
    }

    private static func figure(_ value: Double, _ kind: GoalMeasure.Kind) -> String {
        switch kind {
        case .imbalance: Figures.fixed(value, 4)
        case .watts: Figures.fixed(value, 1) + " W"
        case .fill: Figures.fixed(value * 100, 1) + " %"
        }
    }
}
