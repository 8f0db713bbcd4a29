import ArgumentParser

/// The operator's command line. Commands parse, call and render; all else is in the modules.
@main
struct Drover: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drover",
        abstract:
            "Plans and carries out where virtual machines run: balanced, packed to save power, or out of the way.",
        discussion: """
            A first look at a cluster:
              drover validate lab.cluster.json
              drover plan balance --cluster lab.cluster.json
            The nightly consolidation, from stored samples to moved VMs:
              drover import cluster lab.cluster.json --store lab.sqlite
              drover serve --store lab.sqlite              (agents send samples here)
              drover plan power-save --store lab.sqlite --policy nightly-consolidation -o tonight.json
              drover approve tonight.json --store lab.sqlite
              drover apply tonight.json --store lab.sqlite --driver simulated

            Results go to the standard output, everything else to the standard error.
            Exit status: 0 done (an empty plan too), 1 failed, 2 infeasible or partial, 64 wrong usage.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Plan",
                subcommands: [PlanCommand.self, CheckCommand.self, ExplainCommand.self, ReportCommand.self]),
            CommandGroup(
                name: "Execute",
                subcommands: [
                    ApplyCommand.self, ApproveCommand.self, StatusCommand.self, PauseCommand.self, ResumeCommand.self,
                    AbortCommand.self, SimulatorCommand.self, PowerCommand.self,
                ]),
            CommandGroup(
                name: "Data",
                subcommands: [
                    ImportCommand.self, InventoryCommand.self, StoreCommand.self, GenerateCommand.self,
                    ServeCommand.self,
                ]),
            CommandGroup(
                name: "Documents", subcommands: [ValidateCommand.self, SchemaCommand.self, PolicyCommand.self]),
        ])

    /// Reads the command line, runs the command, and ends with its exit status.
    static func main() async {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            try checkNames(in: arguments)
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }

    /// Says which commands there are when one is misspelt; the parser alone would complain of the options after it.
    private static func checkNames(in arguments: [String]) throws {
        try checkNames(arguments[...], under: Drover.self)
    }

    private static func checkNames<Level: ParsableCommand>(_ words: ArraySlice<String>, under level: Level.Type) throws
    {
        let configuration = Level.configuration
        // Includes the grouped ones.
        let known = configuration.subcommands
        guard let word = words.first, !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
        var names: [String] = []
        for next in known {
            let name = commandName(of: next)
            if name == word { return try checkNames(words.dropFirst(), under: next) }
            names.append(name)
        }
        throw ValidationError("'\(word)' is no command here; there are \(names.joined(separator: ", "))")
    }

    private static func commandName<Command: ParsableCommand>(of command: Command.Type) -> String {
        Command.configuration.commandName ?? ""
    }
}
