package import ClusterModel

/// The energy ledger of a plan, as the planner left it in the plan's extensions, in words.
package enum PlanEnergy {
    /// `nil` for a plan without a ledger, or with nothing in it.
    package static func words(of plan: Plan) -> String? {
        guard case .object(let ledger)? = plan.extensions["energy"], !plan.steps.isEmpty,
            let until = ledger["untilSeconds"]?.double, let saved = ledger["savedWattHours"]?.double,
            let baseline = ledger["baselineWattHours"]?.double
        else { return nil }
        let spent = (ledger["migrationWattHours"]?.double ?? 0) + (ledger["bootWattHours"]?.double ?? 0)
        var words = "energy in \(Figures.duration(until)): \(kilowattHours(saved)) saved of \(kilowattHours(baseline))"
        words += ", moves and boots counted with \(kilowattHours(spent))"
        guard let bound = plan.extensions["lowerBoundWatts"]?.double, bound > 0 else { return words }
        let gap = Figures.fixed(max(0, plan.summary.watts.after / bound - 1) * 100, 1)
        return words + "; no placement draws less than \(Figures.watts(bound)), this one \(gap) % more"
    }

    private static func kilowattHours(_ wattHours: Double) -> String { Figures.fixed(wattHours / 1000, 2) + " kWh" }
}
