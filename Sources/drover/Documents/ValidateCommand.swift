import ArgumentParser
import Documents

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Checks a document: a cluster, a plan or a policy, in JSON or YAML.",
        discussion: """
            Reports every error of the document at once, each with its file, line and path, and what is allowed there. \
            Whether a plan keeps its promises is another question: that is what drover check answers.

              drover validate lab.cluster.json
              some-exporter | drover validate -
            """)

    @Argument(help: ArgumentHelp("The documents; - is the standard input.", valueName: "file"), completion: .file())
    var files: [String]

    func run() throws {
        var failed = false
        for file in files {
            do {
                let report = try DocumentValidation.validate(try Files.read(file), name: Files.name(of: file))
                for warning in report.warnings { Terminal.note("warning: \(warning)") }
                try Terminal.output("\(Files.name(of: file)): valid \(report.kind.rawValue): \(report.summary)\n")
            } catch {
                Terminal.note("\(error)")
                failed = true
            }
        }
        if failed { throw ExitCode.failure }
    }
}
