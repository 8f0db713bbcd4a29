import AgentService
import Glibc

/// The agent's program: wiring only.
@main
enum DroverAgent {
    static func main() async {
        exit(await AgentProgram.run(arguments: Array(CommandLine.arguments.dropFirst())))
    }
}
