import ClusterModel
import Execution
import Foundation
import Libvirt
import LibvirtDriver

/// Begins one migration and watches it to its end, or until it is killed: for tests of what is left then. Or moves a VM
/// back and forth and says what that leaves in the process.
///
///     libvirt-harness STATE_FOLDER STEP VM FROM TO MODE BITS_PER_SECOND ID=URI[,PEER_URI]...
///
/// Prints the name of every phase once, and at last how it ended. With `shuttle:N` for STEP it makes N moves and prints
/// resident memory and open files after every tenth.
@main
struct LibvirtHarness {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 8, let mode = MigrationMode(rawValue: arguments[6]),
            let bitsPerSecond = Double(arguments[7])
        else {
            print("usage: libvirt-harness STATE_FOLDER STEP VM FROM TO MODE BITS_PER_SECOND ID=URI[,PEER_URI]...")
            exit(64)
        }
        let hosts = arguments[8...].map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let uris = parts[1].split(separator: ",").map(String.init)
            return HypervisorHost(id: parts[0], uri: uris[0], peerURI: uris.count > 1 ? uris[1] : nil)
        }
        let driver = try LibvirtDriver(
            hosts: HypervisorHosts(name: "rig", hosts: hosts), library: try LibvirtLibrary.load(),
            stateFolder: arguments[1],
            wallClock: { Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000)) })
        func request(_ step: String, from: String, to: String) -> StepRequest {
            StepRequest(
                key: StepKey(run: "run", step: step, attempt: 1), fence: 1,
                action: .migrate(
                    migration: MigrationRequest(
                        vm: arguments[3], from: from, to: to, mode: mode, bandwidthBitsPerSecond: bitsPerSecond,
                        maxDowntimeMilliseconds: 300, guestRestarts: false)))
        }
        if arguments[2].hasPrefix("shuttle:"), let moves = Int(arguments[2].dropFirst(8)) {
            var (from, to) = (arguments[4], arguments[5])
            for number in 1...moves {
                let end = try await carryOut(request("\(number)", from: from, to: to), driver) { _ in }
                guard case .succeeded = end else { return say("move \(number): \(end)") }
                (from, to) = (to, from)
                if number % 10 == 0 { say("\(number) moves: \(try footprint())") }
            }
        } else {
            say("\(try await carryOut(request(arguments[2], from: arguments[4], to: arguments[5]), driver, say))")
        }
    }

    private static func carryOut(
        _ request: StepRequest, _ driver: LibvirtDriver, _ onPhase: @Sendable (String) -> Void
    ) async throws -> StepStatus {
        var status = try await driver.begin(request)
        var last = ""
        while true {
            if case .active(let phase) = status, phase.name != last {
                last = phase.name
                onPhase(last)
            }
            if status.isEnded { return status }
            await driver.wait(seconds: 0.02)
            status = try await driver.status(of: request.key)
        }
    }

    private static func footprint() throws -> String {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let lines = status.split(separator: "\n").filter { $0.hasPrefix("VmRSS") || $0.hasPrefix("Threads") }
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        return (lines.map { $0.split(separator: "\t").joined(separator: " ") } + ["\(files) open files"])
            .joined(separator: ", ")
    }

    /// A line that is out at once, whatever the output is.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
