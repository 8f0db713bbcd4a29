import ArgumentParser
import ClusterModel
import Documents

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Works with policy files.", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Checks a policy and prints what then holds.",
            discussion: """
                Unknown keys, wrong types and impossible values are errors, with line and column. The output is the \
                whole policy, defaults filled in and --set applied, as JSON.

                  drover policy check policies/nightly-consolidation.yaml
                  drover policy check balance-daytime --set maxMoves=10
                """)

        @Argument(help: ArgumentHelp("A file, or the name of a policy in a policies folder.", valueName: "file|name"))
        var file: String

        @Option(
            name: .customLong("set"), help: ArgumentHelp("Override one key; may be repeated.", valueName: "key=value"))
        var settings: [String] = []

        func run() throws {
            var options = PolicyOptions()
            options.policy = file
            options.settings = settings
            let policy = try options.load()
            Terminal.note("policy \(policy.name) is valid; digest \(PolicyDocument.digest(of: policy))")
            try Terminal.output(PolicyDocument.canonical(policy) + "\n")
        }
    }
}
