import ArgumentParser
import Store

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Looks after a store.",
        subcommands: [Backup.self, Restore.self, Check.self])

    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "backup",
            abstract: "Writes a copy of a store while others go on using it.",
            discussion: """
                The copy appears under its name only when it is complete and on the disk.

                  drover store backup lab.sqlite lab-20261122.sqlite
                """)

        @Argument(help: "The store.", completion: .file())
        var store: String

        @Argument(help: "The copy; must not exist.", completion: .file())
        var backup: String

        func run() throws {
            let file = try StoreFile(path: store)
            try file.backup(to: backup)
            try Terminal.output("\(store) is copied to \(backup)\n")
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore",
            abstract: "Puts a backup in the place of a store; what stood there is kept beside it.",
            discussion: """
                Nobody else may have the store open: end drover serve first.

                  drover store restore lab-20261122.sqlite lab.sqlite
                """)

        @Argument(help: "The backup.", completion: .file())
        var backup: String

        @Argument(help: "The store.", completion: .file())
        var store: String

        func run() throws {
            let kept = try StoreFile.restore(from: backup, to: store)
            let former = kept.map { "; what stood there is now \($0)" } ?? ""
            try Terminal.output("\(store) is restored from \(backup)\(former)\n")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Reads a whole store and says everything that is wrong with it. Changes nothing.",
            discussion: """
                  drover store check lab.sqlite
                """)

        @Argument(help: "The store.", completion: .file())
        var store: String

        func run() throws {
            let check = try StoreFile.check(path: store)
            let contents =
                "\(check.clusters) clusters, \(check.samples) raw samples, \(check.journalEntries) journal entries, "
                + "\(check.comparedRollUps) rollups compared"
            guard !check.isSound else { return try Terminal.output("\(store): sound (\(contents))\n") }
            try Terminal.output("\(store): damaged (\(contents))\n" + check.problems.map { "  \($0)\n" }.joined())
            throw ExitCode.failure
        }
    }
}
