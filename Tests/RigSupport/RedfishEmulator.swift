internal import Foundation
internal import TestSupport

/// A real Redfish service, by PyPI's sushy-tools, with systems that are nothing but a power state. Listens on loopback,
/// and is gone when the last reference to it is.
public final class RedfishEmulator: HostControllers {
    /// Where `.ci/prepare-emulators` puts the programs.
    public static let folder =
        ProcessInfo.processInfo.environment["DROVER_EMULATORS"] ?? "/var/cache/drover-rig/emulators"

    public static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: "\(folder)/bin/sushy-emulator")
    }

    public static let missing =
        "no rig: no Redfish emulator; .ci/prepare-emulators installs it where root and apt allow it"

    public let port: Int
    private let process: Process
    private let files: URL

    /// - Parameter systems: their names, which are their identifiers too; all are on.
    public init(systems: [String], port: Int) throws {
        self.port = port
        files = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        let list = systems.map { name in
            "{'uuid': '\(name)', 'name': '\(name)', 'power_state': 'On', 'nics': []}"
        }
        let settings = """
            SUSHY_EMULATOR_LISTEN_IP = '127.0.0.1'
            SUSHY_EMULATOR_LISTEN_PORT = \(port)
            SUSHY_EMULATOR_FAKE_DRIVER = True
            SUSHY_EMULATOR_STATE_DIR = '\(files.path)'
            SUSHY_EMULATOR_FAKE_SYSTEMS = [\(list.joined(separator: ", "))]
            """
        let configuration = files.appending(path: "emulator.conf")
        try settings.write(to: configuration, atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(filePath: "\(Self.folder)/bin/sushy-emulator")
        process.arguments = ["--config", configuration.path, "--fake"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try waitUntilListening()
    }

    deinit {
        process.terminate()
        // Foundation's own waiting needs a run loop, which the threads of tests do not have.
        for _ in 0..<100 where process.isRunning { Thread.sleep(forTimeInterval: 0.05) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        do { try FileManager.default.removeItem(at: files) } catch { print("left behind: \(error)") }
    }

    /// The address of a system, for `powerControl.url`.
    public func address(of system: String) -> String { "http://127.0.0.1:\(port)/redfish/v1/Systems/\(system)" }

    public func powerControl(of host: String) -> String {
        "{kind: redfish, url: \"\(address(of: host))\", credential: lab}"
    }

    public func hasPower(_ host: String) async throws -> Bool {
        let answer = try await LoopbackClient(port: port).get("/redfish/v1/Systems/\(host)")
        return try JSONDecoder().decode(SystemFile.self, from: Data(answer.body.utf8)).PowerState == "On"
    }

    private func waitUntilListening() throws {
        for _ in 0..<300 {
            guard process.isRunning else { break }
            if LoopbackPort.answers(port) { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw EmulatorError(program: "sushy-emulator", port: port)
    }
}

/// The part of a Redfish `ComputerSystem` that is looked at here.
private struct SystemFile: Decodable {
    let PowerState: String
}

/// An emulator that does not listen.
public struct EmulatorError: Error, CustomStringConvertible {
    let program: String
    let port: Int

    public var description: String { "\(program) does not answer on 127.0.0.1:\(port)" }
}
