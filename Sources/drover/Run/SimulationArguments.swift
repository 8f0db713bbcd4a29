import ArgumentParser
import ClusterModel
import Simulation

/// How the simulated platform behaves.
struct SimulationArguments: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Platform seconds per real second.", valueName: "factor"))
    var speed: Double?

    @Option(name: .long, help: ArgumentHelp("All that is random on the platform follows from it.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How far moves stray from their prediction: 0 not at all, 1 as on real links.", valueName: "0...1"))
    var variation: Double = 1

    @Option(
        name: .long,
        help: ArgumentHelp("Where the platform's clock starts; without it, where the plan does.", valueName: "time"))
    var platformTime: TimeArgument?

    @Option(
        name: .customLong("fault"),
        help: ArgumentHelp(
            """
            What goes wrong, as KEY=VALUE, may be repeated: slow, failing, refusing, hanging (probability per step), \
            connectionLoss (per call), slowFactor, hostDeaths (a number), hostDeathWithinSeconds.
            """, valueName: "key=value"))
    var faults: [String] = []

    func validate() throws {
        if let speed, !(speed > 0 && speed <= 1e6) { throw ValidationError("--speed is above 0 and at most 1000000") }
        guard (0...1).contains(variation) else { throw ValidationError("--variation is between 0 and 1") }
        _ = try faultOptions()
    }

    func options(memory: MemoryCounting, defaults: HostDefaults, migration: MigrationPolicy, startsAt: Timestamp?)
        throws -> SimulationOptions
    {
        SimulationOptions(
            seed: seed, startsAt: platformTime?.timestamp ?? startsAt, variation: variation, memory: memory,
            defaults: defaults, migration: migration, faults: try faultOptions())
    }

    private func faultOptions() throws -> FaultOptions {
        var options = FaultOptions()
        for fault in faults {
            let parts = fault.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let value = Double(parts[1]), value >= 0, value <= 1e6 else {
                throw ValidationError("--fault \(fault): allowed is KEY=VALUE with a number of 0 or more")
            }
            switch parts[0] {
            case "slow": options.slow = value
            case "slowFactor": options.slowFactor = value
            case "failing": options.failing = value
            case "refusing": options.refusing = value
            case "hanging": options.hanging = value
            case "connectionLoss": options.connectionLoss = value
            case "hostDeaths": options.hostDeaths = Int(value)
            case "hostDeathWithinSeconds": options.hostDeathWithinSeconds = value
            default:
                throw ValidationError(
                    "--fault \(fault): allowed keys are slow, slowFactor, failing, refusing, hanging, connectionLoss, "
                        + "hostDeaths, hostDeathWithinSeconds")
            }
        }
        return options
    }

    /// The same on a command line, for the simulator's process.
    var arguments: [String] {
        ["--seed", String(seed), "--variation", String(variation)] + faults.flatMap { ["--fault", $0] }
    }
}
