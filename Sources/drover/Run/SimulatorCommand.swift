import ArgumentParser
import ClusterModel
import Simulation

struct SimulatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Runs the simulated platform: a cluster that moves its VMs as the migration model says.",
        discussion: """
            drover apply --driver simulated starts one by itself. It goes on while Drover is dead, answers at a Unix \
            socket, and keeps its own record of every call.

              drover simulator --cluster lab.cluster.json --socket lab.sock --speed 60 --record lab.record
            """)

    @Option(
        name: .long, help: ArgumentHelp("The cluster document to begin with.", valueName: "file"), completion: .file())
    var cluster: String

    @Option(name: .long, help: ArgumentHelp("Where it listens.", valueName: "path"))
    var socket: String

    @Option(name: .long, help: ArgumentHelp("Where its record is appended.", valueName: "file"))
    var record: String?

    @Option(
        name: .long, help: ArgumentHelp("Ends after so many seconds without work or connection.", valueName: "seconds"))
    var idleSeconds: Double?

    @OptionGroup(title: "Policy") var policy: PolicyOptions
    @OptionGroup(title: "Simulation") var simulation: SimulationArguments

    func run() throws {
        let policy = try policy.load()
        let options = try simulation.options(
            memory: policy.memory, defaults: policy.defaults, migration: policy.migration, startsAt: nil)
        let server = try SimulatorServer(
            cluster: try ClusterSource.document(cluster), options: options, socketPath: socket,
            speed: simulation.speed ?? 1, recordPath: record, idleSeconds: idleSeconds)
        Terminal.note("simulated platform at \(socket)")
        try server.run()
    }
}
