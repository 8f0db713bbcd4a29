package import ClusterModel

/// The energy ledger of a plan, as the planner left it in the plan's extensions, in words.
package enum PlanEnergy {
    /// `nil` for a plan without a ledger, or with nothing in it.
    package static func words(of plan: Plan) -> String? {
        guard case .object(let ledger)? = plan.extensions["energy"], !plan.steps.isEmpty,
            let until = number(ledger["untilSeconds"]), let saved = number(ledger["savedWattHours"]),
            let baseline = number(ledger["baselineWattHours"])
        else { return nil }
        let spent = (number(ledger["migrationWattHours"]) ?? 0) + (number(ledger["bootWattHours"]) ?? 0)
        var words = "energy in \(Figures.duration(until)): \(kilowattHours(saved)) saved of \(kilowattHours(baseline))"
        words += ", moves and boots counted with \(kilowattHours(spent))"
        guard let bound = number(plan.extensions["lowerBoundWatts"]), bound > 0 else { return words }
        let gap = Figures.fixed(max(0, plan.summary.watts.after / bound - 1) * 100, 1)
        return words + "; no placement draws less than \(Figures.watts(bound)), this one \(gap) % more"
    }

    private static func kilowattHours(_ wattHours: Double) -> String { Figures.fixed(wattHours / 1000, 2) + " kWh" }

    private static func number(_ value: JSONValue?) -> Double? {
        switch value {
        case .integer(let whole): Double(whole)
        case .number(let number): number
        default: nil
        }
    }
}
