internal import Documents
internal import Execution
internal import Subprocess

/// Runs `ipmitool` over the network. The password goes by its environment, where only this user's processes see it.
struct IPMITool: Sendable {
    /// ipmitool itself tries for about 20 s.
    private static let patience = Duration.seconds(30)
    private static let mostOutput = 64 << 10

    let address: IPMIAddress
    let account: PowerAccount

    struct Answer: Sendable {
        let succeeded: Bool
        let text: String
    }

    func run(_ words: [String]) async throws(DriverError) -> Answer {
        let arguments =
            ["-I", "lanplus", "-H", address.name, "-p", String(address.port), "-U", account.user, "-E"] + words
        do {
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask {
                    let result = try await Subprocess.run(
                        .name("ipmitool"), arguments: Arguments(arguments),
                        environment: .inherit.updating(["IPMI_PASSWORD": account.password, "LC_ALL": "C"]),
                        output: .string(limit: Self.mostOutput), error: .string(limit: Self.mostOutput))
                    let text = result.standardOutput + result.standardError
                    return Answer(succeeded: result.terminationStatus.isSuccess, text: text)
                }
                group.addTask {
                    try await Task.sleep(for: Self.patience)
                    throw DriverError(code: .unreachable, message: "\(address.name) has not answered ipmitool")
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else {
                    throw DriverError(code: .unreachable, message: "\(address.name) has not answered ipmitool")
                }
                return first
            }
        } catch let error as DriverError {
            throw error
        } catch {
            throw DriverError(
                code: .unsupported, message: "ipmitool cannot be run (apt-get install ipmitool): \(error)")
        }
    }
}
